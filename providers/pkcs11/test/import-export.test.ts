import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyExportEncryptionAlgorithm } from '@keyway/core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { encryptionRow, provingAlgorithm, signatureRow } from '../src/algorithms.ts';
import { exportAlgorithms, exportMaterial } from '../src/export-material.ts';
import type { KeyKind } from '../src/key-kind.ts';
import { secretClassOf } from '../src/key-templates.ts';
import { findObjects } from '../src/object-set.ts';
import { works } from '../src/token-features.ts';
import { changedToken } from './changed-token.ts';
import { expectedFeatures } from './expected-features.ts';
import {
  decryptOutside,
  jwkOf,
  outsidePair,
  signOutside,
  unwrapPaddedOutside,
  verifyOutside,
} from './outside.ts';
import type { PairName } from './outside.ts';
import { accessTo, freshPlace, generated, imported, methodsOf, there } from './test-keys.ts';
import { closeTokens, libraries, testCall } from './token-of.ts';
import type { Library } from './token-of.ts';
import { importObjects } from '../src/import-material.ts';

afterAll(closeTokens);

const signs = ['sign', 'verify'] as const;

const pairNames = [
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'P-256',
  'P-384',
  'P-521',
  'P-256K',
  'Ed25519',
] as const;

function kindOf(name: PairName, backup = false): KeyKind {
  if (name.startsWith('RSA-'))
    return { keyType: 'RSA', size: Number(name.slice(4)), keyOperations: signs, backup };
  const curve = name as 'P-256';
  return { keyType: name === 'Ed25519' ? 'OKP' : 'EC', curve, keyOperations: signs, backup };
}

const materialOf = (name: PairName): 'RSA' | 'P-256' => (name.startsWith('RSA-') ? 'RSA' : (name as 'P-256'));

const unwrappable = (library: Library): readonly PairName[] =>
  pairNames.filter((name) => works(expectedFeatures[library], `unwrap ${materialOf(name)}`));

/** Attributes of a key that came in: hardened, and by ALWAYS_SENSITIVE and the like known to have been outside. */
const came = {
  token: true,
  private: true,
  sensitive: true,
  extractable: false,
  alwaysSensitive: false,
  neverExtractable: false,
  local: false,
};

async function signsAs(
  library: Library,
  name: PairName,
  key: Awaited<ReturnType<typeof imported>>,
  publicKey: KeyObject,
): Promise<boolean> {
  const row = signatureRow(provingAlgorithm[materialOf(name)]);
  const { sign } = methodsOf(await accessTo(library));
  const data = Uint8Array.from(randomBytes(50));
  const digest = Uint8Array.from(
    createHash(row.hash ?? 'sha256')
      .update(data)
      .digest(),
  );
  const input =
    row.input === 'data' ? ({ input: 'data', data } as const) : ({ input: 'digest', digest } as const);
  const { signature } = await sign({ ...key.use(row.name), ...input }, testCall());
  return verifyOutside(row, publicKey, data, signature);
}

describe.each(libraries)('keys brought to %s', (library) => {
  it.each(unwrappable(library))('are unwrapped there, hardened, and sign: %s', async (name) => {
    const access = await accessTo(library);
    const jobs: string[] = [];
    const token = changedToken(access.token, (job, _request, run) => {
      jobs.push(job);
      return run();
    });
    const pair = outsidePair(name);
    const key = await imported({ ...access, token }, kindOf(name), jwkOf(pair.privateKey));
    expect(jobs).toContain('unwrapTwice');
    const object = { class: 'private', id: key.id } as const;
    const attributes = Object.keys(came) as (keyof typeof came)[];
    expect(await access.token.run('read', { object, attributes }, testCall())).toEqual(came);
    const secrets = await access.token.run(
      'read',
      { object, attributes: ['value', 'privateExponent', 'prime1'] },
      testCall(),
    );
    expect(secrets).toEqual({});
    expect(key.made.publicKey).toEqual(pair.publicKey.export({ format: 'jwk' }));
    expect(await signsAs(library, name, key, pair.publicKey)).toBe(true);
  });

  it.each([128, 192, 256] as const)('are unwrapped there and encrypt: AES of %i bits', async (size) => {
    const access = await accessTo(library);
    const secret = createSecretKey(randomBytes(size / 8));
    const kind: KeyKind = { keyType: 'oct', size, keyOperations: ['encrypt', 'decrypt'] };
    const key = await imported(access, kind, jwkOf(secret));
    const object = { class: 'secret', id: key.id } as const;
    const attributes = Object.keys(came) as (keyof typeof came)[];
    expect(await access.token.run('read', { object, attributes }, testCall())).toEqual(came);
    expect(await access.token.run('read', { object, attributes: ['value'] }, testCall())).toEqual({});
  });

  it.each([256, 384, 512] as const)('are unwrapped there and make codes: HMAC of %i bits', async (size) => {
    const access = await accessTo(library);
    const secret = createSecretKey(randomBytes(size / 8));
    const key = await imported(access, { keyType: 'oct', size, keyOperations: signs }, jwkOf(secret));
    const row = signatureRow(`HS${size}`);
    const { sign } = methodsOf(access);
    const data = Uint8Array.from(randomBytes(70));
    const { signature } = await sign({ ...key.use(row.name), input: 'data', data }, testCall());
    expect(Buffer.from(signature)).toEqual(Buffer.from(signOutside(row, secret, data)));
    const object = { class: 'secret', id: key.id } as const;
    const attributes = Object.keys(came) as (keyof typeof came)[];
    expect(await access.token.run('read', { object, attributes }, testCall())).toEqual(came);
  });

  it('come in again after the wrapping pair has gone with its session', async () => {
    const access = await accessTo(library);
    const first = outsidePair('P-256');
    await imported(access, kindOf('P-256'), jwkOf(first.privateKey));
    const pairs = await access.token.run(
      'find',
      { template: { class: 3, keyType: 0, token: false } },
      testCall(),
    );
    for (const handle of pairs) await access.token.run('destroy', { object: { handle } }, testCall());
    const second = outsidePair('P-256');
    const key = await imported(access, kindOf('P-256'), jwkOf(second.privateKey));
    expect(await signsAs(library, 'P-256', key, second.publicKey)).toBe(true);
  });
});

describe('a key that a token cannot unwrap', () => {
  it('is refused with the reason, and nothing is made', async () => {
    const access = await accessTo('softhsm2');
    const { place } = freshPlace();
    const jwk = jwkOf(outsidePair('Ed25519').privateKey);
    await expect(importObjects(access, kindOf('Ed25519'), place, jwk, testCall())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('CKR_FUNCTION_FAILED'),
      alternative: 'the option plainImport',
    });
    expect(await findObjects(access, place.id, testCall())).toEqual({ private: [], public: [], secret: [] });
  });

  it('comes in in plain where the caller says so', async () => {
    const access = await accessTo('softhsm2', { plainImport: true });
    const pair = outsidePair('Ed25519');
    const key = await imported(access, kindOf('Ed25519'), jwkOf(pair.privateKey));
    const object = { class: 'private', id: key.id } as const;
    const attributes = Object.keys(came) as (keyof typeof came)[];
    expect(await access.token.run('read', { object, attributes }, testCall())).toEqual(came);
    expect(await signsAs('softhsm2', 'Ed25519', key, pair.publicKey)).toBe(true);
  });

  it('stays refused where the token has no such key at all', async () => {
    const access = await accessTo('nss', { plainImport: true });
    const jwk = jwkOf(outsidePair('Ed25519').privateKey);
    const { place } = freshPlace();
    await expect(importObjects(access, kindOf('Ed25519'), place, jwk, testCall())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      alternative: 'createKey',
    });
  });
});

const hashes: Readonly<Record<KeyExportEncryptionAlgorithm, string>> = {
  CKM_RSA_AES_KEY_WRAP: 'sha1',
  RSA_AES_KEY_WRAP_256: 'sha256',
  RSA_AES_KEY_WRAP_384: 'sha384',
};

/** What the holder of the private key does with an export. */
function openExport(
  privateKey: KeyObject,
  algorithm: KeyExportEncryptionAlgorithm,
  octets: Uint8Array,
): Buffer {
  const modulus = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = privateDecrypt(
    { key: privateKey, padding, oaepHash: hashes[algorithm] },
    octets.subarray(0, modulus),
  );
  expect(key).toHaveLength(32);
  return unwrapPaddedOutside(key, octets.subarray(modulus));
}

describe.each(libraries)('keys taken out of %s', (library) => {
  const receiver = outsidePair('RSA-3072');
  const exportable = pairNames.filter(
    (name) =>
      works(expectedFeatures[library], `export ${materialOf(name)}`) &&
      works(expectedFeatures[library], `make ${materialOf(name)}`),
  );

  it.each(exportable)('are opened and used outside: %s', async (name) => {
    const access = await accessTo(library);
    const key = await generated(access, kindOf(name, true));
    const locator = { class: 'private', id: key.id } as const;
    for (const algorithm of exportAlgorithms(access)) {
      const octets = await exportMaterial(access, locator, receiver.publicKey, algorithm, testCall());
      const der = openExport(receiver.privateKey, algorithm, octets);
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const row = signatureRow(provingAlgorithm[materialOf(name)]);
      const data = randomBytes(20);
      const publicKey = createPublicKey({ key: key.made.publicKey as { kty: string }, format: 'jwk' });
      expect(verifyOutside(row, publicKey, data, signOutside(row, privateKey, data))).toBe(true);
    }
  });

  it.each(['AES', 'HMAC'] as const)('are opened and used outside: %s', async (material) => {
    const access = await accessTo(library);
    const keyOperations = material === 'AES' ? (['encrypt', 'decrypt'] as const) : signs;
    const kind: KeyKind = { keyType: 'oct', size: 256, keyOperations, backup: true };
    const key = await generated(access, kind);
    const locator = { class: secretClassOf(kind), id: key.id } as const;
    const algorithm = there(exportAlgorithms(access)[0]);
    const octets = openExport(
      receiver.privateKey,
      algorithm,
      await exportMaterial(access, locator, receiver.publicKey, algorithm, testCall()),
    );
    expect(octets).toHaveLength(32);
    const methods = methodsOf(access);
    if (material === 'HMAC') {
      const data = Uint8Array.from(randomBytes(10));
      const { signature } = await methods.sign({ ...key.use('HS256'), input: 'data', data }, testCall());
      expect(Buffer.from(signature)).toEqual(
        signOutside(signatureRow('HS256'), createSecretKey(octets), data),
      );
      return;
    }
    const plaintext = Uint8Array.from(randomBytes(10));
    const parts = await methods.encrypt({ ...key.use('A256GCM'), plaintext }, testCall());
    const back = decryptOutside(encryptionRow('A256GCM'), createSecretKey(octets), parts);
    expect(Buffer.from(back)).toEqual(Buffer.from(plaintext));
  });

  it('stay where they are unless they were made to leave', async () => {
    const access = await accessTo(library);
    const key = await generated(access, kindOf('P-256'));
    const locator = { class: 'private', id: key.id } as const;
    await expect(
      exportMaterial(access, locator, receiver.publicKey, 'CKM_RSA_AES_KEY_WRAP', testCall()),
    ).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
  });

  it('go under no hash that the token has not, and to no other kind of key', async () => {
    const access = await accessTo(library);
    const key = await generated(access, kindOf('P-256', true));
    const locator = { class: 'private', id: key.id } as const;
    const lacking = (Object.keys(hashes) as KeyExportEncryptionAlgorithm[]).filter(
      (each) => !exportAlgorithms(access).includes(each),
    );
    expect(lacking).toEqual(library === 'nss' ? [] : ['RSA_AES_KEY_WRAP_256', 'RSA_AES_KEY_WRAP_384']);
    for (const algorithm of lacking) {
      await expect(
        exportMaterial(access, locator, receiver.publicKey, algorithm, testCall()),
      ).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
      });
    }
    const ec = outsidePair('P-256').publicKey;
    await expect(
      exportMaterial(access, locator, ec, 'CKM_RSA_AES_KEY_WRAP', testCall()),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });
});
