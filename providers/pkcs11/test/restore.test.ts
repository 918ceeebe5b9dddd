import { randomBytes, randomUUID } from 'node:crypto';
import type { KeyManager } from '@keyway/core';
import { afterAll, describe, expect, it } from 'vitest';
import { TokenError } from '../src/token/return-values.ts';
import { closeManagers, managerOn, twoManagersOn } from './test-manager.ts';
import { closeTokens, libraries, testCall, tokenOf } from './token-of.ts';

afterAll(async () => {
  await closeManagers();
  await closeTokens();
});

async function purge(manager: KeyManager, name: string): Promise<void> {
  await (await manager.beginDeleteKey(name)).pollUntilDone();
  await manager.purgeDeletedKey(name);
}

const freshName = (): string => `k${randomUUID().slice(0, 8)}`;

describe.each(libraries)('a key restored on %s', (library) => {
  it('has its versions, their ids, its tags and its policy, and does what it did', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    const first = await manager.createEcKey(name, { curve: 'P-384', backup: true, tags: { team: 'one' } });
    const data = Uint8Array.from(randomBytes(20));
    const early = await (await manager.getCryptographyClient(name)).signData('ES384', data);
    await manager.updateKeyRotationPolicy(name, { lifetimeActions: [], expiresIn: 'P90D' });
    const second = await manager.rotateKey(name);
    const backup = await manager.backupKey(name);
    await purge(manager, name);
    const restored = await manager.restoreKeyBackup(backup);
    expect(restored).toEqual(second);
    const versions = await Array.fromAsync(manager.listPropertiesOfKeyVersions(name));
    expect(versions.map(({ version }) => version)).toEqual(
      [first, second].map(({ properties }) => properties.version),
    );
    expect((await manager.getKeyRotationPolicy(name)).expiresIn).toBe('P90D');
    const client = await manager.getCryptographyClient(name, { version: first.properties.version });
    expect((await client.verifyData('ES384', data, early.signature)).result).toBe(true);
    const late = await client.signData('ES384', data);
    expect((await client.verifyData('ES384', data, late.signature)).result).toBe(true);
    const own = await manager.getCryptographyClient(name, {
      version: first.properties.version,
      execution: 'remote',
    });
    expect((await own.verifyData('ES384', data, late.signature)).result).toBe(true);
  });

  it('decrypts what was encrypted before', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createOctKey(name, { size: 256, backup: true });
    const plaintext = Uint8Array.from(randomBytes(20));
    const client = await manager.getCryptographyClient(name);
    const sealed = await client.encrypt('A256GCM', plaintext);
    const backup = await manager.backupKey(name);
    await purge(manager, name);
    await manager.restoreKeyBackup(backup);
    const { ciphertext, iv, authenticationTag } = sealed;
    const again = await manager.getCryptographyClient(name);
    const opened = await again.decrypt('A256GCM', ciphertext, { iv, authenticationTag });
    expect(opened.plaintext).toEqual(plaintext);
  });

  it('comes back once for a request, and not where its name is in use', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createEcKey(name, { curve: 'P-256', backup: true });
    const backup = await manager.backupKey(name);
    await expect(manager.restoreKeyBackup(backup)).rejects.toMatchObject({ code: 'ERR_KEY_EXISTS' });
    await (await manager.beginDeleteKey(name)).pollUntilDone();
    await expect(manager.restoreKeyBackup(backup)).rejects.toMatchObject({ code: 'ERR_KEY_DELETED' });
    await manager.purgeDeletedKey(name);
    const requestId = randomUUID();
    const restored = await manager.restoreKeyBackup(backup, { requestId });
    expect(await manager.restoreKeyBackup(backup, { requestId })).toEqual(restored);
    await expect(manager.restoreKeyBackup(backup)).rejects.toMatchObject({ code: 'ERR_KEY_EXISTS' });
  });

  it('does not come back out of a backup with any octet changed', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createOctKey(name, { size: 256, backup: true });
    const backup = await manager.backupKey(name);
    await purge(manager, name);
    for (const at of backup.keys()) {
      const bad = backup.map((octet, index) => (index === at ? octet ^ 0x20 : octet));
      await expect(manager.restoreKeyBackup(bad)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    }
    await expect(manager.getKey(name)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('comes back once where many restore it at the same time, and works', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createEcKey(name, { curve: 'P-256', backup: true });
    const backup = await manager.backupKey(name);
    await purge(manager, name);
    const ends = await Promise.allSettled(Array.from({ length: 4 }, () => manager.restoreKeyBackup(backup)));
    const reasons = ends.flatMap((end) =>
      end.status === 'rejected' ? [end.reason as { code: string }] : [],
    );
    expect(reasons.map(({ code }) => code)).toEqual(Array(3).fill('ERR_KEY_EXISTS'));
    const client = await manager.getCryptographyClient(name);
    const data = Uint8Array.from(randomBytes(20));
    const { signature } = await client.signData('ES256', data);
    expect((await client.verifyData('ES256', data, signature)).result).toBe(true);
  });

  it('comes back at most once where another vault of the same namespace is at it, and then works', async () => {
    const names: string[] = [];
    const [one, other] = await twoManagersOn(library);
    for (let round = 0; round < 5; round++) {
      const name = freshName();
      await one.createEcKey(name, { curve: 'P-256', backup: true });
      const backup = await one.backupKey(name);
      await purge(one, name);
      const ends = await Promise.allSettled([one.restoreKeyBackup(backup), other.restoreKeyBackup(backup)]);
      const codes = ends.flatMap((end) =>
        end.status === 'rejected' ? [(end.reason as { code: string }).code] : [],
      );
      expect(codes.filter((code) => code !== 'ERR_CONFLICT' && code !== 'ERR_KEY_EXISTS')).toEqual([]);
      expect(codes.length).toBeGreaterThan(0);
      if (codes.length === 2) await other.restoreKeyBackup(backup);
      const data = Uint8Array.from(randomBytes(20));
      for (const manager of [one, other]) {
        const client = await manager.getCryptographyClient(name);
        const { signature } = await client.signData('ES256', data);
        if ((await client.verifyData('ES256', data, signature)).result) names.push(name);
      }
    }
    expect(names).toHaveLength(10);
  });

  it('leaves nothing where a later version does not come in', async () => {
    let unwraps = 0;
    const manager = await managerOn(library, (job, _request, run) => {
      if (job === 'unwrap' && ++unwraps === 2) return Promise.reject(new TokenError(0x110, 'C_UnwrapKey'));
      return run();
    });
    const name = freshName();
    await manager.createEcKey(name, { curve: 'P-256', backup: true });
    await manager.rotateKey(name);
    const backup = await manager.backupKey(name);
    await purge(manager, name);
    const token = await tokenOf(library);
    const pairs = { template: { class: 3, token: true } } as const;
    const before = await token.run('find', pairs, testCall());
    await expect(manager.restoreKeyBackup(backup)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    expect(await token.run('find', pairs, testCall())).toEqual(before);
    await manager.restoreKeyBackup(backup);
    expect(await token.run('find', pairs, testCall())).toHaveLength(before.length + 2);
  });

  it('stays in its own namespace', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createOctKey(name, { size: 256, backup: true });
    const backup = await manager.backupKey(name);
    const other = await managerOn(library);
    await expect(other.restoreKeyBackup(backup)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });

  it('is none where no backup was asked for', async () => {
    const manager = await managerOn(library);
    const name = freshName();
    await manager.createOctKey(name, { size: 256 });
    await expect(manager.backupKey(name)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
  });

  it('has random octets of the token beside it', async () => {
    const manager = await managerOn(library);
    const [one, other] = [await manager.getRandomBytes(64), await manager.getRandomBytes(64)];
    expect([one.length, other.length]).toEqual([64, 64]);
    expect(one).not.toEqual(other);
  });
});
