import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Go module that Wycheproof is published as, pinned. */
export const wycheproofModule = 'github.com/c2sp/wycheproof';

/** Its pinned version. */
export const wycheproofVersion = 'v0.0.0-20260902155932-3fa63dd0344a';

/** Go's checksum (`h1`) over every file of the pinned version: SHA-256 of the sorted list of the files' SHA-256. */
export const wycheproofChecksum = 'h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c=';

/** Where the vectors that are needed are kept. `KEYWAY_CACHE` puts the cache elsewhere. */
export function wycheproofFolder(cache: string | undefined = process.env['KEYWAY_CACHE']): string {
  return join(cache ?? join(homedir(), '.cache', 'keyway'), 'wycheproof', wycheproofVersion);
}
