import type { EmulatorDefect } from '../emulator-row.ts';
import type { LibraryFile } from './find-library.ts';

/**
 * A token of PKCS#11 in software. It is a library and no server: what is started is a fresh token, and its variable,
 * as of `softhsm2` `KEYWAY_EMULATOR_SOFTHSM2`, gives the path of the library in place of the one that is found.
 */
export interface TokenRow extends LibraryFile {
  readonly standsFor: 'PKCS#11';
  /** The version that limits and defects are of. The one that is there may be another. */
  readonly version: string;
  /** Debian's packages that bring it. */
  readonly packages: readonly string[];
  /** What it is not, in sentences. */
  readonly limits: readonly string[];
  readonly defects: readonly EmulatorDefect[];
}
