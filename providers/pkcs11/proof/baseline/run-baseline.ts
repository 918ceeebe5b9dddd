import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import type { SoftToken } from '@keyway/conformance/emulators';
import { baselineProgram } from '../compile-c.ts';

const run = promisify(execFile);

/** What the program is asked for. */
export interface BaselineRun {
  readonly algorithm: 'RS256' | 'ES256';
  /** Each with a session of its own. */
  readonly threads: number;
  readonly seconds: number;
  /** CKA_ID of the pair to use. Default: a fresh one on the token, removed at the end. */
  readonly id?: Uint8Array | undefined;
  /** Another module in front of the token's: the fault module. */
  readonly module?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** What it has done. One signature of each thread was verified. */
export interface BaselineResult {
  readonly algorithm: string;
  readonly threads: number;
  readonly seconds: number;
  readonly signatures: number;
  readonly verified: number;
  /** Signatures a second. */
  readonly rate: number;
}

/** Runs the baseline program on a token: what the same signing costs in C. */
export async function runBaseline(token: SoftToken, asked: BaselineRun): Promise<BaselineResult> {
  const { algorithm, threads, seconds, id, module = token.module } = asked;
  const args = [module, token.label, algorithm, String(threads), String(seconds)];
  if (id !== undefined) args.push(Buffer.from(id).toString('hex'));
  const parameters = token.libraryParameters;
  const env = {
    ...process.env,
    ...token.environment,
    ...asked.environment,
    KEYWAY_PIN: token.pin,
    ...(parameters === undefined ? {} : { KEYWAY_PARAMETERS: parameters }),
  };
  const { stdout } = await run(await baselineProgram(), args, { env, timeout: seconds * 1000 + 60_000 });
  return JSON.parse(stdout) as BaselineResult;
}
