import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ImportRequest, JsonWebKey } from '@keyway/core/driver';
import { createFakeKms, kmsError } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';

const ec = (namedCurve: string): JsonWebKey =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' }) as JsonWebKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  format: 'jwk',
}) as JsonWebKey;
const oct = (length: number): JsonWebKey => ({ kty: 'oct', k: randomBytes(length).toString('base64url') });
const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt'] as const;

const kinds: readonly (readonly [string, JsonWebKey, Partial<ImportRequest>, string, string])[] = [
  ['RSA that signs', rsa, { keyType: 'RSA', curve: undefined, size: 2048 }, 'RSA_2048', 'SIGN_VERIFY'],
  [
    'RSA that encrypts',
    rsa,
    { keyType: 'RSA', curve: undefined, size: 2048, keyOperations: crypts },
    'RSA_2048',
    'ENCRYPT_DECRYPT',
  ],
  ['P-256', ec('P-256'), {}, 'ECC_NIST_P256', 'SIGN_VERIFY'],
  ['P-384', ec('P-384'), { curve: 'P-384' }, 'ECC_NIST_P384', 'SIGN_VERIFY'],
  ['P-521', ec('P-521'), { curve: 'P-521' }, 'ECC_NIST_P521', 'SIGN_VERIFY'],
  ['secp256k1', ec('secp256k1'), { curve: 'P-256K' }, 'ECC_SECG_P256K1', 'SIGN_VERIFY'],
  [
    'AES-256',
    oct(32),
    { keyType: 'oct', curve: undefined, size: 256, keyOperations: crypts },
    'SYMMETRIC_DEFAULT',
    'ENCRYPT_DECRYPT',
  ],
  [
    'HMAC-256',
    oct(32),
    { keyType: 'oct', curve: undefined, size: 256, keyOperations: signs },
    'HMAC_256',
    'GENERATE_VERIFY_MAC',
  ],
  [
    'HMAC-384',
    oct(48),
    { keyType: 'oct', curve: undefined, size: 384, keyOperations: signs },
    'HMAC_384',
    'GENERATE_VERIFY_MAC',
  ],
  [
    'HMAC-512',
    oct(64),
    { keyType: 'oct', curve: undefined, size: 512, keyOperations: signs },
    'HMAC_512',
    'GENERATE_VERIFY_MAC',
  ],
];

test.each(kinds)('%s arrives at KMS exactly as it was given', async (_, material, shape, spec, usage) => {
  const fake = createFakeKms();
  const request: ImportRequest = { ...ecRequest('k'), ...shape, material };
  const made = await there(fakeDriver(fake).keys.import)(request, fakeCall());
  const key = fake.keys.get(made.version);
  expect([key?.spec, key?.usage, key?.origin, key?.state]).toEqual([spec, usage, 'EXTERNAL', 'Enabled']);
  const arrived = Buffer.from(key?.material ?? []);
  if (material.kty === 'oct') expect(arrived.toString('base64url')).toBe(material.k);
  else {
    const privateKey = createPrivateKey({ key: arrived, format: 'der', type: 'pkcs8' });
    const { d } = privateKey.export({ format: 'jwk' });
    expect(d).toBe(material.d);
  }
  expect(await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall())).toEqual(made);
});

test('a key that KMS imports in no documented form is refused before any request', async () => {
  const fake = createFakeKms();
  const material = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JsonWebKey;
  const request: ImportRequest = { ...ecRequest('k', { keyType: 'OKP', curve: 'Ed25519' }), material };
  await expect(there(fakeDriver(fake).keys.import)(request, fakeCall())).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
  });
  expect(fake.requests).toEqual([]);
});

test('a wrapping key that is not the one asked for gets no material', async () => {
  const fake = createFakeKms();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const { getParametersForImport } = fake.client;
  const client = {
    ...fake.client,
    getParametersForImport: async (...request: Parameters<typeof getParametersForImport>) => ({
      ...(await getParametersForImport(...request)),
      PublicKey: new Uint8Array(weak.export({ format: 'der', type: 'spki' })),
    }),
  };
  const request: ImportRequest = { ...ecRequest('k'), material: ec('P-256') };
  await expect(there(fakeDriver(fake, { client }).keys.import)(request, fakeCall())).rejects.toMatchObject({
    code: 'ERR_INTEGRITY',
  });
  expect(fake.requests).not.toContain('importKeyMaterial');
  expect([...fake.keys.values()].map(({ state }) => state)).toEqual(['PendingDeletion']);
});

test('an import that fails leaves nothing of the material in its error', async () => {
  const fake = createFakeKms();
  const material = ec('P-256');
  fake.before = (operation) => {
    if (operation === 'importKeyMaterial') throw kmsError('IncorrectKeyMaterialException');
  };
  const request: ImportRequest = { ...ecRequest('k'), material };
  const error: unknown = await there(fakeDriver(fake).keys.import)(request, fakeCall()).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'IncorrectKeyMaterialException' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(material.d);
  expect(fake.aliases.size).toBe(0);
});
