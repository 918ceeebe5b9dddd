import { describe, expect, it } from 'vitest';
import type { CapabilityData } from '../../src/driver.ts';
import { encodeEncryptionContext } from '../../src/driver.ts';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, fakeCapabilities, stillSettings } from '../fake-vault.ts';

const data = Buffer.from('data');
const invalid = { code: 'ERR_INVALID_ARGUMENT' };

async function opened(changes: Partial<CapabilityData> = {}) {
  const vault = new FakeVault(changes);
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  await manager.createOctKey('secret');
  const client = await manager.getCryptographyClient('secret');
  const sent = () => vault.calls.at(-1)?.request as Record<string, unknown>;
  return { vault, manager, client, sent };
}

describe('GCM', () => {
  it("takes no IV from the caller, and gives the vault's with the tag", async () => {
    const { client, sent } = await opened();
    await expect(client.encrypt('A256GCM', data, { iv: new Uint8Array(12) })).rejects.toMatchObject(invalid);
    const result = await client.encrypt('A256GCM', data);
    expect(result).toMatchObject({ algorithm: 'A256GCM', execution: 'remote' });
    expect([result.iv?.length, result.authenticationTag?.length]).toEqual([12, 16]);
    expect(sent()).not.toHaveProperty('iv');
  });

  it('needs IV and tag of the right length to decrypt', async () => {
    const { vault, client } = await opened();
    const good = { iv: new Uint8Array(12), authenticationTag: new Uint8Array(16) };
    vault.calls.length = 0;
    for (const bad of [
      { iv: undefined },
      { authenticationTag: undefined },
      { iv: new Uint8Array(16) },
      { authenticationTag: new Uint8Array(12) },
    ]) {
      await expect(client.decrypt('A256GCM', data, { ...good, ...bad })).rejects.toMatchObject(invalid);
    }
    expect(vault.calls).toEqual([]);
    await client.decrypt('A256GCM', data, good);
    expect(vault.calls).toHaveLength(1);
  });

  it('binds a context, or raw octets, but not both; the empty context is none', async () => {
    const { client, sent } = await opened();
    await client.encrypt('A256GCM', data, { context: { b: '2', a: '1' } });
    expect(sent()['additionalAuthenticatedData']).toEqual(encodeEncryptionContext({ a: '1', b: '2' }));
    await client.encrypt('A256GCM', data, { additionalAuthenticatedData: data });
    expect(sent()['additionalAuthenticatedData']).toBe(data);
    await client.encrypt('A256GCM', data, { context: {} });
    expect(sent()).not.toHaveProperty('additionalAuthenticatedData');
    await client.encrypt('A256GCM', data, { additionalAuthenticatedData: new Uint8Array(0) });
    expect(sent()).not.toHaveProperty('additionalAuthenticatedData');
    const both = client.encrypt('A256GCM', data, { context: { a: '1' }, additionalAuthenticatedData: data });
    await expect(both).rejects.toMatchObject(invalid);
    for (const context of [{ a: '' }, { a: 1 }, 'a'] as never[]) {
      await expect(client.encrypt('A256GCM', data, { context })).rejects.toThrow(/context/);
    }
  });

  it('refuses raw octets that the driver does not know', async () => {
    const { client } = await opened({ members: {} });
    const refused = client.encrypt('A256GCM', data, { additionalAuthenticatedData: data });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  });
});

describe('CBC', () => {
  it('gets a fresh IV each time unless one is given', async () => {
    const { client, sent } = await opened();
    await client.encrypt('A256CBCPAD', data);
    const first = sent()['iv'];
    await client.encrypt('A256CBCPAD', data);
    expect(sent()['iv']).not.toEqual(first);
    const iv = new Uint8Array(16).fill(9);
    await client.encrypt('A256CBC', new Uint8Array(32), { iv });
    expect(sent()['iv']).toBe(iv);
    await expect(
      client.encrypt('A256CBC', new Uint8Array(32), { iv: new Uint8Array(12) }),
    ).rejects.toMatchObject(invalid);
  });

  it('without padding takes whole blocks only, and binds nothing', async () => {
    const { client } = await opened();
    await expect(client.encrypt('A256CBC', new Uint8Array(17))).rejects.toMatchObject(invalid);
    await expect(
      client.encrypt('A256CBC', new Uint8Array(16), { context: { a: 'b' } }),
    ).rejects.toMatchObject(invalid);
    const aad = { additionalAuthenticatedData: data };
    await expect(client.encrypt('A256CBC', new Uint8Array(16), aad)).rejects.toMatchObject(invalid);
  });

  it('does not send what cannot be a ciphertext', async () => {
    const { vault, client } = await opened();
    const iv = new Uint8Array(16);
    vault.calls.length = 0;
    await expect(client.decrypt('A256CBC', new Uint8Array(17), { iv })).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    await expect(client.decrypt('A256CBCPAD', new Uint8Array(0), { iv })).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    await expect(
      client.decrypt('A256CBC', new Uint8Array(16), { iv, authenticationTag: iv }),
    ).rejects.toMatchObject(invalid);
    expect(vault.calls).toEqual([]);
  });
});

describe('the vault’s own encryption', () => {
  const context = { tenant: 'a' };

  it.each([
    ['map', { context }],
    ['bytes', { additionalAuthenticatedData: encodeEncryptionContext(context) }],
  ] as const)('takes a context as %s', async (form, expected) => {
    const { client, sent } = await opened({ context: form });
    await client.encrypt('provider', data, { context });
    expect(sent()).toMatchObject(expected);
  });

  it('refuses a context where the vault binds none', async () => {
    const { client } = await opened({ context: 'none' });
    await expect(client.encrypt('provider', data, { context })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
  });

  it('may be opened with another version, which the result names', async () => {
    const { vault, client } = await opened();
    vault.hooks['decrypt'] = { after: (result: object) => ({ ...result, version: 'older' }) };
    expect((await client.decrypt('provider', data)).id).toBe('fake:vault/keys/secret/older');
    const parts = { iv: new Uint8Array(12), authenticationTag: new Uint8Array(16) };
    await expect(client.decrypt('A256GCM', data, parts)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });
});

describe('key wrapping', () => {
  it.each([0, 8, 15, 17, 20])('refuses to wrap a key of %i octets by AES', async (length) => {
    const { vault, client } = await opened();
    await expect(client.wrapKey('A256KW', new Uint8Array(length))).rejects.toMatchObject(invalid);
    expect(vault.count('wrapKey')).toBe(0);
  });

  it.each([0, 16, 23, 25])('does not send a wrapped key of %i octets', async (length) => {
    const { vault, client } = await opened();
    await expect(client.unwrapKey('A256KW', new Uint8Array(length))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    expect(vault.count('unwrapKey')).toBe(0);
  });

  it('names algorithm, version and place in its results', async () => {
    const { client } = await opened();
    const expected = { algorithm: 'A256KW', id: client.keyId, execution: 'remote' };
    expect(await client.wrapKey('A256KW', new Uint8Array(16))).toMatchObject(expected);
    expect(await client.unwrapKey('A256KW', new Uint8Array(24))).toMatchObject(expected);
  });
});

it("refuses more than the vault's limit, and algorithms of another size", async () => {
  const rows = fakeCapabilities().rows.map((row) =>
    row.operation === 'encrypt' ? { ...row, limits: { maxBytes: 3 } } : row,
  );
  const { client } = await opened({ rows });
  await expect(client.encrypt('A256GCM', data)).rejects.toMatchObject(invalid);
  await expect(client.encrypt('A128GCM', data)).rejects.toMatchObject(invalid);
  await expect(client.encrypt('RSA-OAEP', data)).rejects.toMatchObject(invalid);
  await expect(client.encrypt('A256KW' as never, data)).rejects.toMatchObject(invalid);
  await expect(client.encrypt('ES256' as never, data)).rejects.toMatchObject(invalid);
});
