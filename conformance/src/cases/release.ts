import { deepEqual, equal, ok } from 'node:assert/strict';
import { constants, createDecipheriv, createPrivateKey, privateDecrypt, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonWebKey, KeyExportEncryptionAlgorithm } from '@keyway/core';
import { signatureRows } from '../algorithm-ids.ts';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { kindOf, kindQuery } from '../key-kinds.ts';
import { makeKey } from '../make-key.ts';
import type { MadeKey } from '../make-key.ts';
import { outsidePrivateKey } from '../outside/public-key.ts';
import { verifyOutside } from '../outside/signatures.ts';
import { message } from '../sign-with.ts';
import { publicHalf, testKey } from '../test-keys.ts';
import type { AttestationFixture } from '../target.ts';
import type { Requirement } from '../requires.ts';

const releasing: readonly Requirement[] = [
  kindQuery('createKey', kindOf('p-256')),
  { operation: 'releaseKey' },
  { trait: 'member:createKey.exportable' },
  { fixture: 'attestation' },
];

interface Environment {
  readonly attestation: AttestationFixture;
  readonly key: MadeKey;
  readonly publicKey: JsonWebKey;
  readonly privateKey: KeyObject;
}

/** An exportable key, and an environment with a key of its own that may be given it. */
async function environment(context: CaseContext): Promise<Environment> {
  const attestation = await context.fixtures.attestation?.(context.driver);
  if (attestation === undefined) throw new Error('The target gives no attestation');
  const releasePolicy = { encodedPolicy: attestation.releasePolicy };
  const key = await makeKey(context, kindOf('p-256'), {
    origin: 'created',
    exportable: true,
    releasePolicy,
    keyOperations: ['sign', 'verify', 'export'],
  });
  const own = await testKey(kindOf('rsa-2048'));
  return { attestation, key, publicKey: publicHalf(own), privateKey: outsidePrivateKey(own) };
}

/**
 * Opens `CKM_RSA_AES_KEY_WRAP`: the first octets, as many as the modulus, are an AES key under RSA-OAEP; the rest is the
 * PKCS#8 key under that AES key by RFC 5649.
 */
function unwrapped(wrapped: Buffer, privateKey: KeyObject, hash: string): KeyObject {
  const oaep = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  const aes = privateDecrypt(oaep, wrapped.subarray(0, 256));
  const decipher = createDecipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
  const der = Buffer.concat([decipher.update(wrapped.subarray(256)), decipher.final()]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** The key material in the payload of a released key. */
function materialIn(value: string): Buffer {
  const [, payload = ''] = value.split('.');
  const text = Buffer.from(payload, 'base64url').toString();
  const { response } = JSON.parse(text) as { response?: { key?: { key?: { key_hsm?: string } } } };
  const hsm = response?.key?.key?.key_hsm ?? '';
  const { ciphertext } = JSON.parse(Buffer.from(hsm, 'base64url').toString()) as { ciphertext?: string };
  return Buffer.from(ciphertext ?? '', 'base64url');
}

const wraps: readonly (readonly [KeyExportEncryptionAlgorithm, string])[] = [
  ['CKM_RSA_AES_KEY_WRAP', 'sha1'],
  ['RSA_AES_KEY_WRAP_256', 'sha256'],
  ['RSA_AES_KEY_WRAP_384', 'sha384'],
];

const released = wraps.map(([algorithm, hash]): Case => ({
  id: `release/${algorithm.toLowerCase().replaceAll('_', '-')}/opens-outside`,
  title: `A key released under ${algorithm} opens with the environment's own key, outside, and signs for the vault's public key`,
  requires: releasing,
  async run(context) {
    const { attestation, key, publicKey, privateKey } = await environment(context);
    const token = await attestation.token(publicKey, 'fulfilled');
    const { value } = await context.manager.releaseKey(key.name, token, { algorithm });
    equal(value.split('.').length, 3, 'a compact JWS');
    const opened = unwrapped(materialIn(value), privateKey, hash);
    const row = signatureRows.find(({ name }) => name === 'ES256');
    if (row === undefined) throw new Error('ES256 is in the table');
    const signature = sign('sha256', message, { key: opened, dsaEncoding: 'ieee-p1363' });
    ok(verifyOutside(row, key.publicKey, message, signature), 'it is the very key');
    deepEqual(
      createPrivateKey(opened.export({ format: 'pem', type: 'pkcs8' }) as string).asymmetricKeyType,
      'ec',
    );
  },
}));

const refusals = (['denied', 'foreign', 'expired', 'unsigned'] as const).map((kind): Case => ({
  id: `release/${kind}/refused`,
  title: `A key is not released for a token that is ${kind}: ERR_PERMISSION_DENIED, never "not found"`,
  requires: releasing,
  async run(context) {
    const { attestation, key, publicKey } = await environment(context);
    const token = await attestation.token(publicKey, kind);
    await refused(context.manager.releaseKey(key.name, token), 'ERR_PERMISSION_DENIED');
    const good = await attestation.token(publicKey, 'fulfilled');
    ok((await context.manager.releaseKey(key.name, good)).value.length > 0);
  },
}));

const others: readonly Case[] = [
  {
    id: 'release/not-exportable/refused',
    title: 'A key that is not exportable is never released: ERR_OPERATION_NOT_PERMITTED',
    requires: releasing,
    async run(context) {
      const { attestation, publicKey } = await environment(context);
      const plain = await makeKey(context, kindOf('p-256'), { origin: 'created' });
      const token = await attestation.token(publicKey, 'fulfilled');
      await refused(context.manager.releaseKey(plain.name, token), 'ERR_OPERATION_NOT_PERMITTED');
    },
  },
  {
    id: 'release/policy/kept',
    title: 'The release policy is kept byte for byte, and one that is immutable never changes',
    requires: [
      ...releasing,
      { operation: 'updateKeyProperties' },
      { trait: 'member:updateKeyProperties.releasePolicy' },
    ],
    async run(context) {
      const { attestation } = await environment(context);
      const releasePolicy = { encodedPolicy: attestation.releasePolicy, immutable: true };
      const name = context.newName();
      await context.manager.createEcKey(name, {
        exportable: true,
        releasePolicy,
        keyOperations: ['sign', 'verify', 'export'],
      });
      const kept = (await context.open().getKey(name)).properties;
      deepEqual(Buffer.from(kept.releasePolicy?.encodedPolicy ?? []), Buffer.from(attestation.releasePolicy));
      deepEqual([kept.exportable, kept.releasePolicy?.immutable], [true, true]);
      const changes = { releasePolicy: { encodedPolicy: attestation.releasePolicy } };
      await refused(context.open().updateKeyProperties(name, changes), 'ERR_OPERATION_NOT_PERMITTED');
    },
  },
];

/** Releasing keys to attested environments. */
export const releaseCases: readonly Case[] = [...released, ...refusals, ...others];
