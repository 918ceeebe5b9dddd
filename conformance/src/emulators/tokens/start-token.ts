import { EmulatorError } from '../emulator.ts';
import { sweepProcesses } from '../sweep.ts';
import { findLibrary } from './find-library.ts';
import { makeNssDatabase } from './nss-database.ts';
import { makeSoftHsmToken } from './soft-hsm.ts';
import type { SoftToken, TokenOptions } from './soft-token.ts';
import { tokenRow } from './token-catalogue.ts';

/** The tokens that live in the process that loads their module. */
export type LibraryToken = 'softhsm2' | 'nss';

const makers = { softhsm2: makeSoftHsmToken, nss: makeNssDatabase } as const;

/**
 * Full path of a token's library.
 *
 * @throws EmulatorError where it is not there.
 */
export function libraryOf(name: string): string {
  const row = tokenRow(name);
  const library = findLibrary(row);
  if (library !== undefined) return library;
  throw new EmulatorError(`${name} is not installed: apt-get install ${row.packages.join(' ')}`);
}

/**
 * Makes a fresh token in a temporary folder. The process that loads its module must have its environment first.
 *
 * @throws EmulatorError where its library or its tool is not there.
 */
export async function startToken(name: LibraryToken, options: TokenOptions = {}): Promise<SoftToken> {
  sweepProcesses();
  return await makers[name](libraryOf(name), tokenRow(name).version, options);
}
