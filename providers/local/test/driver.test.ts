import { randomBytes } from 'node:crypto';
import type { AlgorithmName, Call, KeyDriver, KeyRecord, NewVersionRequest } from '@keyway/core/driver';
import { describe, expect, it } from 'vitest';
import { localProvider } from '@keyway/local';
import { createCapabilities } from '../src/capabilities.ts';
import { createKeyCache } from '../src/key-cache.ts';
import type { Located } from '../src/rows.ts';
import { parseSettings } from '../src/vault-settings.ts';
import { afterwards, expectCode, makePlace, openMemory } from './fixture.ts';

function callAt(now: number, more: Partial<Call> = {}): Call {
  return { signal: new AbortController().signal, deadline: Infinity, requestId: undefined, now, ...more };
}

const call = callAt(1_800_000_000);
const octKey: NewVersionRequest = {
  name: 'key',
  keyType: 'oct',
  size: 256,
  keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  enabled: true,
  tags: {},
};

type Methods = {
  [Group in 'keys' | 'cryptography' | 'deletion' | 'rotation' | 'other']: Required<KeyDriver[Group]>;
};

/** A driver with every method there, as the local one has them all but `adopt`. */
async function openDriver(uri = 'memory:', options = {}): Promise<KeyDriver & Methods> {
  const driver = await localProvider.openDriver(uri, options);
  afterwards(() => driver.close());
  return driver as KeyDriver & Methods;
}

describe('the driver', () => {
  it('answers with the version that was asked for, and nothing else', async () => {
    const driver = await openDriver();
    const key = await driver.keys.create(octKey, call);
    expect(key).toMatchObject({
      sourceId: `key/${key.version}`,
      publicKeyAuthentic: true,
      status: 'ready',
      intact: true,
    });
    expect(await driver.keys.read({ name: 'key' }, call)).toEqual(key);
    const sealed = await driver.cryptography.encrypt(
      { name: 'key', version: key.version, key, algorithm: 'A256GCM', plaintext: new Uint8Array(20) },
      call,
    );
    expect(sealed.version).toBe(key.version);
  });

  it('refuses algorithms that are none of the operation, should core ever let them through', async () => {
    const driver = await openDriver();
    const key = await driver.keys.create(octKey, call);
    const use = (
      algorithm: string,
    ): { name: string; version: string; key: KeyRecord; algorithm: AlgorithmName } => ({
      name: 'key',
      version: key.version,
      key,
      algorithm: algorithm as AlgorithmName,
    });
    const { cryptography } = driver;
    /** An error thrown at once is a rejection to core. */
    const tried =
      <Request, Answer>(method: (request: Request, at: typeof call) => Promise<Answer> | Answer) =>
      async (request: Request): Promise<Answer> =>
        await method(request, call);
    const [encrypt, decrypt] = [tried(cryptography.encrypt), tried(cryptography.decrypt)];
    const [wrapKey, unwrapKey] = [tried(cryptography.wrapKey), tried(cryptography.unwrapKey)];
    const sign = tried(cryptography.sign);
    const octets = new Uint8Array(32);
    for (const algorithm of ['A256KW', 'ES256', 'none']) {
      await expectCode(encrypt({ ...use(algorithm), plaintext: octets }), 'ERR_UNSUPPORTED');
      await expectCode(decrypt({ ...use(algorithm), ciphertext: octets }), 'ERR_UNSUPPORTED');
    }
    await expectCode(wrapKey({ ...use('A256GCM'), keyToWrap: octets }), 'ERR_UNSUPPORTED');
    await expectCode(unwrapKey({ ...use('A256GCM'), wrappedKey: octets }), 'ERR_UNSUPPORTED');
    await expectCode(sign({ ...use('A256GCM'), input: 'data', data: octets }), 'ERR_UNSUPPORTED');
    await expect(encrypt({ ...use('A256CBC'), plaintext: octets })).rejects.toBeInstanceOf(TypeError);
    await expectCode(decrypt({ ...use('A256CBC'), ciphertext: octets }), 'ERR_INTEGRITY');
    await expectCode(
      decrypt({ ...use('A256GCM'), ciphertext: octets, iv: new Uint8Array(8) }),
      'ERR_INTEGRITY',
    );
    await expectCode(
      driver.keys.create({ ...octKey, name: 'akp', keyType: 'AKP' }, call),
      'ERR_INVALID_ARGUMENT',
    );
  });

  it('rotates only what is current still, and says which version that is', async () => {
    const driver = await openDriver();
    const first = await driver.keys.create(octKey, call);
    const second = await driver.rotation.rotate({ name: 'key', expectedCurrent: first.version }, call);
    await expect(
      driver.rotation.rotate({ name: 'key', expectedCurrent: first.version }, call),
    ).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
      versions: [second.version],
    });
    await expectCode(driver.rotation.rotate({ name: 'absent' }, call), 'ERR_KEY_NOT_FOUND');
  });

  it('makes nothing once its caller has given up', async () => {
    const driver = await openDriver();
    const given = callAt(call.now, { signal: AbortSignal.abort(new Error('given up')) });
    await expect(driver.keys.create(octKey, given)).rejects.toThrow('given up');
    await expectCode(driver.keys.read({ name: 'key' }, call), 'ERR_KEY_NOT_FOUND');
  });

  it('gives a stamp that differs after every change, here and elsewhere, and stays otherwise', async () => {
    const place = makePlace();
    const uri = `local:${place.file}?key-file=${place.keyFile}`;
    const [one, two] = [await openDriver(uri), await openDriver(uri)];
    for (const driver of [one, two]) {
      const before = driver.stamp?.();
      expect(driver.stamp?.()).toBe(before);
      await one.keys.create(octKey, call);
      expect(driver.stamp?.()).not.toBe(before);
    }
    const memory = await openDriver();
    const before = memory.stamp?.();
    expect(memory.stamp?.()).toBe(before);
    await memory.keys.create(octKey, call);
    expect(memory.stamp?.()).not.toBe(before);
  });
});

describe('capabilities', () => {
  it('say why where this Node cannot', () => {
    const old = createCapabilities({ mlDsa: false, rsaPkcs1Decryption: false });
    for (const query of [
      { operation: 'createKey', keyType: 'AKP' },
      { operation: 'signData', algorithm: 'ML-DSA-65' },
      { operation: 'decrypt', algorithm: 'RSA1_5' },
      { operation: 'unwrapKey', algorithm: 'RSA1_5' },
    ] as const) {
      const answer = old.supports(query);
      expect(answer.support).toBe('unsupported');
      expect(answer.reason).toContain('Node.js');
      expect(answer.alternative).toBeDefined();
    }
    expect(old.supports({ operation: 'encrypt', algorithm: 'RSA1_5' }).support).toBe('native');
  });

  it('are frozen, and say that nothing can be adopted', async () => {
    const { capabilities } = await openDriver();
    expect(Object.isFrozen(capabilities) && Object.isFrozen(capabilities.rows)).toBe(true);
    expect(capabilities.supports({ operation: 'adoptKey' })).toMatchObject({
      support: 'unsupported',
      alternative: 'importKey',
    });
    expect(capabilities.supports({ operation: 'createKey', keyType: 'RSA', size: 1024 }).support).toBe(
      'unsupported',
    );
  });
});

describe('release policies', () => {
  const policy = (immutable: boolean): { encodedPolicy: Uint8Array; immutable: boolean } => ({
    encodedPolicy: new TextEncoder().encode(
      JSON.stringify({
        version: '1.0.0',
        anyOf: [{ authority: 'https://a.example', allOf: [{ claim: 'c', equals: 'v' }] }],
      }),
    ),
    immutable,
  });

  it('can be changed until they are immutable, and only on exportable keys', async () => {
    const vault = await openMemory();
    await vault.createEcKey('key', { exportable: true, releasePolicy: policy(false) });
    const changed = await vault.updateKeyProperties('key', { releasePolicy: policy(true) });
    expect(changed.properties.releasePolicy?.immutable).toBe(true);
    await expectCode(
      vault.updateKeyProperties('key', { releasePolicy: policy(false) }),
      'ERR_OPERATION_NOT_PERMITTED',
    );
    const rotated = await vault.rotateKey('key');
    expect(rotated.properties).toMatchObject({ exportable: true, releasePolicy: { immutable: true } });
    await vault.createEcKey('plain');
    await expectCode(
      vault.updateKeyProperties('plain', { releasePolicy: policy(false) }),
      'ERR_INVALID_ARGUMENT',
    );
    const bad = { encodedPolicy: new TextEncoder().encode('{}') };
    await vault.createEcKey('open', { exportable: true, releasePolicy: policy(false) });
    await expectCode(vault.updateKeyProperties('open', { releasePolicy: bad }), 'ERR_INVALID_ARGUMENT');
    await expectCode(
      vault.createEcKey('key', { exportable: true, releasePolicy: bad }),
      'ERR_INVALID_ARGUMENT',
    );
  });

  it('are asked before anything is released', async () => {
    const vault = await openMemory({ attestationAuthorities: {} });
    await vault.createEcKey('key', {
      exportable: true,
      releasePolicy: policy(false),
      keyOperations: ['sign', 'export'],
    });
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256' })}.${part({ iss: 'https://a.example' })}.${randomBytes(256).toString('base64url')}`;
    await expectCode(vault.releaseKey('key', token), 'ERR_PERMISSION_DENIED');
    await vault.createEcKey('plain');
    await expectCode(vault.releaseKey('plain', token), 'ERR_OPERATION_NOT_PERMITTED');
  });
});

describe('the cache of versions', () => {
  it('keeps a thousand, those used last, each only under its stamp', () => {
    const cache = createKeyCache();
    const entry = (version: string): [Record<string, string>, Located] => {
      const row = { v_name: 'key', v_version: version };
      return [row, { row: { name: 'key', version } } as Located];
    };
    for (let count = 0; count < 1000; count++) cache.put(...entry(`v${count}`), 1);
    expect(cache.fresh('key', 'v0', 1)).toBeDefined();
    cache.put(...entry('one-more'), 1);
    expect(cache.fresh('key', 'v0', 1)).toBeDefined();
    expect(cache.fresh('other', 'v0', 1)).toBeUndefined();
    expect(cache.fresh('key', 'v1', 1)).toBeUndefined();
    expect(cache.fresh('key', 'v2', 2)).toBeUndefined();
    expect(cache.same({ v_name: 'key', v_version: 'v2' }, 2)?.stamp).toBe(2);
    expect(cache.same({ v_name: 'key', v_version: 'v2', more: 1 }, 2)).toBeUndefined();
    expect(cache.same({ v_name: 'key', v_version: 'absent' }, 2)).toBeUndefined();
    cache.clear();
    expect(cache.fresh('key', 'v2', 2)).toBeUndefined();
  });
});

describe('settings of a vault', () => {
  it('that are authentic and make no sense are damage', () => {
    for (const text of ['[7]', '["7",true]', '[7,1]']) {
      expect(() => parseSettings(text)).toThrow(expect.objectContaining({ code: 'ERR_INTEGRITY' }) as Error);
    }
  });

  it('must have the types that they have', async () => {
    await expect(openMemory({ purgeProtection: 1 as never })).rejects.toBeInstanceOf(TypeError);
  });
});
