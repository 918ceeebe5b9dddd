import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import type { CreateKeyOptions, JsonWebKey, KeyType } from '../../src/index.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

function opened() {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  const made = () =>
    vault.calls.findLast(({ method }) => method === 'create' || method === 'import')?.request;
  return { vault, manager, made };
}

const policy = { encodedPolicy: Buffer.from('{}') };

describe('createKey', () => {
  const defaults: readonly [KeyType, CreateKeyOptions, object][] = [
    ['RSA', {}, { size: 2048, keyOperations: ['sign', 'verify'] }],
    ['EC', {}, { curve: 'P-256', keyOperations: ['sign', 'verify'] }],
    ['OKP', {}, { curve: 'Ed25519', keyOperations: ['sign', 'verify'] }],
    ['oct', {}, { size: 256, keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] }],
    ['AKP', { algorithm: 'ML-DSA-65' }, { algorithm: 'ML-DSA-65', keyOperations: ['sign', 'verify'] }],
    ['EC', { size: 384 }, { curve: 'P-384' }],
    ['EC', { algorithm: 'ES256K' }, { curve: 'P-256K', algorithm: 'ES256K' }],
    ['OKP', { algorithm: 'EdDSA' }, { curve: 'Ed25519', algorithm: 'Ed25519' }],
    ['oct', { algorithm: 'HS512' }, { size: 512, keyOperations: ['sign', 'verify'] }],
    ['oct', { algorithm: 'A128KW' }, { size: 128, keyOperations: ['wrapKey', 'unwrapKey'] }],
    ['RSA', { algorithm: 'RSA-OAEP-256' }, { keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] }],
    ['RSA', { hardwareProtected: true }, { keyType: 'RSA-HSM' }],
    ['EC-HSM', { hardwareProtected: true }, { keyType: 'EC-HSM' }],
    ['EC', { keyOperations: ['verify', 'sign'] }, { keyOperations: ['sign', 'verify'] }],
  ];

  it.each(defaults)('%s with %j is asked for as %j', async (keyType, options, expected) => {
    const { manager, made } = opened();
    await manager.createKey('app', keyType, options);
    expect(made()).toMatchObject(expected);
  });

  const refused: readonly [KeyType, CreateKeyOptions][] = [
    ['RSA', { size: 1024 }],
    ['RSA', { size: 2049 }],
    ['RSA', { curve: 'P-256' }],
    ['EC', { size: 512 }],
    ['EC', { size: 256, curve: 'P-384' }],
    ['EC', { curve: 'Ed25519' }],
    ['OKP', { curve: 'P-256' }],
    ['oct', { size: 64 }],
    ['oct', { size: 512 }],
    ['oct', { size: 128, algorithm: 'HS256' }],
    ['oct', { size: 128, algorithm: 'A256GCM' }],
    ['AKP', {}],
    ['AKP', { algorithm: 'ES256' }],
    ['AKP', { algorithm: 'ML-DSA-44', size: 1 }],
    ['EC', { algorithm: 'ES384', curve: 'P-256' }],
    ['EC', { algorithm: 'RS256' }],
    ['EC', { algorithm: 'XX' as never }],
    ['EC', { keyOperations: [] }],
    ['EC', { keyOperations: ['encrypt'] }],
    ['EC', { keyOperations: ['sign', 'sign'] }],
    ['EC', { keyOperations: ['dance' as never] }],
    ['EC', { algorithm: 'ES256', keyOperations: ['export'] }],
    ['EC', { exportable: true }],
    ['EC', { releasePolicy: policy }],
    ['EC', { notBefore: new Date(5000), expiresOn: new Date(5999) }],
    ['EC', { notBefore: new Date(6000), expiresOn: new Date(5000) }],
    ['EC', { expiresOn: new Date(Number.NaN) }],
    ['EC', { expiresOn: new Date(-62_135_596_800_000) }],
    ['EC', { expiresOn: new Date(253_402_300_800_000) }],
    ['EC-HSM', { hardwareProtected: false }],
    ['XX' as never, {}],
  ];

  it.each(refused)('refuses %s with %j before the driver', async (keyType, options) => {
    const { vault, manager } = opened();
    await expect(manager.createKey('app', keyType, options)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    expect(vault.calls).toEqual([]);
  });

  const misuse: readonly [string, unknown][] = [
    ['an unknown member', { colour: 'red' }],
    ['a misspelt member', { expiresAt: new Date() }],
    ['no object', 'options'],
    ['an array', []],
    ['a number for enabled', { enabled: 1 }],
    ['a text for keyOperations', { keyOperations: 'sign' }],
    ['a text for size', { size: '2048' }],
    ['a text for signal', { signal: 'stop' }],
    ['a text for the policy document', { exportable: true, releasePolicy: { encodedPolicy: '{}' } }],
    ['an unknown member of the policy', { exportable: true, releasePolicy: { ...policy, extra: 1 } }],
    ['a number for hardwareProtected', { hardwareProtected: 1 }],
    ['a number for algorithm', { algorithm: 256 }],
  ];

  it.each(misuse)('throws TypeError for %s', async (_what, options) => {
    const { manager } = opened();
    await expect(manager.createKey('app', 'RSA', options as never)).rejects.toThrow(TypeError);
  });

  it('takes the whole second of a date, from 1970 to the end of 9999', async () => {
    const { manager, made } = opened();
    const expiresOn = new Date('9999-12-31T23:59:59.999Z');
    const key = await manager.createEcKey('app', { notBefore: new Date(999), expiresOn });
    expect(made()).toMatchObject({ notBefore: 0, expiresOn: 253_402_300_799 });
    expect(key.properties.expiresOn).toEqual(new Date('9999-12-31T23:59:59Z'));
  });

  it('takes members that are undefined as if they were absent', async () => {
    const { manager, made } = opened();
    await manager.createKey('app', 'EC', {
      curve: undefined,
      tags: undefined,
      expiresOn: undefined,
      signal: undefined,
    });
    expect(made()).toMatchObject({ curve: 'P-256', tags: {} });
  });

  it('takes shape options only in the method that has them', async () => {
    const { manager } = opened();
    await expect(manager.createEcKey('app', { size: 256 } as never)).rejects.toThrow(TypeError);
    await expect(manager.createRsaKey('app', { curve: 'P-256' } as never)).rejects.toThrow(TypeError);
    await expect(manager.createOctKey('app', { curve: 'P-256' } as never)).rejects.toThrow(TypeError);
  });

  it.each(['', 'Upper', '-a', 'a-', 'a_b', 'a.b', 'ä', 'a/b', 'a'.repeat(64), '..'])(
    'refuses the name %j',
    async (name) => {
      const { vault, manager } = opened();
      await expect(manager.createEcKey(name)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      expect(vault.calls).toEqual([]);
    },
  );

  it.each(['a', '0', 'a-b', 'a'.repeat(63)])('takes the name %j', async (name) => {
    const { manager } = opened();
    expect((await manager.createEcKey(name)).name).toBe(name);
  });
});

describe('importKey', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  }) as JsonWebKey;

  it('hands over the checked material and what the JWK says of its use', async () => {
    const { manager, made } = opened();
    await manager.importKey('app', { ...ec, key_ops: ['sign'], alg: 'ES256', kid: 'old', kty: 'EC-HSM' });
    expect(made()).toMatchObject({
      keyType: 'EC-HSM',
      curve: 'P-256',
      algorithm: 'ES256',
      keyOperations: ['sign'],
      material: { kty: 'EC', crv: 'P-256', x: ec.x, y: ec.y, d: ec.d },
    });
  });

  it('lets options decide where both speak', async () => {
    const { manager, made } = opened();
    await manager.importKey('app', { ...ec, key_ops: ['sign'] }, { keyOperations: ['sign', 'verify'] });
    expect(made()).toMatchObject({ keyOperations: ['sign', 'verify'] });
  });

  it.each(['text', 7, null, undefined, [], { kty: 'EC' }, { ...ec, extra: 'x' }, { ...ec, alg: 'RS256' }])(
    'refuses %j before the driver, without repeating it',
    async (jwk) => {
      const { vault, manager } = opened();
      const error = await manager.importKey('app', jwk as never).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      expect((error as Error).stack).not.toContain(ec.d);
      expect(vault.calls).toEqual([]);
    },
  );
});

describe('updateKeyProperties', () => {
  it('sends exactly the members given', async () => {
    const { vault, manager } = opened();
    await manager.createEcKey('app', { expiresOn: new Date(9e12), tags: { a: '1' } });
    const key = await manager.updateKeyProperties('app', {
      expiresOn: null,
      tags: { b: '2' },
      enabled: undefined,
    });
    expect(vault.calls.at(-1)?.request['changes']).toEqual({ expiresOn: null, tags: { b: '2' } });
    expect(key.properties).toMatchObject({ expiresOn: undefined, tags: { b: '2' }, enabled: true });
  });

  it('sends nothing where nothing is to change', async () => {
    const { vault, manager } = opened();
    await manager.createEcKey('app');
    await manager.updateKeyProperties('app', {});
    expect(vault.count('update')).toBe(0);
  });

  it('checks a date against the one that stays', async () => {
    const { vault, manager } = opened();
    await manager.createEcKey('app', { expiresOn: new Date(5_000_000) });
    const late = manager.updateKeyProperties('app', { notBefore: new Date(5_000_000) });
    await expect(late).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await manager.updateKeyProperties('app', { notBefore: new Date(5_000_000), expiresOn: null });
    expect(vault.count('update')).toBe(1);
  });

  it('changes a release policy only where there is one that may change', async () => {
    const { manager } = opened();
    await manager.createEcKey('plain');
    const refused = manager.updateKeyProperties('plain', { releasePolicy: policy });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await manager.createEcKey('fixed', { exportable: true, releasePolicy: { ...policy, immutable: true } });
    const fixed = manager.updateKeyProperties('fixed', { releasePolicy: policy });
    await expect(fixed).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    await manager.createEcKey('open', { exportable: true, releasePolicy: policy });
    const changed = await manager.updateKeyProperties('open', {
      releasePolicy: { ...policy, immutable: true },
    });
    expect(changed.properties.releasePolicy?.immutable).toBe(true);
  });

  it('needs options', async () => {
    const { manager } = opened();
    await expect(manager.updateKeyProperties('app', undefined as never)).rejects.toThrow(TypeError);
  });
});

describe('getRandomBytes', () => {
  it.each([0, 129, 1.5, -1, Number.NaN])('refuses %d', async (count) => {
    const { vault, manager } = opened();
    await expect(manager.getRandomBytes(count)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(vault.calls).toEqual([]);
  });

  it('throws TypeError for what is no number', async () => {
    await expect(opened().manager.getRandomBytes('4' as never)).rejects.toThrow(TypeError);
  });
});
