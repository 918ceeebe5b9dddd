import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LocalVault } from '@keyway/local';
import { all, expectCode, makeClock, makePlace } from './fixture.ts';
import type { Place } from './fixture.ts';

const data = new Uint8Array([1, 2, 3]);

async function signWith(vault: LocalVault, name: string, version?: string): Promise<Uint8Array> {
  const client = await vault.getCryptographyClient(name, { version });
  return (await client.signData('ES256', data)).signature;
}

/** A vault with the keys `hit`, in two versions, and `other`. */
async function prepare(place: Place): Promise<LocalVault> {
  const vault = await place.open({ clock: makeClock().clock });
  await vault.createEcKey('hit', { enabled: false });
  await vault.createEcKey('hit', { expiresOn: new Date(1_900_000_000_000), tags: { a: 'b' } });
  await vault.createEcKey('other');
  await vault.createEcKey('third');
  return vault;
}

const quoted = (text: string): string => text.replaceAll("'", "''");

/** Changes the record of all versions of `hit` by a replacement in its text. */
const editRecord = (from: string, to: string): string =>
  `UPDATE versions SET record = replace(record, '${quoted(from)}', '${quoted(to)}') WHERE name = 'hit'`;

/** Every way to edit rows of the key `hit` that must not go unnoticed. */
const edits: Readonly<Record<string, string>> = {
  'a version enabled': editRecord('"enabled":true', '"enabled":false'),
  'an expiry moved': editRecord('"expiresOn":1900000000', '"expiresOn":1900000001'),
  'an operation added': editRecord('["sign","verify"]', '["sign","verify","wrapKey"]'),
  'a tag changed': editRecord('"a":"b"', '"a":"c"'),
  'a record that is no JSON': `UPDATE versions SET record = 'x' WHERE name = 'hit'`,
  'a version renamed': `UPDATE versions SET version = 'ff' WHERE name = 'hit' AND sequence = 2`,
  'the current version set back': `UPDATE keys SET current = (SELECT version FROM versions WHERE name = 'hit' AND sequence = 1) WHERE name = 'hit'`,
  'the sequence set back': `UPDATE keys SET sequence = 1 WHERE name = 'hit'`,
  'versions swapped': `UPDATE versions SET sequence = 3 - sequence + 10 WHERE name = 'hit'; UPDATE versions SET sequence = sequence - 10 WHERE name = 'hit'`,
  'a version moved to another key': `UPDATE versions SET sequence = 2, name = 'other' WHERE name = 'hit' AND sequence = 2`,
  'the key row of another key': `UPDATE keys SET mac = (SELECT mac FROM keys WHERE name = 'third') WHERE name = 'hit'`,
  'the code of another version': `UPDATE versions SET mac = (SELECT mac FROM versions WHERE name = 'third') WHERE name = 'hit'`,
  'a code of no octets': `UPDATE versions SET mac = x'' WHERE name = 'hit'`,
  'another generation': `UPDATE versions SET generation = 7 WHERE name = 'hit'`,
  'another request id': `UPDATE versions SET request_id = 'mine' || sequence WHERE name = 'hit'`,
  'a policy given': `UPDATE keys SET policy = '{"lifetimeActions":[],"expiresIn":"P9Y"}' WHERE name = 'hit'`,
  'a policy of other text': `UPDATE keys SET restored_by = 'mine' WHERE name = 'hit'`,
  'the current version taken away': `DELETE FROM versions WHERE name = 'hit' AND sequence = 2`,
};

describe('an edited row', () => {
  for (const [title, sql] of Object.entries(edits)) {
    it(`is ERR_INTEGRITY at its use, and stops no other key: ${title}`, async () => {
      const place = makePlace();
      const vault = await prepare(place);
      await signWith(vault, 'hit');
      place.sql(sql);
      await expectCode(signWith(vault, 'hit'), 'ERR_INTEGRITY');
      await expectCode(vault.getKey('hit'), 'ERR_INTEGRITY');
      await expectCode(vault.updateKeyProperties('hit', { enabled: true }), 'ERR_INTEGRITY');
      await expectCode(vault.backupKey('hit'), 'ERR_INTEGRITY');
      expect(await signWith(vault, 'third')).toHaveLength(64);
      const report = await vault.maintenance.checkIntegrity();
      expect(report.intact).toBe(false);
      expect(report.damaged.every((name) => /^(?:hit|other)/.test(name))).toBe(true);
      const listed = await all(vault.listPropertiesOfKeys());
      expect(listed.map(({ name }) => name)).toEqual(['hit', 'other', 'third']);
      expect(listed[0]?.version).toBeUndefined();
    });
  }

  it('is found in a freshly opened vault too', async () => {
    const place = makePlace();
    await (await prepare(place)).close();
    place.sql(edits['a version enabled'] ?? '');
    const vault = await place.open();
    await expectCode(signWith(vault, 'hit'), 'ERR_INTEGRITY');
    expect(await signWith(vault, 'other')).toHaveLength(64);
  });

  it('does not get its key purged when somebody else has written a deletion into it', async () => {
    const place = makePlace();
    const vault = await prepare(place);
    place.sql(`UPDATE keys SET deleted_on = 1, purge_on = 2 WHERE name = 'hit'`);
    await expectCode(vault.getKey('hit'), 'ERR_INTEGRITY');
    await expectCode(vault.createEcKey('hit'), 'ERR_INTEGRITY');
    expect(await vault.maintenance.purgeDueKeys()).toEqual([]);
    expect(place.rows(`SELECT count(*) AS count FROM versions WHERE name = 'hit'`)).toEqual([{ count: 2 }]);
  });

  it('shows in the list of deleted keys by its name alone', async () => {
    const place = makePlace();
    const vault = await prepare(place);
    await (await vault.beginDeleteKey('hit')).pollUntilDone();
    place.sql(`UPDATE keys SET purge_on = purge_on + 1 WHERE name = 'hit'`);
    const [deleted] = await all(vault.listDeletedKeys());
    expect(deleted).toMatchObject({ name: 'hit', scheduledPurgeDate: undefined });
    await expectCode(vault.getDeletedKey('hit'), 'ERR_INTEGRITY');
    await expect(vault.beginRecoverDeletedKey('hit')).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });

  it('shows among the versions by its name alone', async () => {
    const place = makePlace();
    const vault = await prepare(place);
    place.sql(`UPDATE versions SET record = record || ' ' WHERE name = 'hit' AND sequence = 1`);
    const versions = await all(vault.listPropertiesOfKeyVersions('hit'));
    expect(versions.map(({ enabled }) => enabled)).toEqual([undefined, true]);
    expect(await signWith(vault, 'hit')).toHaveLength(64);
  });
});

describe('material', () => {
  const swaps: Readonly<Record<string, string>> = {
    'of another key': `UPDATE materials SET sealed = (SELECT sealed FROM materials WHERE id = 3) WHERE id = 2`,
    'of another version of the key': `UPDATE materials SET sealed = (SELECT sealed FROM materials WHERE id = 1) WHERE id = 2`,
    'of random octets': `UPDATE materials SET sealed = randomblob(200) WHERE id = 2`,
    'of no octets': `UPDATE materials SET sealed = x'' WHERE id = 2`,
    'that is gone': 'DELETE FROM materials WHERE id = 2',
    'with other row numbers': 'UPDATE versions SET id = 99 WHERE id = 2',
  };
  for (const [title, sql] of Object.entries(swaps)) {
    it(`is ERR_INTEGRITY at its use: ${title}`, async () => {
      const place = makePlace();
      await (await prepare(place)).close();
      place.sql(sql);
      const vault = await place.open();
      await expectCode(signWith(vault, 'hit'), 'ERR_INTEGRITY');
      await expectCode(vault.backupKey('hit'), 'ERR_INTEGRITY');
      expect((await vault.maintenance.checkIntegrity()).damaged.join()).toMatch(/^hit\//);
      expect(await signWith(vault, 'other')).toHaveLength(64);
    });
  }
});

describe('what the vault has once', () => {
  const edited: Readonly<Record<string, string>> = {
    'its identity': `UPDATE vault SET value = 'local:${'0'.repeat(8)}' WHERE item = 'identity'`,
    'its settings': `UPDATE vault SET value = '[7,false]' WHERE item = 'settings'`,
    'settings that are gone': `DELETE FROM vault WHERE item = 'settings'`,
    'an identity that is gone': `DELETE FROM vault WHERE item = 'identity'`,
    'its sealing header': `UPDATE vault SET value = '{}' WHERE item = 'sealing'`,
    'its data key': 'UPDATE generations SET sealed = randomblob(61)',
    'data keys that are gone': 'DELETE FROM generations',
    'the number of its data key': 'UPDATE generations SET generation = 2',
  };
  for (const [title, sql] of Object.entries(edited)) {
    it(`is ERR_INTEGRITY at opening: ${title}`, async () => {
      const place = makePlace();
      await (await prepare(place)).close();
      place.sql(sql);
      await expectCode(place.open(), 'ERR_INTEGRITY');
    });
  }

  it('keeps a release key that nobody can replace', async () => {
    const place = makePlace();
    const vault = await prepare(place);
    expect(await vault.maintenance.releaseSigningKey()).toMatchObject({ kty: 'EC', crv: 'P-256' });
    place.sql(`UPDATE vault SET value = x'${randomBytes(64).toString('hex')}' WHERE item = 'release-key'`);
    await expectCode(vault.maintenance.releaseSigningKey(), 'ERR_INTEGRITY');
    place.sql(`DELETE FROM vault WHERE item = 'release-key'`);
    await expectCode(vault.maintenance.releaseSigningKey(), 'ERR_INTEGRITY');
    expect(await signWith(vault, 'hit')).toHaveLength(64);
  });
});

describe('rolling back', () => {
  it('of one key row to an older one is noticed, since a newer version is there', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createEcKey('key');
    place.sql('CREATE TABLE saved AS SELECT * FROM keys');
    await vault.rotateKey('key');
    place.sql('INSERT OR REPLACE INTO keys SELECT * FROM saved');
    await expectCode(vault.getKey('key'), 'ERR_INTEGRITY');
  });

  it('of a whole row that stays consistent is not noticed: the README says so', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createEcKey('key');
    place.sql('CREATE TABLE saved AS SELECT * FROM versions');
    await vault.updateKeyProperties('key', { enabled: false });
    place.sql('INSERT OR REPLACE INTO versions SELECT * FROM saved');
    expect((await vault.getKey('key')).properties.enabled).toBe(true);
  });
});
