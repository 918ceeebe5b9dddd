import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { describedNames, describeObject } from '../src/describe-object.ts';
import type { Attributes } from '../src/token/attributes.ts';
import { works } from '../src/token-features.ts';
import { expectedFeatures } from './expected-features.ts';
import { accessTo, generated } from './test-keys.ts';
import { closeTokens, libraries, testCall } from './token-of.ts';

afterAll(closeTokens);

const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;
const id = Uint8Array.of(1);

describe.each(libraries)('a key on %s', (library) => {
  const kinds = [
    { keyType: 'RSA', size: 2048, keyOperations: signs },
    { keyType: 'RSA', size: 2048, keyOperations: crypts },
    { keyType: 'EC', curve: 'P-256', keyOperations: signs },
    { keyType: 'EC', curve: 'P-521', keyOperations: signs },
    { keyType: 'OKP', curve: 'Ed25519', keyOperations: signs },
    { keyType: 'oct', size: 192, keyOperations: ['encrypt', 'decrypt'] },
    { keyType: 'oct', size: 512, keyOperations: signs },
  ] as const;
  const made = kinds.filter(
    (kind) => !('curve' in kind) || works(expectedFeatures[library], `make ${kind.curve}`),
  );

  it.each(made)(
    'is described by its attributes alone: $keyType $curve $size $keyOperations.0',
    async (kind) => {
      const access = await accessTo(library);
      const key = await generated(access, kind);
      const object = { class: kind.keyType === 'oct' ? 'secret' : 'private', id: key.id } as const;
      const attributes = await access.token.run('read', { object, attributes: describedNames }, testCall());
      expect(describeObject(attributes)).toEqual({
        kind,
        id: key.id,
        label: `test/${Buffer.from(key.id).toString('hex')}/0`,
        extractable: false,
        sensitive: true,
      });
    },
  );
});

describe('an object that is no key of the contract', () => {
  const ec: Attributes = {
    class: 3,
    keyType: 3,
    id,
    sign: true,
    ecParams: Uint8Array.from(Buffer.from('06082a8648ce3d030107', 'hex')),
  };
  const rsa: Attributes = {
    class: 3,
    keyType: 0,
    id,
    sign: true,
    modulus: Uint8Array.from(randomBytes(256)).map((octet, at) =>
      at === 0 || at === 255 ? octet | 0x81 : octet,
    ),
    publicExponent: Uint8Array.of(1, 0, 1),
  };

  it.each<readonly [string, Attributes]>([
    ['a public key', { ...ec, class: 2 }],
    ['a certificate', { ...ec, class: 1 }],
    ['a key without a CKA_ID', { class: 3, keyType: 3, sign: true, ecParams: ec.ecParams ?? id }],
    ['a key with an empty CKA_ID', { ...ec, id: new Uint8Array() }],
    ['a key that does nothing', { ...ec, sign: false }],
    [
      'a curve of another standard',
      { ...ec, ecParams: Uint8Array.from(Buffer.from('06092b2403030208010107', 'hex')) },
    ],
    ['a DSA key', { ...ec, keyType: 1 }],
    ['a DES key', { class: 4, keyType: 0x15, id, encrypt: true }],
    ['an RSA key with a small exponent', { ...rsa, publicExponent: Uint8Array.of(3) }],
    ['an RSA key of 1024 bits', { ...rsa, modulus: (rsa.modulus ?? id).slice(128) }],
    ['an RSA key that does not tell its modulus', { class: 3, keyType: 0, id, sign: true }],
    ['a vendor’s own key type', { ...ec, keyType: 0x8000_0001 }],
  ])('is not taken for one: %s', (_what, attributes) => {
    expect(describeObject(ec)?.kind.curve).toBe('P-256');
    expect(describeObject(rsa)?.kind.size).toBe(2048);
    expect(describeObject(attributes)).toBeUndefined();
  });

  it('is a key of unknown size where the token tells none', () => {
    const secret: Attributes = { class: 4, keyType: 0x1f, id, encrypt: true, valueLen: 0 };
    expect(describeObject(secret)?.kind).toEqual({
      keyType: 'oct',
      size: undefined,
      keyOperations: ['encrypt'],
    });
    const mac: Attributes = { class: 4, keyType: 0x2b, id, sign: true, valueLen: 32 };
    expect(describeObject(mac)?.kind).toEqual({ keyType: 'oct', size: 256, keyOperations: ['sign'] });
  });
});
