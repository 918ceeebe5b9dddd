import { scrypt } from 'node:crypto';
import type { ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { freshOctets, invalidArgument, KeyManagerError } from '@keyway/core/driver';

/** Costs of scrypt (RFC 7914 section 2). */
export interface ScryptParameters {
  /** Cost: a power of two. */
  readonly n: number;
  /** Block size. */
  readonly r: number;
  /** Parallelisation. */
  readonly p: number;
}

/** What new vaults and backups use: 128 MiB, about a quarter of a second. */
export const defaultScrypt: ScryptParameters = Object.freeze({ n: 2 ** 17, r: 8, p: 1 });

/** Octets that all passes together write, 1 GiB: N = 2^20 at r = 8 and p = 1, which takes some seconds. */
const maxWork = 2 ** 30;

/** Octets of the big table, which is all that counts. */
function memoryOf({ n, r }: ScryptParameters): number {
  return 128 * n * r;
}

/**
 * Checks parameters that come from a file, before any work is done with them. Below the default they would make a
 * passphrase cheap to guess; above 1 GiB, which is N = 2^20, whoever wrote the file would stop this process.
 *
 * @throws ERR_INTEGRITY for parameters that no vault writes.
 */
export function checkScryptParameters(parameters: ScryptParameters): void {
  const { n, r, p } = parameters;
  const whole = [n, r, p].every(Number.isSafeInteger) && Number.isInteger(Math.log2(n));
  if (!whole || n < defaultScrypt.n || r < defaultScrypt.r || p < defaultScrypt.p) {
    throw new KeyManagerError(
      'ERR_INTEGRITY',
      'The stored scrypt parameters are weaker than any that are accepted',
    );
  }
  if (memoryOf(parameters) * p > maxWork) {
    throw new KeyManagerError(
      'ERR_INTEGRITY',
      'The stored scrypt parameters ask for more work than is accepted',
    );
  }
}

const runScrypt: (
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  options: ScryptOptions,
) => Promise<Buffer> = promisify(scrypt);

/** Octets of a passphrase: UTF-8 of the text as it is, not normalised. Always a copy, which the caller zeroes. */
function passphraseOctets(passphrase: string | Uint8Array): Uint8Array {
  if (typeof passphrase !== 'string' && !(passphrase instanceof Uint8Array)) {
    throw new TypeError('passphrase must be a string or a Uint8Array');
  }
  if (passphrase.length === 0) throw invalidArgument('The passphrase is empty');
  if (typeof passphrase !== 'string') return freshOctets(passphrase);
  if (!passphrase.isWellFormed()) throw invalidArgument('The passphrase is not well-formed Unicode');
  return new TextEncoder().encode(passphrase);
}

/**
 * Derives 32 octets from a passphrase, on another thread. The caller zeroes them.
 *
 * @throws ERR_INVALID_ARGUMENT for an empty passphrase or a text with half a surrogate pair.
 * @throws ERR_INTEGRITY for parameters out of bounds.
 */
export async function derivePassphraseKey(
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  parameters: ScryptParameters,
): Promise<Uint8Array> {
  checkScryptParameters(parameters);
  const { n, r, p } = parameters;
  const octets = passphraseOctets(passphrase);
  // Node's own limit is 32 MiB; OpenSSL counts some blocks beside the table.
  const options = { N: n, r, p, maxmem: memoryOf(parameters) + 128 * r * (p + 16) };
  try {
    const key = await runScrypt(octets, salt, 32, options);
    return new Uint8Array(key.buffer, key.byteOffset, key.length);
  } finally {
    octets.fill(0);
  }
}
