import { createCipheriv, createDecipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { Token } from '../../src/token/token.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';
import { openSoft } from './open-soft-token.ts';
import {
  callFor,
  classes,
  keyTypes,
  makeEcKey,
  makeHmacKey,
  makeRsaKey,
  mechanisms,
  signsRight,
} from './token-keys.ts';

let token: Token;
beforeAll(async () => {
  token = await openSoft(await softHsmToken());
});

const secret = {
  token: true,
  private: true,
  sensitive: false,
  extractable: true,
  class: classes.secret,
} as const;

async function makeAesKey(
  usage: object,
): Promise<{ key: { class: 'secret'; id: Uint8Array }; value: Uint8Array }> {
  const [id, value] = [randomBytes(16), randomBytes(32)];
  await token.run(
    'create',
    { template: { ...secret, keyType: keyTypes.aes, id, value, ...usage } },
    callFor(),
  );
  return { key: { class: 'secret', id }, value };
}

test.each([
  ['P-256', makeEcKey],
  ['RSA', makeRsaKey],
  ['HMAC', makeHmacKey],
])('what a key of the kind %s signs is right by the judgement of node:crypto', async (_, make) => {
  const key = await make(token);
  expect(await signsRight(token, key)).toBe(true);
});

test('a signature that is not right is no error', async () => {
  const { locator, mechanism, input } = await makeEcKey(token);
  const data = input(randomBytes(10));
  const signature = await token.run('sign', { key: locator, mechanism, data }, callFor());
  const key = { class: 'public', id: locator.id } as const;
  expect(await token.run('verify', { key, mechanism, data, signature }, callFor())).toBe(true);
  signature.set([(signature[7] ?? 0) ^ 1], 7);
  expect(await token.run('verify', { key, mechanism, data, signature }, callFor())).toBe(false);
  const short = signature.subarray(0, 40);
  expect(await token.run('verify', { key, mechanism, data, signature: short }, callFor())).toBe(false);
});

test('AES-GCM comes back with the IV that was used, and node:crypto reads it', async () => {
  const { key, value } = await makeAesKey({ encrypt: true, decrypt: true });
  const [iv, additionalData, data] = [randomBytes(12), randomBytes(20), randomBytes(5_000)];
  const mechanism = {
    type: mechanisms.aesGcm,
    parameter: { kind: 'gcm', iv, additionalData, tagBits: 128 },
  } as const;
  const sealed = await token.run('encrypt', { key, mechanism, data }, callFor());
  expect(sealed.iv).toEqual(new Uint8Array(iv));
  const cipher = createCipheriv('aes-256-gcm', value, iv).setAAD(additionalData);
  const wanted = Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  expect(Buffer.from(sealed.octets).equals(wanted)).toBe(true);
  const opened = await token.run('decrypt', { key, mechanism, data: sealed.octets }, callFor());
  expect(Buffer.from(opened).equals(data)).toBe(true);
});

test('octets are wrapped and unwrapped through session objects, which are gone afterwards', async () => {
  const { key, value } = await makeAesKey({ wrap: true, unwrap: true });
  const octets = randomBytes(32);
  const mechanism = { type: mechanisms.aesKeyWrap };
  const template = {
    class: classes.secret,
    keyType: keyTypes.genericSecret,
    sensitive: false,
    extractable: true,
  };
  const wrapped = await token.run('wrapOctets', { key, mechanism, octets, template }, callFor());
  const unwrap = createDecipheriv('id-aes256-wrap', value, Buffer.from('a6a6a6a6a6a6a6a6', 'hex'));
  expect(Buffer.concat([unwrap.update(wrapped), unwrap.final()])).toEqual(octets);
  const again = await token.run('unwrapOctets', { key, mechanism, wrapped, template }, callFor());
  expect(Buffer.from(again)).toEqual(octets);
  expect(await token.run('find', { template: { class: classes.secret, token: false } }, callFor())).toEqual(
    [],
  );
});

test('RSA-OAEP decrypts what node:crypto encrypted', async () => {
  const { locator } = await makeRsaKey(token);
  const names = ['modulus', 'publicExponent'] as const;
  const object = { class: 'public', id: locator.id } as const;
  const { modulus, publicExponent } = await token.run('read', { object, attributes: names }, callFor());
  const text64 = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('base64url');
  const publicKey = createPublicKey({
    key: { kty: 'RSA', n: text64(modulus), e: text64(publicExponent) },
    format: 'jwk',
  });
  const text = randomBytes(40);
  const data = publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, text);
  const mechanism = {
    type: mechanisms.rsaOaep,
    parameter: { kind: 'oaep', hash: mechanisms.sha1, mgf: 1 },
  } as const;
  expect(Buffer.from(await token.run('decrypt', { key: locator, mechanism, data }, callFor()))).toEqual(text);
});

test('attributes that a token keeps to itself are absent, the others are there', async () => {
  const { locator } = await makeEcKey(token);
  const attributes = ['label', 'sensitive', 'value', 'extractable', 'keyType', 'id', 'modulus'] as const;
  const read = await token.run('read', { object: locator, attributes }, callFor());
  expect(read).toEqual({
    label: 'a test',
    sensitive: true,
    extractable: false,
    keyType: keyTypes.ec,
    id: new Uint8Array(locator.id),
  });
});

test('objects are found with their attributes, copied, changed and destroyed', async () => {
  const label = 'data of a test';
  const template = {
    class: classes.data,
    token: true,
    private: true,
    label,
    application: 'keyway',
    value: randomBytes(3),
  };
  const handle = await token.run('create', { template }, callFor());
  const copy = await token.run('copy', { object: { handle }, template: { label: 'a copy' } }, callFor());
  await token.run('set', { object: { handle: copy }, template: { label: 'another' } }, callFor());
  const found = await token.run(
    'findAndRead',
    { template: { class: classes.data }, attributes: ['label', 'application'] },
    callFor(),
  );
  const labels = found.map(({ attributes }) => attributes.label);
  expect(new Set(labels)).toEqual(new Set(['another', label]));
  for (const object of found) await token.run('destroy', { object }, callFor());
  expect(await token.run('find', { template: { class: classes.data } }, callFor())).toEqual([]);
});

test('more objects than one native call gives are all found', async () => {
  const template = { class: classes.data, token: false, application: 'many' };
  const made = await Promise.all(
    Array.from({ length: 300 }, () => token.run('create', { template }, callFor())),
  );
  const found = await token.run('find', { template: { application: 'many' } }, callFor());
  expect(found).toHaveLength(300);
  expect(new Set(found)).toEqual(new Set(made));
  expect(await token.run('find', { template: { application: 'many' }, limit: 7 }, callFor())).toHaveLength(7);
});

test('random octets come in the length that was asked for', async () => {
  const [first, second] = [
    await token.run('random', { length: 64 }, callFor()),
    await token.run('random', { length: 64 }, callFor()),
  ];
  expect(first).toHaveLength(64);
  expect(Buffer.from(first).equals(second)).toBe(false);
  expect(await token.run('random', { length: 0 }, callFor())).toHaveLength(0);
});

test('a key that is not there is not found, and one of two is not guessed', async () => {
  const id = randomBytes(16);
  const sign = {
    key: { class: 'secret', id },
    mechanism: { type: mechanisms.sha256Hmac },
    data: randomBytes(32),
  } as const;
  await expect(token.run('sign', sign, callFor())).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  await makeHmacKey(token, id);
  await makeHmacKey(token, id);
  await expect(token.run('sign', sign, callFor())).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
});

test('an answer of the token carries its number, its name and the function', async () => {
  const { locator } = await makeEcKey(token);
  const request = { key: locator, mechanism: { type: 0x7fff_ffff }, data: randomBytes(32) };
  const error: unknown = await token.run('sign', request, callFor()).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    name: 'TokenError',
    function: 'C_SignInit',
    ckr: 0x70,
    returnValue: 'CKR_MECHANISM_INVALID',
  });
});
