import { createHash, createHmac, createPublicKey, randomBytes, verify, type KeyObject } from 'node:crypto';
import type { Mechanism } from '../../src/token/mechanism.ts';
import type { JobCall, KeyLocator, Token } from '../../src/token/token.ts';

const never = new AbortController().signal;

/** A call with time enough. */
export const callFor = (milliseconds = 30_000, signal: AbortSignal = never): JobCall => ({
  signal,
  deadline: Date.now() + milliseconds,
});

/** CKM_ numbers that the tests use. */
export const mechanisms = {
  rsaKeyPair: 0x0000,
  rsaPkcs: 0x0001,
  rsaOaep: 0x0009,
  sha256RsaPkcs: 0x0040,
  sha1: 0x0220,
  sha256Hmac: 0x0251,
  genericSecret: 0x0350,
  ecKeyPair: 0x1040,
  ecdsa: 0x1041,
  aesKey: 0x1080,
  aesGcm: 0x1087,
  aesKeyWrap: 0x2109,
} as const;

export const keyTypes = { rsa: 0, ec: 3, genericSecret: 0x10, aes: 0x1f } as const;
export const classes = { data: 0, public: 2, private: 3, secret: 4 } as const;

/** A key of a token with which data is signed or authenticated, and somebody else's judgement of the result. */
export interface SigningKey {
  readonly locator: KeyLocator;
  readonly mechanism: Mechanism;
  /** What the token is given for `data`. */
  readonly input: (data: Uint8Array) => Uint8Array;
  readonly isRight: (data: Uint8Array, signature: Uint8Array) => boolean;
}

const p256 = {
  parameters: Buffer.from('06082a8648ce3d030107', 'hex'),
  spkiBeforePoint: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
} as const;

const visible = { token: true, label: 'a test' } as const;
const hidden = { ...visible, private: true, sensitive: true, extractable: false } as const;

const isSignature =
  (key: KeyObject) =>
  (data: Uint8Array, signature: Uint8Array): boolean =>
    verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);

/** P-256. */
export async function makeEcKey(token: Token, id: Uint8Array = randomBytes(16)): Promise<SigningKey> {
  await token.run(
    'generateKeyPair',
    {
      mechanism: { type: mechanisms.ecKeyPair },
      publicTemplate: { ...visible, private: false, id, verify: true, ecParams: p256.parameters },
      privateTemplate: { ...hidden, id, sign: true },
    },
    callFor(),
  );
  const read = { object: { class: 'public', id }, attributes: ['ecPoint'] } as const;
  const { ecPoint } = await token.run('read', read, callFor());
  // A DER OCTET STRING of 65 octets.
  const spki = Buffer.concat([p256.spkiBeforePoint, Buffer.from(ecPoint ?? []).subarray(2)]);
  return {
    locator: { class: 'private', id },
    mechanism: { type: mechanisms.ecdsa },
    input: (data) => createHash('sha256').update(data).digest(),
    isRight: isSignature(createPublicKey({ key: spki, format: 'der', type: 'spki' })),
  };
}

/** RSA, PKCS #1 v1.5 with SHA-256. */
export async function makeRsaKey(
  token: Token,
  id: Uint8Array = randomBytes(16),
  modulusBits = 2048,
): Promise<SigningKey> {
  await token.run(
    'generateKeyPair',
    {
      mechanism: { type: mechanisms.rsaKeyPair },
      publicTemplate: {
        ...visible,
        private: false,
        id,
        verify: true,
        encrypt: true,
        wrap: true,
        modulusBits,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      privateTemplate: { ...hidden, id, sign: true, decrypt: true, unwrap: true },
    },
    callFor(),
  );
  const read = { object: { class: 'public', id }, attributes: ['modulus', 'publicExponent'] } as const;
  const { modulus, publicExponent } = await token.run('read', read, callFor());
  const text = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('base64url');
  const jwk = { kty: 'RSA', n: text(modulus), e: text(publicExponent) };
  return {
    locator: { class: 'private', id },
    mechanism: { type: mechanisms.sha256RsaPkcs },
    input: (data) => data,
    isRight: isSignature(createPublicKey({ key: jwk, format: 'jwk' })),
  };
}

/** HMAC with SHA-256. The value is known here, since it is put in. */
export async function makeHmacKey(token: Token, id: Uint8Array = randomBytes(16)): Promise<SigningKey> {
  const value = randomBytes(32);
  const keyType = keyTypes.genericSecret;
  await token.run(
    'create',
    { template: { ...hidden, class: classes.secret, keyType, id, value, sign: true, verify: true } },
    callFor(),
  );
  return {
    locator: { class: 'secret', id },
    mechanism: { type: mechanisms.sha256Hmac },
    input: (data) => data,
    isRight: (data, mac) => createHmac('sha256', value).update(data).digest().equals(mac),
  };
}

/** Signs data and tells whether the signature is right. */
export async function signsRight(token: Token, key: SigningKey, call: JobCall = callFor()): Promise<boolean> {
  const data = randomBytes(48);
  const { locator, mechanism, input, isRight } = key;
  const signature = await token.run('sign', { key: locator, mechanism, data: input(data) }, call);
  return isRight(data, signature);
}
