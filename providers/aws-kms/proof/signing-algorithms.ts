import { constants } from 'node:crypto';
import type { SignKeyObjectInput } from 'node:crypto';

/** A signing algorithm of KMS, in node:crypto's terms. */
export interface SigningAlgorithm {
  readonly name: string;
  readonly family: 'rsa' | 'ec' | 'ed25519' | 'ml-dsa';
  /** Absent where the algorithm hashes inside. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
}

const hashes = ['sha256', 'sha384', 'sha512'] as const;

const rsa = (padding: 'pkcs1' | 'pss', text: string): readonly SigningAlgorithm[] =>
  hashes.map((hash) => ({ name: `${text}_SHA_${hash.slice(3)}`, family: 'rsa', hash, padding }));

/** The table, from the KMS API reference, `Sign`. */
export const signingAlgorithms: readonly SigningAlgorithm[] = [
  ...rsa('pkcs1', 'RSASSA_PKCS1_V1_5'),
  ...rsa('pss', 'RSASSA_PSS'),
  ...hashes.map((hash) => ({ name: `ECDSA_SHA_${hash.slice(3)}`, family: 'ec', hash }) as const),
  { name: 'ED25519_SHA_512', family: 'ed25519' },
  { name: 'ML_DSA_SHAKE_256', family: 'ml-dsa' },
];

/** A row of the table. */
export function signingAlgorithm(name: string): SigningAlgorithm {
  const row = signingAlgorithms.find((candidate) => candidate.name === name);
  if (row === undefined) throw new TypeError(`${name} is no signing algorithm`);
  return row;
}

/** What node:crypto takes beside the key to sign or verify data; ECDSA signatures are DER, as in KMS. */
export function nodeParameters({ family, padding }: SigningAlgorithm): Omit<SignKeyObjectInput, 'key'> {
  if (family === 'ec') return { dsaEncoding: 'der' };
  if (padding === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  if (padding === 'pss') {
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return {};
}
