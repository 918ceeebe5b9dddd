import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkVaultUri,
  formatDeletedKeyId,
  formatKeyId,
  formatRotationPolicyId,
  parseKeyId,
  parseKeyIdOf,
} from '../src/key-identifier.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const vault = 'local:3c6f7f5e-8f4e-4a43-9d3c-1f6d4f0f2f11';

const characters = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_'];
const segment = (extra = ''): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters, ...extra), minLength: 1, maxLength: 20 });
const name = fc.oneof(segment(), fc.constantFrom('keys', 'deletedkeys', 'rotationpolicy'));
const version = fc
  .oneof(segment('.~'), fc.constantFrom('keys', 'deletedkeys', 'v1'))
  .filter((text) => !['.', '..', 'rotationpolicy'].includes(text));
const vaultUri = fc
  .tuple(
    fc.constantFrom('local', 'awskms', 'https', 'gcpkms', 'pkcs11'),
    fc.array(segment('.~@:=;'), { minLength: 1 }),
  )
  .map(([scheme, path]) => `${scheme}://${path.join('/')}`)
  .filter((uri) => !/\/(?:deleted)?keys(?:\/|$)/.test(uri));

describe('key ids', () => {
  it('have the portable form', () => {
    expect(formatKeyId(vault, 'pay', 'v1')).toBe(`${vault}/keys/pay/v1`);
    expect(formatKeyId(vault, 'pay')).toBe(`${vault}/keys/pay`);
    expect(formatDeletedKeyId(vault, 'pay')).toBe(`${vault}/deletedkeys/pay`);
    expect(formatRotationPolicyId(vault, 'pay')).toBe(`${vault}/keys/pay/rotationpolicy`);
  });

  it('are taken apart into what they were made of', () => {
    fc.assert(
      fc.property(vaultUri, name, fc.option(version, { nil: undefined }), (uri, key, at) => {
        const id = formatKeyId(uri, key, at);
        expect(parseKeyId(id)).toEqual({ sourceId: id, vaultUri: uri, name: key, version: at });
        expect(parseKeyIdOf(uri, id).version).toBe(at);
      }),
    );
  });

  it('of deleted keys have no version', () => {
    fc.assert(
      fc.property(vaultUri, name, (uri, key) => {
        const id = formatDeletedKeyId(uri, key);
        expect(parseKeyId(id)).toEqual({ sourceId: id, vaultUri: uri, name: key, version: undefined });
      }),
    );
  });

  it.each([
    '',
    '/',
    'keys/a',
    '/keys/a',
    vault,
    `${vault}/`,
    `${vault}/keys`,
    `${vault}/keys/`,
    `${vault}/keys//v`,
    `${vault}/keys/a/`,
    `${vault}/keys/a/v/x`,
    `${vault}/keys/a/..`,
    `${vault}/keys/../v`,
    `${vault}/keys/a b`,
    `${vault}/keys/a?x`,
    `${vault}/keys/a/v#x`,
    `${vault}/deletedkeys/a/v`,
    `${vault}/keys/a/rotationpolicy`,
    `${vault}//keys/a`,
    `${vault}/secrets/a`,
    `${vault}?x/keys/a`,
    `${vault}%/keys/a`,
    `${vault}%4/keys/a`,
    `LOCAL:x/keys/a`,
    ` ${vault}/keys/a`,
    `${vault}/keys/a\n`,
    `${vault}/keys/${'a'.repeat(128)}`,
    `x:${'a'.repeat(1100)}/keys/a`,
  ])('do not look like %j', (id) => {
    expect(() => parseKeyId(id)).toThrow(invalid);
  });

  it('of another vault are refused', () => {
    expect(() => parseKeyIdOf(vault, formatKeyId(`${vault}1`, 'a', 'v'))).toThrow(invalid);
    expect(() =>
      parseKeyIdOf(vault, formatKeyId(vault.toUpperCase().replace('LOCAL', 'local'), 'a', 'v')),
    ).toThrow(invalid);
  });

  it('are text', () => {
    expect(() => parseKeyId(1 as never)).toThrow(TypeError);
  });

  it('are accepted in one form only, and nothing but typed errors comes out of the rest', () => {
    const parts = fc.array(
      fc.constantFrom('local:x', '/', 'keys', 'deletedkeys', 'a', '.', '%2f', '?', 'rotationpolicy', ' '),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((list) => list.join('')),
        ),
        (id) => {
          try {
            const found = parseKeyId(id);
            const deleted = formatDeletedKeyId(found.vaultUri, found.name);
            expect([formatKeyId(found.vaultUri, found.name, found.version), deleted]).toContain(id);
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
  });
});

describe('checkVaultUri', () => {
  it('refuses an identity in which ids could not be taken apart', () => {
    for (const uri of [
      'x:keys',
      'https://host/mykeys',
      "pkcs11:token=a%2Fb;object='c'",
      'awskms://aws/1/eu/prefix',
    ]) {
      expect(checkVaultUri(uri)).toBe(uri);
    }
    for (const uri of [
      'x:a/keys',
      'x:a/keys/b',
      'x:a/deletedkeys/b',
      'x:a/',
      'x:',
      'a',
      '',
      'x:a?b',
      'x:a#b',
      'x:a b',
      'x:%zz',
    ]) {
      expect(() => checkVaultUri(uri)).toThrow(invalid);
    }
    expect(checkVaultUri(`x:${'a'.repeat(1022)}`)).toHaveLength(1024);
    expect(() => checkVaultUri(`x:${'a'.repeat(1023)}`)).toThrow(invalid);
    expect(() => checkVaultUri(undefined)).toThrow(TypeError);
  });
});
