import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { isKeyManagerError } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import { startVaultProcess } from './child.ts';
import { afterwards, all, expectCode, makePlace } from './fixture.ts';
import type { Place } from './fixture.ts';

/** What reading and using a key gives: `fine`, or the code of the error. */
async function outcomeOf(vault: LocalVault, name: string): Promise<string> {
  try {
    const client = await vault.getCryptographyClient(name);
    await client.signData('ES256', new Uint8Array(1));
    return 'fine';
  } catch (error) {
    if (isKeyManagerError(error)) return error.code;
    throw error;
  }
}

/** Opens a copy of a vault that has lost something, and gives what became of each key, or of the opening. */
async function outcomes(file: string, keyFile: string, names: readonly string[]): Promise<string[]> {
  let vault: LocalVault;
  try {
    vault = await openLocal(file, { keyFile, create: false });
  } catch (error) {
    if (isKeyManagerError(error)) return [error.code];
    throw error;
  }
  try {
    return await Promise.all(names.map((name) => outcomeOf(vault, name)));
  } finally {
    await vault.close();
  }
}

const names = Array.from({ length: 12 }, (_, index) => `key-${index}`);

async function prepare(place: Place): Promise<void> {
  const vault = await place.open();
  for (const name of names) await vault.createEcKey(name, { tags: { purpose: 'x'.repeat(60) } });
  await vault.close();
}

describe('a vault file that is cut', () => {
  it('at any 512th octet opens with a typed error, or every key in it is whole or ERR_INTEGRITY', async () => {
    const place = makePlace();
    await prepare(place);
    const whole = readFileSync(place.file);
    const seen = new Set<string>();
    for (let length = 0; length < whole.length; length += 512) {
      const copy = join(place.folder, `cut-${length}.db`);
      writeFileSync(copy, whole.subarray(0, length));
      for (const outcome of await outcomes(copy, place.keyFile, names)) seen.add(outcome);
    }
    expect([...seen].filter((outcome) => outcome !== 'fine')).toEqual(['ERR_INTEGRITY']);
    expect(await outcomes(place.file, place.keyFile, names)).toEqual(names.map(() => 'fine'));
  });

  it('while its log lies beside it is a typed error, or every key is whole or ERR_INTEGRITY', async () => {
    const place = makePlace();
    await prepare(place);
    await startVaultProcess('hold', place.file, place.keyFile, 5).ended;
    const whole = readFileSync(place.file);
    const log = readFileSync(`${place.file}-wal`);
    expect(log.length).toBeGreaterThan(0);
    for (let length = 512; length < whole.length; length += 2560) {
      const copy = join(place.folder, `cut-${length}.db`);
      writeFileSync(copy, whole.subarray(0, length));
      writeFileSync(`${copy}-wal`, log);
      const seen = new Set(await outcomes(copy, place.keyFile, names));
      for (const outcome of seen) expect(['fine', 'ERR_INTEGRITY']).toContain(outcome);
    }
  });

  it('with its pages overwritten is a typed error, or every key is whole or ERR_INTEGRITY', async () => {
    const place = makePlace();
    await prepare(place);
    const whole = readFileSync(place.file);
    for (let offset = 0; offset < whole.length; offset += 1536) {
      const copy = join(place.folder, `hole-${offset}.db`);
      writeFileSync(copy, Buffer.from(whole).fill(0xa5, offset, offset + 64));
      for (const outcome of await outcomes(copy, place.keyFile, names)) {
        expect([
          'fine',
          'ERR_INTEGRITY',
          'ERR_INVALID_ARGUMENT',
          'ERR_UNSUPPORTED',
          'ERR_KEY_NOT_FOUND',
        ]).toContain(outcome);
      }
    }
  });
});

describe('a log that is cut', () => {
  it('gives the state after some earlier commit', async () => {
    const place = makePlace();
    await (await place.open()).close();
    await startVaultProcess('hold', place.file, place.keyFile, 20).ended;
    const log = readFileSync(`${place.file}-wal`);
    const counts = new Set<number>();
    for (let length = 0; length <= log.length; length += 512 * 7) {
      const copy = join(place.folder, `wal-${length}.db`);
      copyFileSync(place.file, copy);
      writeFileSync(`${copy}-wal`, log.subarray(0, length));
      const vault = await openLocal(copy, { keyFile: place.keyFile });
      const found = (await all(vault.listPropertiesOfKeys())).map(({ name }) => name);
      expect(found).toEqual(Array.from(found, (_, index) => `key-${String(index).padStart(3, '0')}`));
      expect((await vault.maintenance.checkIntegrity()).intact).toBe(true);
      await vault.close();
      counts.add(found.length);
    }
    expect(counts.size).toBeGreaterThan(10);
    const vault = await place.open();
    expect(await all(vault.listPropertiesOfKeys())).toHaveLength(20);
  });

  it('of a former vault is not taken for that of a new one', async () => {
    const place = makePlace();
    writeFileSync(`${place.file}-wal`, 'left over');
    await expectCode(place.open(), 'ERR_CONFLICT');
    expect(existsSync(place.file)).toBe(false);
  });
});

describe('a file that is no vault', () => {
  it('of a newer schema is refused, and says so', async () => {
    const place = makePlace();
    await (await place.open()).close();
    place.sql('PRAGMA user_version = 2');
    await expect(place.open()).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('schema 2') as string,
    });
  });

  it('is told from a damaged one', async () => {
    const place = makePlace();
    new DatabaseSync(place.file).close();
    await expectCode(place.open(), 'ERR_INTEGRITY');
    place.sql('CREATE TABLE t (c)');
    await expectCode(place.open(), 'ERR_INVALID_ARGUMENT');
    place.sql('PRAGMA application_id = 0x4b574c56');
    await expectCode(place.open(), 'ERR_INTEGRITY');
    writeFileSync(
      place.file,
      'not a database, but long enough to be looked at as if it were one. '.repeat(99),
    );
    await expectCode(place.open(), 'ERR_INTEGRITY');
    mkdirSync(join(place.folder, 'folder'));
    await expectCode(
      openLocal(join(place.folder, 'folder'), { keyFile: place.keyFile }),
      'ERR_INVALID_ARGUMENT',
    );
  });

  it('is not made where it may not be, or its folder is missing', async () => {
    const place = makePlace();
    await expectCode(place.open({ create: false }), 'ERR_UNAVAILABLE');
    await expectCode(
      openLocal(join(place.folder, 'no', 'vault.db'), { keyFile: place.keyFile }),
      'ERR_UNAVAILABLE',
    );
    await expectCode(
      openLocal(join(place.keyFile, 'vault.db'), { keyFile: place.keyFile }),
      'ERR_UNAVAILABLE',
    );
    expect(readdirSync(place.folder)).toEqual(['vault.key']);
  });
});

/** A file system of its own with room for `size`; nothing where this user may not mount one. */
function mountSmall(folder: string, size: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  afterwards(() => void execFileSync('umount', ['-l', folder]));
  return true;
}

describe('a disk', () => {
  it('that is full gives ERR_QUOTA_EXCEEDED, loses nothing, and is used again when there is room', async ({
    skip,
  }) => {
    const place = makePlace();
    const folder = join(place.folder, 'small');
    if (!mountSmall(folder, '512k')) skip('this user may not mount a small tmpfs');
    const vault = await openLocal(join(folder, 'vault.db'), { keyFile: place.keyFile });
    afterwards(() => vault.close());
    const made: string[] = [];
    let refused: unknown;
    while (refused === undefined) {
      const name = `key-${made.length}`;
      await vault.createOctKey(name).then(
        () => made.push(name),
        (error: unknown) => (refused = error),
      );
    }
    expect(refused).toMatchObject({ code: 'ERR_QUOTA_EXCEEDED', retryable: false });
    expect((await all(vault.listPropertiesOfKeys())).map(({ name }) => name).toSorted()).toEqual(
      made.toSorted(),
    );
    execFileSync('mount', ['-o', 'remount,size=4m', folder]);
    expect((await vault.createOctKey('after')).name).toBe('after');
    expect((await vault.maintenance.checkIntegrity()).intact).toBe(true);
  });

  it('without room for a vault leaves nothing behind', async ({ skip }) => {
    const place = makePlace();
    const folder = join(place.folder, 'tiny');
    if (!mountSmall(folder, '16k')) skip('this user may not mount a small tmpfs');
    await expectCode(openLocal(join(folder, 'vault.db'), { keyFile: place.keyFile }), 'ERR_QUOTA_EXCEEDED');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is read-only, or a file that is, gives ERR_PERMISSION_DENIED', async ({ skip }) => {
    const place = makePlace();
    if (process.geteuid?.() !== 0) {
      await (await place.open()).close();
      chmodSync(place.file, 0o400);
      await expectCode(place.open(), 'ERR_PERMISSION_DENIED');
      return;
    }
    const folder = join(place.folder, 'frozen');
    if (!mountSmall(folder, '4m')) skip('root ignores modes, and may not mount a read-only file system here');
    const file = join(folder, 'vault.db');
    await (await openLocal(file, { keyFile: place.keyFile })).close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await expectCode(openLocal(file, { keyFile: place.keyFile }), 'ERR_PERMISSION_DENIED');
    await expectCode(
      openLocal(join(folder, 'other.db'), { keyFile: place.keyFile }),
      'ERR_PERMISSION_DENIED',
    );
  });
});

describe('a vault file', () => {
  it('and what lies beside it are open to their owner only', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createOctKey('key');
    for (const suffix of ['', '-wal', '-shm'])
      expect(statSync(`${place.file}${suffix}`).mode & 0o777).toBe(0o600);
    await vault.close();
    expect(readdirSync(place.folder).toSorted()).toEqual(['vault.db', 'vault.key']);
    truncateSync(place.file, 0);
    await expectCode(place.open(), 'ERR_INTEGRITY');
  });
});
