import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CapabilityData, CapabilityRow } from '../../src/driver.ts';
import { createKeyManager } from '../../src/index.ts';
import type { JsonWebKey } from '../../src/index.ts';
import { FakeVault, fakeCapabilities, stillSettings } from '../fake-vault.ts';

const data = Buffer.from('data');
const digest = createHash('sha256').update(data).digest();

async function opened(changes: Partial<CapabilityData> = {}) {
  const vault = new FakeVault(changes);
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  const key = await manager.createEcKey('app');
  return { vault, manager, key };
}

function outside(jwk: JsonWebKey, signature: Uint8Array): boolean {
  const key = createPublicKey({
    key: { kty: 'EC', crv: 'P-256', x: jwk.x ?? '', y: jwk.y ?? '' },
    format: 'jwk',
  });
  return nodeVerify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

describe('signData', () => {
  it('hands the data to a driver that takes it', async () => {
    const { vault, manager, key } = await opened();
    const client = await manager.getCryptographyClient('app');
    const result = await client.signData('ES256', data);
    expect(outside(key.key, result.signature)).toBe(true);
    expect(result).toMatchObject({ algorithm: 'ES256', id: key.id, execution: 'remote' });
    expect(vault.calls.at(-1)?.request).toMatchObject({ input: 'data', data });
  });

  it.each([
    ['an array', [data.subarray(0, 1), data.subarray(1)]],
    ['an async generator', (async function* chunks() { yield data.subarray(0, 2); yield data.subarray(2); })()],
  ])('hashes chunks of %s here and hands over the digest', async (_what, chunks) => {
    const { vault, manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    await client.signData('ES256', chunks);
    expect(vault.calls.at(-1)?.request).toMatchObject({ input: 'digest', digest });
  }); // prettier-ignore

  it('hashes here for a driver that takes digests only', async () => {
    const rows = fakeCapabilities().rows.map((row): CapabilityRow =>
      row.operation === 'signData' || row.operation === 'verifyData'
        ? { ...row, support: 'emulated', by: 'core' }
        : row,
    );
    const { vault, manager } = await opened({ rows });
    const client = await manager.getCryptographyClient('app', { execution: 'remote' });
    await client.signData('ES256', data);
    expect(vault.calls.at(-1)?.request).toMatchObject({ input: 'digest', digest });
    await client.verifyData('ES256', data, new Uint8Array(64).fill(1));
    expect(vault.calls.at(-1)).toMatchObject({ method: 'verify', request: { input: 'digest', digest } });
  });

  it('refuses chunks where the vault takes no digests', async () => {
    const rows = fakeCapabilities().rows.filter(({ operation }) => operation !== 'sign');
    const { manager } = await opened({ rows });
    const client = await manager.getCryptographyClient('app');
    await expect(client.signData('ES256', [data])).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    await expect(client.sign('ES256', digest)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  });

  it('refuses what is no octets at all', async () => {
    const { manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    await expect(client.signData('ES256', 'data' as never)).rejects.toThrow(TypeError);
    await expect(client.signData('ES256', ['data'] as never)).rejects.toThrow(TypeError);
    await expect(client.signData('ES256', undefined as never)).rejects.toThrow(TypeError);
  });

  it("refuses data beyond the vault's limit", async () => {
    const rows = fakeCapabilities().rows.map((row) =>
      row.operation === 'signData' ? { ...row, limits: { maxBytes: 3 } } : row,
    );
    const { manager } = await opened({ rows });
    const client = await manager.getCryptographyClient('app');
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('sign', () => {
  it.each([0, 20, 31, 33, 48, 64])(
    'refuses a digest of %i octets for ES256 before the driver',
    async (length) => {
      const { vault, manager } = await opened();
      const client = await manager.getCryptographyClient('app');
      await expect(client.sign('ES256', new Uint8Array(length))).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      expect(vault.count('sign')).toBe(0);
    },
  );

  it.each(['ES384', 'RS256', 'Ed25519', 'HS256', 'A256GCM', 'none', ''])(
    'refuses %s on a P-256 key before the driver',
    async (algorithm) => {
      const { vault, manager } = await opened();
      const client = await manager.getCryptographyClient('app');
      await expect(client.sign(algorithm as 'ES256', digest)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      await expect(client.signData(algorithm as 'ES256', data)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      expect(vault.count('sign')).toBe(0);
    },
  );

  it('refuses another algorithm than the one the key is restricted to', async () => {
    const { manager } = await opened();
    await manager.createRsaKey('pinned', { algorithm: 'PS256' });
    const client = await manager.getCryptographyClient('pinned');
    await expect(client.sign('RS256', digest)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    expect(client.algorithms('sign')).toEqual(['PS256']);
  });

  it('refuses an operation outside the key operations', async () => {
    const { manager } = await opened();
    await manager.createEcKey('verifier', { keyOperations: ['verify'] });
    const client = await manager.getCryptographyClient('verifier');
    await expect(client.sign('ES256', digest)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    expect(client.algorithms('sign')).toEqual([]);
    expect(client.algorithms('verify')).toEqual(['ES256']);
  });
});

describe('a driver that speaks DER', () => {
  it('is translated in both directions', async () => {
    const { vault, manager, key } = await opened({ signatureEncoding: 'der' });
    const client = await manager.getCryptographyClient('app', { execution: 'remote' });
    const { signature } = await client.signData('ES256', data);
    expect(signature).toHaveLength(64);
    expect(outside(key.key, signature)).toBe(true);
    expect((await client.verifyData('ES256', data, signature)).result).toBe(true);
    const sent = vault.calls.at(-1)?.request['signature'];
    expect(sent).toBeInstanceOf(Uint8Array);
    expect((sent as Uint8Array)[0]).toBe(0x30);
  });

  it('is not believed when its DER is malformed', async () => {
    const { vault, manager } = await opened({ signatureEncoding: 'der' });
    const client = await manager.getCryptographyClient('app');
    vault.hooks['sign'] = { before: () => ({ signature: Buffer.from('3006020100020101', 'hex') }) };
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });
});

describe('verify', () => {
  it('runs here, without the driver, once the version is known', async () => {
    const { vault, manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    const { signature } = await client.signData('ES256', data);
    vault.calls.length = 0;
    expect(await client.verifyData('ES256', data, signature)).toMatchObject({
      result: true,
      execution: 'local',
    });
    expect(await client.verify('ES256', digest, signature)).toMatchObject({
      result: true,
      execution: 'local',
    });
    expect(await client.verifyData('ES256', [data], signature)).toMatchObject({
      result: true,
      execution: 'local',
    });
    expect(vault.calls).toEqual([]);
  });

  it('runs at the vault when asked, and never here with a public key that nobody vouches for', async () => {
    const { vault, manager } = await opened();
    const remote = await manager.getCryptographyClient('app', { execution: 'remote' });
    const { signature } = await remote.signData('ES256', data);
    expect(await remote.verifyData('ES256', data, signature)).toMatchObject({
      result: true,
      execution: 'remote',
    });
    vault.tamper('app', { publicKeyAuthentic: false });
    const fresh = createKeyManager(vault.driver, stillSettings().settings);
    const auto = await fresh.getCryptographyClient('app');
    expect(await auto.verifyData('ES256', data, signature)).toMatchObject({
      result: true,
      execution: 'remote',
    });
    const local = await fresh.getCryptographyClient('app', { execution: 'local' });
    await expect(local.verifyData('ES256', data, signature)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
  });

  it('says false for whatever is malformed, here and at the vault', async () => {
    const { manager } = await opened();
    for (const execution of ['auto', 'remote'] as const) {
      const client = await manager.getCryptographyClient('app', { execution });
      for (const length of [0, 1, 63, 65, 70, 1000]) {
        expect((await client.verifyData('ES256', data, new Uint8Array(length).fill(1))).result).toBe(false);
      }
      expect((await client.verify('ES256', digest, new Uint8Array(64))).result).toBe(false);
    }
  });

  it('does not sign here', async () => {
    const { manager } = await opened();
    const client = await manager.getCryptographyClient('app', { execution: 'local' });
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  });
});

it('pins the version and does not follow rotation', async () => {
  const { vault, manager, key } = await opened();
  const client = await manager.getCryptographyClient('app');
  const rotated = await manager.rotateKey('app');
  const { signature, id } = await client.signData('ES256', data);
  expect(id).toBe(key.id);
  expect(outside(key.key, signature)).toBe(true);
  const next = await manager.getCryptographyClient('app');
  expect((await next.signData('ES256', data)).id).toBe(rotated.id);
  expect(vault.record('app').version).toBe(next.version);
});
