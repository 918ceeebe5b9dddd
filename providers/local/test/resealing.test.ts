import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import { startVaultProcess } from './child.ts';
import { afterwards, expectCode, makeKeyFile, makePlace, openMemory } from './fixture.ts';
import type { Place } from './fixture.ts';

async function signWith(vault: LocalVault, name: string): Promise<boolean> {
  const client = await vault.getCryptographyClient(name);
  const { signature } = await client.signData('ES256', new Uint8Array(5));
  return (await client.verifyData('ES256', new Uint8Array(5), signature)).result;
}

const generations = (place: Place): unknown[] =>
  place.rows('SELECT generation FROM generations ORDER BY generation').map(({ generation }) => generation);

describe('the passphrase', () => {
  it('opens the vault, another does not, and the error has neither of them', async () => {
    const place = makePlace();
    const vault = await place.open({ passphrase: 'correct horse' });
    await vault.createEcKey('key');
    await vault.close();
    const attempt = place.open({ passphrase: 'battery staple' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
    await expect(attempt).rejects.not.toThrow(/horse|staple/);
    await expectCode(place.open({ keyFile: place.keyFile }), 'ERR_UNAUTHENTICATED');
    const octets = new TextEncoder().encode('correct horse');
    expect(await signWith(await place.open({ passphrase: octets }), 'key')).toBe(true);
    expect(octets).toEqual(new TextEncoder().encode('correct horse'));
  });

  it('is read from a file or a variable where the URI says so, without its line end', async () => {
    const place = makePlace();
    const secret = join(place.folder, 'pass word');
    writeFileSync(secret, 'öpen\r\n');
    const uri = `local:${place.file}?passphrase-source=file:${encodeURIComponent(secret)}`;
    await (await openLocal(uri)).close();
    process.env['KEYWAY_TEST_PASSPHRASE'] = 'öpen';
    afterwards(() => void delete process.env['KEYWAY_TEST_PASSPHRASE']);
    await (await openLocal(`local:${place.file}?passphrase-source=env:KEYWAY_TEST_PASSPHRASE`)).close();
    await expectCode(
      openLocal(`local:${place.file}?passphrase-source=env:KEYWAY_TEST_ABSENT`),
      'ERR_INVALID_ARGUMENT',
    );
    writeFileSync(secret, '\n');
    await expectCode(openLocal(uri), 'ERR_INVALID_ARGUMENT');
    await expectCode(openLocal(`${uri}.missing`), 'ERR_UNAVAILABLE');
  });

  it('can be changed; keys and earlier backups stay', async () => {
    const place = makePlace();
    const vault = await place.open({ passphrase: 'one' });
    await vault.createEcKey('key');
    const backup = await vault.backupKey('key');
    await vault.maintenance.changeSealing({ passphrase: 'two' });
    expect(await signWith(vault, 'key')).toBe(true);
    await vault.close();
    await expectCode(place.open({ passphrase: 'one' }), 'ERR_UNAUTHENTICATED');
    const again = await place.open({ passphrase: 'two' });
    await (await again.beginDeleteKey('key')).pollUntilDone();
    await again.purgeDeletedKey('key');
    expect((await again.restoreKeyBackup(backup)).name).toBe('key');
    expect(await signWith(again, 'key')).toBe(true);
  });
});

describe('sealing by a key of another vault', () => {
  it('opens with that key only, and needs it at opening only', async () => {
    const place = makePlace();
    const outer = await openMemory();
    await outer.createOctKey('seal');
    await outer.createOctKey('another');
    const sealedBy = { client: await outer.getCryptographyClient('seal'), algorithm: 'A256KW' } as const;
    const vault = await place.open({ sealedBy });
    await vault.createEcKey('key');
    await outer.updateKeyProperties('seal', { enabled: false });
    expect(await signWith(vault, 'key')).toBe(true);
    await vault.close();
    await expectCode(place.open({ sealedBy }), 'ERR_KEY_DISABLED');
    await outer.updateKeyProperties('seal', { enabled: true });
    const another = { client: await outer.getCryptographyClient('another'), algorithm: 'A256KW' } as const;
    await expectCode(place.open({ sealedBy: another }), 'ERR_UNAUTHENTICATED');
    expect(await signWith(await place.open({ sealedBy }), 'key')).toBe(true);
  });
});

describe('what seals a file', () => {
  it('is exactly one thing', async () => {
    const place = makePlace();
    const key = new Uint8Array(32);
    await expectCode(openLocal(place.file), 'ERR_INVALID_ARGUMENT');
    await expectCode(openLocal(place.file, { passphrase: 'a', key }), 'ERR_INVALID_ARGUMENT');
    await expectCode(openLocal(place.file, { passphrase: '' }), 'ERR_INVALID_ARGUMENT');
    await expectCode(openLocal(place.file, { key: new Uint8Array(31) }), 'ERR_INVALID_ARGUMENT');
    await expectCode(openLocal(`local:${place.file}?key-file=a`, { keyFile: 'b' }), 'ERR_INVALID_ARGUMENT');
    await expect(openLocal(place.file, { keyFile: 7 as never })).rejects.toBeInstanceOf(TypeError);
    await expect(openLocal(place.file, { passphrase: 7 as never })).rejects.toBeInstanceOf(TypeError);
    await expect(openLocal(place.file, { create: 'no' as never, key })).rejects.toBeInstanceOf(TypeError);
    await expect(openLocal(place.file, { attestationAuthorities: 7 as never, key })).rejects.toBeInstanceOf(
      TypeError,
    );
    await expect(openLocal(place.file, { passphrse: 'a' } as never)).rejects.toBeInstanceOf(TypeError);
    await expect(openLocal(7 as never)).rejects.toBeInstanceOf(TypeError);
    await expectCode(openMemory({ passphrase: 'a' }), 'ERR_INVALID_ARGUMENT');
  });
});

describe('rotating the sealing key', () => {
  it('brings every row under a new data key and takes the old one away', async () => {
    const place = makePlace();
    const vault = await place.open();
    for (const name of ['a', 'b', 'c']) await vault.createEcKey(name);
    await vault.rotateKey('a');
    await (await vault.beginDeleteKey('c')).pollUntilDone();
    const before = place.rows('SELECT hex(sealed) AS sealed FROM materials').map(({ sealed }) => sealed);
    const release = await vault.maintenance.releaseSigningKey();
    expect(await vault.maintenance.rotateSealingKey()).toEqual({ rows: 7, damaged: 0 });
    expect(generations(place)).toEqual([2]);
    const after = place.rows('SELECT hex(sealed) AS sealed FROM materials').map(({ sealed }) => sealed);
    expect(after.filter((sealed) => before.includes(sealed))).toEqual([]);
    expect(await vault.maintenance.checkIntegrity()).toMatchObject({
      intact: true,
      resealing: false,
      keys: 3,
      versions: 4,
    });
    expect(await vault.maintenance.releaseSigningKey()).toEqual(release);
    expect(await signWith(vault, 'a')).toBe(true);
    await vault.close();
    const again = await place.open();
    expect(await signWith(again, 'b')).toBe(true);
    expect((await again.getDeletedKey('c')).name).toBe('c');
  });

  it('goes on while other openings read, sign and write', async () => {
    const place = makePlace();
    const [one, two] = [await place.open(), await place.open()];
    for (let count = 0; count < 150; count++) await one.createOctKey(`key-${count}`);
    await two.createEcKey('busy');
    const rotating = one.maintenance.rotateSealingKey();
    let done = false;
    void rotating.then(() => (done = true));
    let signed = 0;
    for (; !done; signed++) {
      expect(await signWith(two, 'busy')).toBe(true);
      await two.updateKeyProperties('busy', { tags: { count: String(signed) } });
      await two.createOctKey(`during-${signed}`);
      await two.updateKeyProperties(`key-${(signed * 7) % 150}`, { tags: { touched: 'yes' } });
      await setImmediate();
    }
    expect(signed).toBeGreaterThan(0);
    await rotating;
    expect(generations(place)).toEqual([2]);
    expect(await two.maintenance.checkIntegrity()).toMatchObject({ intact: true });
    expect((await two.getKey('busy')).properties.tags).toEqual({ count: String(signed - 1) });
  });

  const shared = mkdtempSync(join(tmpdir(), 'keyway-reseal-'));
  afterAll(() => rmSync(shared, { recursive: true }));
  beforeAll(async () => {
    const keyFile = makeKeyFile(join(shared, 'vault.key'));
    const vault = await openLocal(join(shared, 'vault.db'), { keyFile });
    for (let count = 0; count < 225; count++) await vault.createOctKey(`key-${count}`);
    await vault.createEcKey('sign');
    await vault.close();
  });

  for (const rows of [0, 100, 250, 400]) {
    it(`survives being killed after ${rows} rows, and is finished later`, async () => {
      const place = makePlace();
      for (const [from, to] of [
        ['vault.db', place.file],
        ['vault.key', place.keyFile],
      ] as const) {
        copyFileSync(join(shared, from), to);
      }
      const ended = await startVaultProcess('reseal', place.file, place.keyFile, rows).ended;
      expect(ended).toEqual({ last: undefined, signal: 'SIGKILL' });
      const again = await place.open();
      expect(generations(place)).toEqual([1, 2]);
      expect(await again.maintenance.checkIntegrity()).toMatchObject({
        intact: true,
        resealing: true,
        keys: 226,
      });
      expect(await signWith(again, 'sign')).toBe(true);
      await again.createEcKey('new');
      const report =
        rows < 400 ? await again.maintenance.finishResealing() : await again.maintenance.rotateSealingKey();
      expect(report.damaged).toBe(0);
      expect(generations(place)).toEqual([rows < 400 ? 2 : 3]);
      expect(await again.maintenance.checkIntegrity()).toMatchObject({ intact: true, resealing: false });
      expect(await again.maintenance.finishResealing()).toEqual({ rows: 0, damaged: 0 });
    });
  }

  it('leaves damaged rows as they are, and keeps the key that they need', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createEcKey('hit');
    await vault.createEcKey('gone');
    await vault.createEcKey('fine');
    place.sql(
      `UPDATE versions SET record = record || ' ' WHERE name = 'hit'; DELETE FROM materials WHERE id = 2`,
    );
    expect(await vault.maintenance.rotateSealingKey()).toEqual({ rows: 4, damaged: 2 });
    expect(generations(place)).toEqual([1, 2]);
    expect(await signWith(vault, 'fine')).toBe(true);
    await expectCode(vault.getKey('hit'), 'ERR_INTEGRITY');
    place.sql(`UPDATE versions SET record = rtrim(record) WHERE name = 'hit'`);
    expect(await signWith(vault, 'hit')).toBe(true);
  });

  it('after the key file was changed: those who can read the new one go on, others must open again', async () => {
    const place = makePlace();
    const changing = join(place.folder, 'changing.pass');
    writeFileSync(changing, 'first');
    const uri = `local:${place.file}?passphrase-source=file:${changing}`;
    const [one, reading] = [await openLocal(uri), await openLocal(uri)];
    const given = await openLocal(place.file, { passphrase: 'first' });
    afterwards(() => Promise.all([one.close(), reading.close(), given.close()]).then(() => undefined));
    await one.createEcKey('key');
    await one.maintenance.changeSealing({ keyFile: makeKeyFile(join(place.folder, 'new.key')) });
    await one.maintenance.changeSealing({ passphrase: 'second' });
    expect([await signWith(reading, 'key'), await signWith(given, 'key')]).toEqual([true, true]);
    writeFileSync(changing, 'second');
    await one.maintenance.rotateSealingKey();
    expect(await signWith(reading, 'key')).toBe(true);
    await expectCode(signWith(given, 'key'), 'ERR_UNAUTHENTICATED');
    await expectCode(given.createEcKey('other'), 'ERR_UNAUTHENTICATED');
    await reading.maintenance.changeSealing({ passphrase: 'third' });
    await expectCode(one.maintenance.rotateSealingKey(), 'ERR_UNAUTHENTICATED');
    await expectCode(one.maintenance.changeSealing({ passphrase: 'fourth' }), 'ERR_UNAUTHENTICATED');
    expect(generations(place)).toEqual([2]);
    expect(await signWith(await place.open({ passphrase: 'third' }), 'key')).toBe(true);
  });

  it('is refused with a choice that is none', async () => {
    const vault = await openMemory();
    await expectCode(vault.maintenance.changeSealing({}), 'ERR_INVALID_ARGUMENT');
    await expectCode(vault.maintenance.changeSealing({ keyFile: '/no/such/file' }), 'ERR_UNAVAILABLE');
  });
});
