import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { SoftToken } from '@keyway/conformance/emulators';
import { parametersLibrary } from '../compile-c.ts';

/** Another program could not do what it was asked for. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  /** All that it wrote. */
  readonly output: string;
  constructor(message: string, output = '') {
    super(message);
    this.output = output;
  }
}

/** Other programs on the token of a library, each call a process of its own. */
export interface Outside {
  readonly token: SoftToken;
  /** A file with the PIN and no newline, which libp11 would take to be part of it. */
  readonly pinFile: string;
  /** A file that is not there yet, for what a program writes. */
  freshFile(): string;
  fileOf(octets: Uint8Array): string;
  octetsOf(file: string): Buffer;
  /**
   * Runs `pkcs11-tool`, logged in.
   *
   * @returns What it wrote.
   * @throws OutsideError with the line that it gave as its reason.
   */
  tool(args: readonly string[]): Promise<string>;
  openssl(args: readonly string[]): Promise<string>;
}

const timeout = 60_000;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { env, timeout }, (error, stdout, stderr) => {
      const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
      const output = lines.join('\n');
      if (error === null) return resolve(output);
      const said = lines.filter((line) => /error/i.test(line));
      const reason = said.length > 0 ? said.join('; ') : lines.filter(Boolean).slice(-3).join('; ');
      reject(new OutsideError(`${command}: ${reason === '' ? error.message : reason}`, output));
    });
  });
}

/** Sets up a folder beside a token. The token's PINs are seen by whoever lists processes: it is one for a test. */
export async function outsideOf(token: SoftToken): Promise<Outside> {
  const folder = join(token.folder, `outside-${randomUUID()}`);
  mkdirSync(folder, { mode: 0o700 });
  const { module, libraryParameters, label, pin, environment } = token;
  const toolModule = libraryParameters === undefined ? module : await parametersLibrary();
  const parameters =
    libraryParameters === undefined
      ? {}
      : { KEYWAY_PARAMETERS_MODULE: module, KEYWAY_PARAMETERS_TEXT: libraryParameters };
  const env = { ...process.env, ...environment, ...parameters, PKCS11_MODULE_PATH: toolModule, LC_ALL: 'C' };
  const freshFile = (): string => join(folder, randomUUID());
  const fileOf = (octets: Uint8Array): string => {
    const file = freshFile();
    writeFileSync(file, octets, { mode: 0o600 });
    return file;
  };
  const login = ['--module', toolModule, '--token-label', label, '--login', '--pin', pin];
  return {
    token,
    pinFile: fileOf(Buffer.from(pin)),
    freshFile,
    fileOf,
    octetsOf: (file) => readFileSync(file),
    tool: (args) => run('pkcs11-tool', [...login, ...args], env),
    openssl: (args) => run('openssl', args, env),
  };
}
