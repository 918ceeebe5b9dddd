import { createPublicKey } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { KeyManager, ManagedKey } from 'keyway';
import { OutsideRefusal, runOutside } from './outside-program.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** A folder in which outside programs find what the tour makes, and a voice. */
export interface Workbench {
  readonly folder: string;
  /** Says what was done. */
  readonly say: (text: string) => void;
  /** The octets of a file in the folder. */
  readonly read: (file: string) => Buffer;
  /** Puts a file into the folder. */
  readonly write: (file: string, content: Uint8Array | string) => void;
  /** Says that a file is secret: it is readable for its owner only, and taken away at the end of the tour. */
  readonly secret: (file: string) => string;
  /** Copies a file of this repository into the folder, and gives its octets. */
  readonly copy: (file: string) => Buffer;
  /** Puts the public half of a key into the folder, as `<file>.pem` and `<file>.jwk`. */
  readonly publish: (file: string, key: ManagedKey) => void;
  /**
   * Runs an outside program in the folder, shows its command line and raw output, and gives the output.
   *
   * @throws OutsideRefusal where it ends with anything but 0.
   */
  readonly outside: (program: string, ...args: readonly string[]) => Promise<string>;
  /** The same, where the program must refuse. */
  readonly outsideRefuses: (program: string, ...args: readonly string[]) => Promise<void>;
  /** Takes the secret files away. */
  readonly clean: () => void;
}

/** What a step works with. */
export interface Stage extends Workbench {
  readonly vault: KeyManager;
  /** The URI of the same vault, for whoever opens it a second time. */
  readonly vaultUri: string;
}

/** Sets up a workbench in a folder. */
export function makeWorkbench(folder: string): Workbench {
  const secrets: string[] = [];
  const place = (file: string): string => join(folder, file);
  const read = (file: string): Buffer => readFileSync(place(file));
  const write: Workbench['write'] = (file, content) => {
    writeFileSync(place(file), content, { mode: secrets.includes(file) ? 0o600 : 0o644 });
  };
  return {
    folder,
    say: (text) => process.stdout.write(`  ${text}\n`),
    read,
    write,
    secret(file) {
      secrets.push(file);
      return file;
    },
    copy(file) {
      copyFileSync(join(repository, file), place(basename(file)));
      return read(basename(file));
    },
    publish(file, { key }) {
      write(`${file}.jwk`, `${JSON.stringify(key)}\n`);
      write(`${file}.pem`, createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
    },
    async outside(program, ...args) {
      const { status, output } = await runOutside(folder, program, args);
      if (status !== 0) throw new OutsideRefusal(`${program} says: ${output.trim().split('\n')[0] ?? ''}`);
      return output;
    },
    async outsideRefuses(program, ...args) {
      const { status } = await runOutside(folder, program, args);
      if (status === 0) throw new OutsideRefusal(`${program} accepted what it must refuse`);
    },
    clean: () => secrets.forEach((file) => rmSync(place(file), { force: true })),
  };
}
