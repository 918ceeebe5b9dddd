import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Where fetched and built things are kept: `KEYWAY_CACHE`, or `keyway` in the user's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { KEYWAY_CACHE: given, XDG_CACHE_HOME: users } = environment;
  if (given !== undefined && given !== '') return given;
  return join(users === undefined || users === '' ? join(homedir(), '.cache') : users, 'keyway');
}

/** The committed pins: modules and distributions with their versions and checksums. */
export const pinsFolder: string = fileURLToPath(new URL('../../pins/', import.meta.url));
