import type { KeyObject } from 'node:crypto';
import { publicKeyFromJwk } from '@keyway/core/driver';
import { denied } from './attestation.ts';
import type { Claims } from './attestation.ts';

/** The key for which a released key is wrapped. */
export interface ReleaseTarget {
  readonly kid: string | undefined;
  readonly publicKey: KeyObject;
}

/** The name of the attested machine's key in tokens of virtual machines. */
const preferredName = 'TpmEphemeralEncryptionKey';

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a key says that it is for encryption, in one of the ways in which tokens say so, and nothing else. */
function isForEncryption(key: Claims): boolean {
  const { kty, key_ops: operations, use, key_use: keyUse } = key;
  if (kty !== 'RSA') return false;
  if (Array.isArray(operations)) return operations.includes('encrypt') || operations.includes('wrapKey');
  return (
    use === 'enc' ||
    keyUse === 'enc' ||
    (use === undefined && keyUse === undefined && key['kid'] === preferredName)
  );
}

/**
 * Finds the attested environment's own key in a verified token.
 *
 * As documented for secure key release: an RSA key in the claim `x-ms-runtime.keys`, whose `key_ops` have `encrypt`, in
 * tokens of virtual machines with `kid` TpmEphemeralEncryptionKey. A claim of the same name below another claim, such as
 * `x-ms-isolation-tee`, is not it. Decided here: `use` or `key_use` `enc` says the same; where several keys are for
 * encryption, only the one of that name is taken.
 *
 * @throws ERR_PERMISSION_DENIED where there is none, or it is no RSA key of 2048, 3072 or 4096 bits.
 */
export function findReleaseTarget(claims: Claims): ReleaseTarget {
  const runtime = claims['x-ms-runtime'];
  const keys: readonly unknown[] = isObject(runtime) && Array.isArray(runtime['keys']) ? runtime['keys'] : [];
  const candidates = keys.filter(isObject).filter(isForEncryption);
  const named = candidates.filter(({ kid }) => kid === preferredName);
  const [key, another] = named.length === 0 ? candidates : named;
  if (key === undefined || another !== undefined) {
    throw denied('The attestation token does not name exactly one RSA key to wrap for');
  }
  const { kid, n, e } = key;
  try {
    const publicKey = publicKeyFromJwk({ kty: 'RSA', n: textOf(n), e: textOf(e) });
    return { kid: textOf(kid), publicKey };
  } catch {
    throw denied('The key to wrap for must be an RSA key of 2048, 3072 or 4096 bits');
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
