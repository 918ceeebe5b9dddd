/** A token of PKCS#11 in software, fresh and initialised, that belongs to whoever started it. */
export interface SoftToken {
  /** Its name in the catalogue. */
  readonly name: string;
  /** `library`: it lives in the process that loads the module. Else in a process or a container of its own. */
  readonly how: 'library' | 'process' | 'container';
  /** Full path of the PKCS#11 library to load. */
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly soPin: string;
  /** A file with the PIN, mode 0600. */
  readonly pinFile: string;
  /** Names module, token and the file with the PIN (RFC 7512), and what else Keyway needs to open it. */
  readonly uri: string;
  /** The environment that a process must have before it initialises the module. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the module wants to be told as it is initialised (`libraryParameters`, pReserved). */
  readonly libraryParameters?: string;
  /** Holds all that it keeps. */
  readonly folder: string;
  /** Its id in `npm run emulators -- status`. */
  readonly id: string;
  /** Ends it and removes what it left. Does nothing the second time. */
  stop(): Promise<void>;
}

/** How a token is made. */
export interface TokenOptions {
  /** Default: one that no other token has. At most 32 octets. */
  readonly label?: string | undefined;
  /** Default: at random. */
  readonly pin?: string | undefined;
  /** Another token of the same name, in whose folder this one is put, so that one process sees both. */
  readonly beside?: SoftToken | undefined;
}
