/** How a test reaches an emulator. */
export type EmulatorWay = 'address' | 'container' | 'process';

/** An emulator that answers, and belongs to whoever started it. */
export interface Emulator {
  /** Its name in the catalogue. */
  readonly name: string;
  /** An HTTP address without a path, with its port. */
  readonly address: string;
  /** How it was reached: an address that was given, a container, or a process of this machine. */
  readonly how: EmulatorWay;
  /** The pinned version; of a given address, which is taken as it is, `given`. */
  readonly version: string;
  /** Its id in `npm run emulators -- status`; a given address has none. */
  readonly id?: string;
  /** Ends it and removes what it left. Does nothing the second time, and nothing to a given address. */
  stop(): Promise<void>;
}

/** How an emulator is started. */
export interface StartOptions {
  /** Only this way. Default: the first one that can be had. */
  readonly how?: EmulatorWay | undefined;
  /** Told which way was taken, and what is being fetched. Default: lines on the standard error. */
  readonly say?: ((line: string) => void) | undefined;
  /** Environment of the emulator, over that of its row. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** An emulator could not be started, or does not answer. The message ends with what the program wrote last. */
export class EmulatorError extends Error {
  override readonly name: string = 'EmulatorError';
}
