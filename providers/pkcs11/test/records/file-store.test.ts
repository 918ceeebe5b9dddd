import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { openFileStore } from '../../src/records/file-store.ts';
import { testCall } from '../test-call.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyway-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(folder, `store-${count++}.db`);
const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const refused = (code: string): unknown => expect.objectContaining({ code });

describe('a store in a file', () => {
  test('writes only over what is expected, and removes only that', async () => {
    const store = openFileStore(fresh());
    const call = testCall();
    expect(store.atomic).toBe(true);
    expect(await store.read('key/a', call)).toBeUndefined();
    expect(await store.write('key/a', octets('1'), octets('0'), call)).toBe(false);
    expect(await store.write('key/a', octets('1'), undefined, call)).toBe(true);
    expect(await store.write('key/a', octets('2'), undefined, call)).toBe(false);
    expect(await store.write('key/a', octets('2'), octets('1'), call)).toBe(true);
    expect(await store.write('key/a', octets('2'), octets('2'), call)).toBe(true);
    expect(await store.write('key/b', octets('2'), octets('2'), call)).toBe(false);
    expect(await store.remove('key/a', octets('1'), call)).toBe(false);
    expect(await store.read('key/a', call)).toEqual(octets('2'));
    expect(await store.remove('key/a', octets('2'), call)).toBe(true);
    expect(await store.remove('key/a', octets('2'), call)).toBe(false);
    await store.close();
  });

  test('lists by prefix, in the order of the keys, behind a key, as many as wanted', async () => {
    const store = openFileStore(fresh());
    const call = testCall();
    for (const key of ['key/b', 'key/a-1', 'key/a', 'intent/x', 'key/B', 'kez/a', 'key/a_', 'key/~']) {
      await store.write(key, octets(key), undefined, call);
    }
    const keys = async (after?: string, limit = 10): Promise<string[]> =>
      (await store.list({ prefix: 'key/', after, limit }, call)).map(({ key }) => key);
    expect(await keys()).toEqual(['key/B', 'key/a', 'key/a-1', 'key/a_', 'key/b', 'key/~']);
    expect(await keys('key/a')).toEqual(['key/a-1', 'key/a_', 'key/b', 'key/~']);
    expect(await keys('a')).toHaveLength(6);
    expect(await keys(undefined, 2)).toEqual(['key/B', 'key/a']);
    await store.close();
  });

  test('is there when it is opened again, for its owner only', async () => {
    const path = fresh();
    const one = openFileStore(path);
    await one.write('key/a', octets('1'), undefined, testCall());
    const other = openFileStore(path);
    expect(await other.read('key/a', testCall())).toEqual(octets('1'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    await one.close();
    await other.close();
    const again = openFileStore(path);
    expect(await again.read('key/a', testCall())).toEqual(octets('1'));
    await again.close();
  });

  test('says what is wrong when it is used after it was closed', async () => {
    const store = openFileStore(fresh());
    await store.close();
    await expect(store.read('key/a', testCall())).rejects.toEqual(refused('ERR_UNAVAILABLE'));
  });
});

describe('what is no store file', () => {
  test.each([
    ['a text', (path: string) => writeFileSync(path, 'hello '.repeat(500), { mode: 0o600 }), 'ERR_INTEGRITY'],
    ['an empty file', (path: string) => writeFileSync(path, '', { mode: 0o600 }), 'ERR_INTEGRITY'],
    ['a folder', (path: string) => mkdirSync(path, { mode: 0o700 }), 'ERR_INVALID_ARGUMENT'],
    ['a link to nothing', (path: string) => symlinkSync(`${path}-nothing`, path), 'ERR_UNAVAILABLE'],
    [
      'another database',
      (path: string) => {
        const database = new DatabaseSync(path);
        database.exec('CREATE TABLE t (x)');
        database.close();
        chmodSync(path, 0o600);
      },
      'ERR_INTEGRITY',
    ],
  ])('is refused: %s', (_, make, code) => {
    const path = fresh();
    make(path);
    expect(() => openFileStore(path)).toThrow(refused(code));
  });

  test('is refused: one with a hole in it', async () => {
    const path = fresh();
    const store = openFileStore(path);
    for (let index = 0; index < 200; index++) {
      await store.write(`key/${index}`, octets('x'.repeat(500)), undefined, testCall());
    }
    await store.close();
    const whole = readFileSync(path);
    whole.fill(0xff, 8192, 16_384);
    writeFileSync(path, whole);
    expect(() => openFileStore(path)).toThrow(refused('ERR_INTEGRITY'));
    writeFileSync(path, whole.subarray(0, 10_000));
    expect(() => openFileStore(path)).toThrow(refused('ERR_INTEGRITY'));
  });

  test.runIf(process.platform !== 'win32')('is refused: one that others may read or write', async () => {
    const path = fresh();
    await openFileStore(path).close();
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      chmodSync(path, mode);
      expect(() => openFileStore(path)).toThrow(refused('ERR_INVALID_ARGUMENT'));
    }
    chmodSync(path, 0o600);
    await openFileStore(path).close();
  });

  test('is refused: a file in a folder that is not there, or that is none', () => {
    expect(() => openFileStore(join(folder, 'nowhere', 'store.db'))).toThrow(refused('ERR_UNAVAILABLE'));
    const path = fresh();
    writeFileSync(path, '');
    expect(() => openFileStore(join(path, 'store.db'))).toThrow(refused('ERR_UNAVAILABLE'));
  });

  test('is refused: a new file beside the log of a former one', async () => {
    const path = fresh();
    const store = openFileStore(path);
    await store.write('key/a', octets('1'), undefined, testCall());
    const log = readFileSync(`${path}-wal`);
    await store.close();
    rmSync(path);
    writeFileSync(`${path}-wal`, log);
    expect(() => openFileStore(path)).toThrow(refused('ERR_CONFLICT'));
  });
});
