import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { all, expectCode, makeClock, makePlace, openMemory } from './fixture.ts';

describe('making keys', () => {
  it('gives a public JWK that node:crypto takes, and nothing private, for every type', async () => {
    const vault = await openMemory();
    for (const size of [2048, 3072]) {
      const { key } = await vault.createRsaKey(`rsa-${size}`, { size });
      expect(Buffer.from(key.n ?? '', 'base64url')).toHaveLength(size / 8);
      expect('d' in key).toBe(false);
    }
    for (const curve of ['P-256', 'P-384', 'P-521', 'P-256K'] as const) {
      const { key } = await vault.createEcKey(`ec-${curve.toLowerCase()}`, { curve });
      expect(key.crv).toBe(curve === 'P-256K' ? 'secp256k1' : curve);
    }
    expect((await vault.createKey('okp', 'OKP')).key.crv).toBe('Ed25519');
    expect(Object.keys((await vault.createOctKey('oct')).key).toSorted()).toEqual(['kid', 'kty']);
  });

  it('makes ML-DSA keys of each parameter set', async () => {
    const vault = await openMemory();
    for (const algorithm of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
      const made = await vault.createKey(algorithm.toLowerCase(), 'AKP', { algorithm });
      expect(made.key).toMatchObject({ kty: 'AKP', alg: algorithm });
      expect((await vault.rotateKey(made.name)).properties.algorithms).toEqual([algorithm]);
    }
  });

  it('makes the next version of a live key of the same type and usage, and no other', async () => {
    const vault = await openMemory();
    const first = await vault.createEcKey('key');
    const second = await vault.createEcKey('key', { curve: 'P-384' });
    expect(second.properties.version).not.toBe(first.properties.version);
    expect((await vault.getKey('key')).properties.version).toBe(second.properties.version);
    await expectCode(vault.createRsaKey('key'), 'ERR_CONFLICT');
    const rsa = await vault.createRsaKey('rsa', { keyOperations: ['sign'] });
    expect((await vault.createRsaKey('rsa', { keyOperations: ['sign', 'verify'] })).name).toBe(rsa.name);
    await expectCode(vault.createRsaKey('rsa', { keyOperations: ['wrapKey'] }), 'ERR_CONFLICT');
    expect(await all(vault.listPropertiesOfKeyVersions('rsa'))).toHaveLength(2);
  });

  it('gives the first result again for a request id that it has seen on this name', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock });
    const request = { requestId: 'order-1' };
    const first = await vault.createEcKey('key', request);
    advance(60);
    expect((await vault.createEcKey('key', request)).properties).toEqual(first.properties);
    const rotated = await vault.rotateKey('key', { requestId: 'order-2' });
    await vault.rotateKey('key');
    expect((await vault.rotateKey('key', { requestId: 'order-2' })).id).toBe(rotated.id);
    expect((await vault.createEcKey('other', request)).id).not.toBe(first.id);
    expect(await all(vault.listPropertiesOfKeyVersions('key'))).toHaveLength(3);
  });

  it('makes one version for one request id, even where the same request runs several times at once', async () => {
    const vault = await openMemory();
    const same = Array.from({ length: 4 }, () => vault.createRsaKey('key', { requestId: 'once' }));
    const made = await Promise.all(same);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const rotated = await Promise.all(same.map(() => vault.rotateKey('key', { requestId: 'turn' })));
    expect(new Set(rotated.map(({ id }) => id)).size).toBe(1);
    expect(await all(vault.listPropertiesOfKeyVersions('key'))).toHaveLength(2);
  });

  it('imports what other software has made, and uses it', async () => {
    const vault = await openMemory();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const jwk = privateKey.export({ format: 'jwk' });
    const imported = await vault.importKey('ec', jwk as { kty: string });
    expect(imported.key).toMatchObject({ x: jwk.x, y: jwk.y });
    const secret = Buffer.alloc(32, 7);
    await vault.importKey(
      'mac',
      { kty: 'oct', k: secret.toString('base64url') },
      { keyOperations: ['sign', 'verify'] },
    );
    const client = await vault.getCryptographyClient('mac');
    const data = Buffer.from('data');
    const { signature } = await client.signData('HS256', data);
    expect(Buffer.from(signature)).toEqual(createHmac('sha256', secret).update(data).digest());
    expect(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })).asymmetricKeyType).toBe(
      'ec',
    );
  });

  it('refuses hardware, with the reason and what to use instead', async () => {
    const vault = await openMemory();
    for (const attempt of [
      vault.createKey('a', 'RSA-HSM'),
      vault.createEcKey('b', { hardwareProtected: true }),
    ]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        message: expect.stringContaining('no hardware') as string,
        alternative: expect.stringContaining('key type') as string,
      });
    }
    expect((await vault.createEcKey('c')).properties.hardwareProtected).toBe(false);
  });
});

describe('reading and listing', () => {
  it('lists keys by name and versions in the order they were made, page by page', async () => {
    const place = makePlace();
    const vault = await place.open();
    const names = Array.from({ length: 7 }, (_, index) => `key-${6 - index}`);
    for (const name of names) await vault.createOctKey(name);
    const listed = await all(vault.listPropertiesOfKeys({ maxPageSize: 3 }));
    expect(listed.map(({ name }) => name)).toEqual(names.toSorted());
    const versions: (string | undefined)[] = [(await vault.getKey('key-3')).properties.version];
    for (let count = 0; count < 4; count++)
      versions.push((await vault.rotateKey('key-3')).properties.version);
    const told = await all(vault.listPropertiesOfKeyVersions('key-3', { maxPageSize: 2 }));
    expect(told.map(({ version }) => version)).toEqual(versions);
    await expectCode(all(vault.listPropertiesOfKeyVersions('absent')), 'ERR_KEY_NOT_FOUND');
  });

  it('tells a missing key from a missing version of a key', async () => {
    const vault = await openMemory();
    await vault.createOctKey('key');
    await expect(vault.getKey('absent')).rejects.toThrow('no such key');
    await expect(vault.getKey('key', { version: 'ff' })).rejects.toThrow('no such version');
  });

  it('changes exactly the properties that are given', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock });
    const expiresOn = new Date(clock() + 86_400_000);
    const made = await vault.createOctKey('key', {
      tags: { one: '1' },
      expiresOn,
      notBefore: new Date(clock()),
    });
    advance(5);
    const changed = await vault.updateKeyProperties('key', { tags: { two: '2' }, notBefore: null });
    expect(changed.properties).toEqual({
      ...made.properties,
      tags: { two: '2' },
      notBefore: undefined,
      updatedOn: new Date(clock()),
    });
  });
});

describe('rotating', () => {
  it('keeps operations, algorithms and tags, and applies the policy to new versions only', async () => {
    const { clock } = makeClock();
    const vault = await openMemory({ clock });
    const first = await vault.createEcKey('key', {
      algorithm: 'ES256',
      tags: { team: 'a' },
      keyOperations: ['sign'],
    });
    await vault.updateKeyRotationPolicy('key', { expiresIn: 'P30D' });
    const next = await vault.rotateKey('key');
    expect(next.properties).toMatchObject({
      algorithms: ['ES256'],
      keyOperations: ['sign'],
      tags: { team: 'a' },
      expiresOn: new Date(clock() + 30 * 86_400_000),
    });
    const before = await vault.getKey('key', { version: first.properties.version });
    expect(before.properties.expiresOn).toBeUndefined();
    const own = await vault.createEcKey('key', { expiresOn: new Date(clock() + 1000) });
    expect(own.properties.expiresOn).toEqual(new Date(clock() + 1000));
  });

  it('keeps the policy text as given, and when it was set first and last', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock });
    await vault.createEcKey('key');
    expect((await vault.getKeyRotationPolicy('key')).lifetimeActions).toEqual([]);
    const policy = {
      expiresIn: 'P18M',
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'PT48H' }],
    } as const;
    const created = await vault.updateKeyRotationPolicy('key', policy);
    advance(10);
    const { createdOn, updatedOn, ...kept } = await vault.updateKeyRotationPolicy('key', policy);
    expect(kept).toMatchObject(policy);
    expect(createdOn).toEqual(created.createdOn);
    expect(updatedOn).toEqual(new Date(clock()));
  });

  it('rotates what is due once, even if two openings of one file run at the same moment', async () => {
    const place = makePlace();
    const { clock, advance } = makeClock();
    const [one, two] = [await place.open({ clock }), await place.open({ clock })];
    for (const name of ['a', 'b', 'c']) {
      await one.createEcKey(name);
      await one.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
      });
    }
    advance(2 * 86_400);
    const reports = (await Promise.all([one.rotateDueKeys(), two.rotateDueKeys()])).flat();
    expect(
      reports
        .filter(({ outcome }) => outcome === 'rotated')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c'])
      expect(await all(one.listPropertiesOfKeyVersions(name))).toHaveLength(2);
  });
});
