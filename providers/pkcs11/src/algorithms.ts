import { algorithmRows, findAlgorithm, hashLength } from '@keyway/core/driver';
import type {
  AlgorithmName,
  EncryptionAlgorithmRow,
  KeyCurveName,
  SignatureAlgorithmRow,
} from '@keyway/core/driver';
import { ckm, hashParameters } from './mechanisms.ts';
import type { HashName } from './mechanisms.ts';
import type { Mechanism, OaepParameter } from './token/mechanism.ts';

/** Signature and MAC algorithms, each a row of core's table. */
export type SignatureName = SignatureAlgorithmRow['name'];

/** One way in which tokens sign: what goes in, under which mechanism, and what stands before a digest. */
export interface SigningWay {
  readonly input: 'digest' | 'data';
  readonly mechanism: Mechanism;
  /** DER of `DigestInfo` up to the digest (RFC 8017 section 9.2, note 1), which CKM_RSA_PKCS leaves to the caller. */
  readonly prefix?: Uint8Array;
}

const digestInfo: Readonly<Partial<Record<HashName, string>>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

const combined = {
  sha256: { pkcs1: ckm.sha256RsaPkcs, pss: ckm.sha256RsaPss, ecdsa: ckm.ecdsaSha256, hmac: ckm.sha256Hmac },
  sha384: { pkcs1: ckm.sha384RsaPkcs, pss: ckm.sha384RsaPss, ecdsa: ckm.ecdsaSha384, hmac: ckm.sha384Hmac },
  sha512: { pkcs1: ckm.sha512RsaPkcs, pss: ckm.sha512RsaPss, ecdsa: ckm.ecdsaSha512, hmac: ckm.sha512Hmac },
} as const;

function pssParameter(hash: HashName): Mechanism['parameter'] {
  return { kind: 'pss', ...hashParameters[hash], saltLength: hashLength[hash] };
}

/** Ways in which tokens are known to run an algorithm, the one that takes digests first. */
function waysOf(row: SignatureAlgorithmRow): readonly SigningWay[] {
  if (row.family === 'OKP') return [{ input: 'data', mechanism: { type: ckm.eddsa } }];
  const { hash } = row;
  if (hash === undefined || hash === 'sha1') return [];
  const whole = combined[hash];
  if (row.family === 'oct') return [{ input: 'data', mechanism: { type: whole.hmac } }];
  if (row.family === 'EC') {
    return [
      { input: 'digest', mechanism: { type: ckm.ecdsa } },
      { input: 'data', mechanism: { type: whole.ecdsa } },
    ];
  }
  if (row.padding === 'pss') {
    const parameter = pssParameter(hash);
    return [
      { input: 'digest', mechanism: { type: ckm.rsaPss, parameter } },
      { input: 'data', mechanism: { type: whole.pss, parameter } },
    ];
  }
  const prefix = Uint8Array.from(Buffer.from(digestInfo[hash] ?? '', 'hex'));
  return [
    { input: 'digest', mechanism: { type: ckm.rsaPkcs }, prefix },
    { input: 'data', mechanism: { type: whole.pkcs1 } },
  ];
}

/** Every signature and MAC algorithm of the contract. */
export const signatureRows: readonly SignatureAlgorithmRow[] = algorithmRows.filter(
  (row) => row.kind === 'signature',
);

/** How tokens sign, by algorithm: what is not here no known token does. */
export const signingWays: ReadonlyMap<string, readonly SigningWay[]> = new Map(
  signatureRows.map((row) => [row.name, waysOf(row)]),
);

/** OAEP with one hash for the label and for MGF1, as every vault has it. */
export function oaep(hash: HashName): Mechanism & { readonly parameter: OaepParameter } {
  return { type: ckm.rsaOaep, parameter: { kind: 'oaep', ...hashParameters[hash] } };
}

/** The mechanism of an RSA encryption algorithm. */
export function rsaEncryption(row: EncryptionAlgorithmRow): Mechanism {
  return row.mode === 'oaep' ? oaep(row.hash ?? 'sha1') : { type: ckm.rsaPkcs };
}

/** What C_Sign is given under `way`. */
export function signedOctets(way: SigningWay, message: Uint8Array): Uint8Array {
  if (way.prefix === undefined) return message;
  const octets = new Uint8Array(way.prefix.length + message.length);
  octets.set(way.prefix);
  octets.set(message, way.prefix.length);
  return octets;
}

/** The algorithm that proves that a private key belongs to a public one. */
export const provingAlgorithm: Readonly<Record<'RSA' | KeyCurveName, SignatureName>> = {
  RSA: 'RS256',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  'P-256K': 'ES256K',
  Ed25519: 'Ed25519',
};

/** The row of a signature algorithm. @throws TypeError for another. */
export function signatureRow(name: AlgorithmName): SignatureAlgorithmRow {
  const row = findAlgorithm(name);
  if (row?.kind !== 'signature') throw new TypeError(`${name} is no signature algorithm`);
  return row;
}

/** The row of an encryption algorithm. @throws TypeError for another. */
export function encryptionRow(name: AlgorithmName): EncryptionAlgorithmRow {
  const row = findAlgorithm(name);
  if (row?.kind !== 'encryption') throw new TypeError(`${name} is no encryption algorithm`);
  return row;
}
