import { interplayMethods } from './interplay-methods.ts';
import type { InterplayMethod } from './interplay-methods.ts';

/**
 * Who is on the other side: OpenSC's `pkcs11-tool`, with the key on the token; OpenSSL's engine for PKCS #11, with the key
 * on the token; OpenSSL without the token, with the public key as pkcs11-tool reads it out, or with the key itself where it
 * was made outside.
 */
const partners = ['pkcs11-tool', 'engine', 'openssl'] as const;
export type Partner = (typeof partners)[number];

/**
 * Whose the key is: Keyway made it; pkcs11-tool made it, and it is used as it is or was adopted; OpenSSL made it, and
 * pkcs11-tool wrote it to the token.
 */
const owners = ['own', 'external', 'adopted', 'written'] as const;
export type Owner = (typeof owners)[number];

/** Who makes the signature, MAC or ciphertext; the other one checks or opens it. */
const directions = ['Keyway makes', 'Keyway opens'] as const;
type Direction = (typeof directions)[number];

/** A method, who is on the other side, who makes, and whose key. */
export type InterplayPair = InterplayMethod & {
  readonly partner: Partner;
  readonly direction: Direction;
  readonly owner: Owner;
};

/** Every method with every partner, in both directions, with each kind of ownership. */
export const interplayPairs: readonly InterplayPair[] = interplayMethods.flatMap((method) =>
  owners.flatMap((owner) =>
    partners.flatMap((partner) => directions.map((direction) => ({ ...method, partner, direction, owner }))),
  ),
);

/** Sizes of hashes and keys that are tried in the short form; those of curves all are. */
const isShort = ({ row }: InterplayPair): boolean => /256|^ES|^RSA|^Ed/.test(row.name);

/**
 * The short form: of each method, partner and direction one owner, who goes round; but every pair that has the key outside.
 */
export const shortPairs: readonly InterplayPair[] = interplayPairs.filter(isShort).filter((pair) => {
  if (pair.partner === 'openssl' && pair.owner === 'written') return true;
  const turn = interplayMethods.findIndex(({ row }) => row === pair.row);
  const at = turn + partners.indexOf(pair.partner) * 2 + directions.indexOf(pair.direction);
  return owners[at % owners.length] === pair.owner;
});

/** A pair in words. */
export function describePair({ row, partner, direction, owner }: InterplayPair): string {
  return `${row.name}, ${partner}, ${direction}, ${owner} key`;
}

const isSecret = ({ kind, row }: InterplayPair): boolean => kind !== 'sign' && row.family !== 'RSA';

/** Why there is nothing to run; undefined where there is. */
export function nothingToRun(pair: InterplayPair): string | undefined {
  const { partner, owner, direction, kind } = pair;
  if (partner === 'engine' && isSecret(pair)) return 'the engine has key pairs only';
  if (partner !== 'openssl' || owner === 'written') return undefined;
  if (isSecret(pair)) return 'the secret key never leaves the token';
  const publicMakes = kind === 'encrypt';
  const needsPrivate = publicMakes === (direction === 'Keyway makes');
  return needsPrivate ? 'the private key never leaves the token' : undefined;
}
