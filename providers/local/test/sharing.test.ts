import { describe, expect, it } from 'vitest';
import { all, expectCode, makePlace } from './fixture.ts';
import { runTogether } from './child.ts';

describe('several processes', () => {
  it('that create the same name make one key with a version each', async () => {
    const place = makePlace();
    await (await place.open()).close();
    const words = ['make', place.file, place.keyFile, 'key', 'EC', 8] as const;
    const made = (await runTogether(words, words, words)) as string[][];
    const versions = made.flatMap(([, ...results]) => results);
    const vault = await place.open();
    const listed = await all(vault.listPropertiesOfKeyVersions('key'));
    expect(new Set(listed.map(({ version }) => version))).toEqual(new Set(versions));
    expect(listed).toHaveLength(24);
    expect((await vault.getKey('key')).properties.version).toBe(listed.at(-1)?.version);
    expect((await vault.maintenance.checkIntegrity()).intact).toBe(true);
  });

  it('that create the same name with different types: one wins, the other is told', async () => {
    const place = makePlace();
    await (await place.open()).close();
    const [one, two] = (await runTogether(
      ['make', place.file, place.keyFile, 'key', 'EC', 1],
      ['make', place.file, place.keyFile, 'key', 'oct', 1],
    )) as string[][];
    expect([one?.[1], two?.[1]].filter((result) => result === 'ERR_CONFLICT')).toHaveLength(1);
    const vault = await place.open();
    expect(await all(vault.listPropertiesOfKeyVersions('key'))).toHaveLength(1);
  });

  it('that rotate what is due at the same moment rotate each key once, and the later ones say so', async () => {
    const place = makePlace();
    const vault = await place.open();
    const names = Array.from({ length: 12 }, (_, index) => `key-${String(index).padStart(2, '0')}`);
    for (const name of names) {
      await vault.createEcKey(name);
      await vault.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
      });
    }
    const words = ['rotate', place.file, place.keyFile, 2 * 86_400_000] as const;
    const reports = (await runTogether(words, words, words)) as { name: string; outcome: string }[][];
    const rotated = reports.flat().filter(({ outcome }) => outcome === 'rotated');
    expect(rotated.map(({ name }) => name).toSorted()).toEqual(names);
    expect(reports.flat().filter(({ outcome }) => outcome !== 'rotated' && outcome !== 'raced')).toEqual([]);
    for (const name of names) expect(await all(vault.listPropertiesOfKeyVersions(name))).toHaveLength(2);
  });

  it('that open a vault which is not there yet make one vault', async () => {
    const place = makePlace();
    const made = (await runTogether(
      ['make', place.file, place.keyFile, 'a', 'oct', 1],
      ['make', place.file, place.keyFile, 'b', 'oct', 1],
      ['make', place.file, place.keyFile, 'c', 'oct', 1],
    )) as string[][];
    expect(new Set(made.map(([identity]) => identity)).size).toBe(1);
    const vault = await place.open();
    expect((await all(vault.listPropertiesOfKeys())).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('two openings of one file', () => {
  it('see at the next call what the other has changed, however much is cached', async () => {
    const place = makePlace();
    const [one, two] = [await place.open(), await place.open()];
    await one.createEcKey('key');
    const client = await two.getCryptographyClient('key');
    const data = new Uint8Array(10);
    for (let count = 0; count < 5; count++) await client.signData('ES256', data);
    await one.updateKeyProperties('key', { enabled: false });
    await expectCode(client.signData('ES256', data), 'ERR_KEY_DISABLED');
    await one.updateKeyProperties('key', { enabled: true, keyOperations: ['verify'] });
    await expectCode(client.signData('ES256', data), 'ERR_OPERATION_NOT_PERMITTED');
    await one.updateKeyProperties('key', { keyOperations: ['sign'], expiresOn: new Date(1_000_000) });
    await expectCode(client.signData('ES256', data), 'ERR_KEY_EXPIRED');
    await one.updateKeyProperties('key', { expiresOn: null });
    expect((await client.signData('ES256', data)).id).toBe(client.keyId);
    const next = await one.rotateKey('key');
    expect((await two.getKey('key')).id).toBe(next.id);
    expect((await client.signData('ES256', data)).id).toBe(client.keyId);
    await (await one.beginDeleteKey('key')).pollUntilDone();
    await expectCode(client.signData('ES256', data), 'ERR_KEY_NOT_FOUND');
    await (await one.beginRecoverDeletedKey('key')).pollUntilDone();
    expect((await client.signData('ES256', data)).id).toBe(client.keyId);
  });

  it('have one identity, and each memory vault its own', async () => {
    const place = makePlace();
    const [one, two] = [await place.open(), await place.open()];
    expect(one.vaultUri).toBe(two.vaultUri);
    expect(one.vaultUri).toMatch(/^local:[0-9a-f-]{36}$/);
    await expectCode(two.getKey('absent'), 'ERR_KEY_NOT_FOUND');
  });

  it('stop only themselves when they are closed', async () => {
    const place = makePlace();
    const [one, two] = [await place.open(), await place.open()];
    await one.createEcKey('key');
    await one.close();
    await one.close();
    await expectCode(one.getKey('key'), 'ERR_CLOSED');
    await expectCode(one.maintenance.checkIntegrity(), 'ERR_CLOSED');
    expect((await two.getKey('key')).name).toBe('key');
  });
});
