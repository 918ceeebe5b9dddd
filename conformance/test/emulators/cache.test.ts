import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../src/emulators/cache-folder.ts';
import { withLock } from '../../src/emulators/file-lock.ts';
import { onceInCache } from '../../src/emulators/once-in-cache.ts';
import { end, firstLine, start } from './run-program.ts';

let scratch = '';

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'keyway-cache-test-'));
});

afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

describe('the folder of the cache', () => {
  it('is the one that is given, or else one of the user', () => {
    expect(cacheFolder({ KEYWAY_CACHE: '/given', XDG_CACHE_HOME: '/users' })).toBe('/given');
    expect(cacheFolder({ XDG_CACHE_HOME: '/users' })).toBe(join('/users', 'keyway'));
    expect(cacheFolder({})).toMatch(/\.cache.keyway$/);
  });
});

describe('a thing of the cache', () => {
  it('is made once by processes that need it at the same time', async () => {
    const [folder, log] = [join(scratch, 'thing'), join(scratch, 'log')];
    const programs = [1, 2, 3].map(() => start('make-once', [folder, log]));
    const codes = await Promise.all(
      programs.map(async (program) => (await once(program, 'close'))[0] as number),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(await readFile(log, 'utf8')).toBe('made\n');
    expect(await readFile(join(folder, 'thing'), 'utf8')).toBe('made');
  });

  /** A thing that counts how often it was made. */
  function counted(): { readonly get: () => Promise<string>; readonly made: () => number } {
    let made = 0;
    const make = async (folder: string): Promise<void> => {
      made++;
      await mkdir(join(folder, 'inner'));
      await writeFile(join(folder, 'inner', 'thing'), 'right');
    };
    return { get: () => onceInCache(join(scratch, 'counted'), make), made: () => made };
  }

  it('is made anew where a file of it was changed, added or removed', async () => {
    const { get, made } = counted();
    const thing = join(await get(), 'inner', 'thing');
    await get();
    expect(made()).toBe(1);
    await writeFile(thing, 'wrong');
    await get();
    expect(made()).toBe(2);
    await writeFile(`${thing}.more`, '');
    await get();
    expect(made()).toBe(3);
    await rm(thing);
    await get();
    expect(made()).toBe(4);
    expect(await readFile(thing, 'utf8')).toBe('right');
  });

  it('is made anew where making it was cut short', async () => {
    const folder = join(scratch, 'counted');
    const broken = onceInCache(folder, async (fresh) => {
      await writeFile(join(fresh, 'half'), '');
      throw new Error('cut short');
    });
    await expect(broken).rejects.toThrow('cut short');
    const { get, made } = counted();
    await get();
    expect(made()).toBe(1);
    await expect(readFile(join(folder, 'half'))).rejects.toThrow('ENOENT');
  });
});

describe('a lock', () => {
  it('is held by one call at a time, in one process too', async () => {
    const file = join(scratch, 'lock');
    let [inside, most] = [0, 0];
    const enter = (): Promise<void> =>
      withLock(file, async () => {
        most = Math.max(most, ++inside);
        await new Promise(setImmediate);
        inside--;
      });
    await Promise.all([enter(), enter(), enter()]);
    expect([inside, most]).toEqual([0, 1]);
  });

  it('ends with a holder that is killed, and not before', async () => {
    const file = join(scratch, 'lock');
    const holder = start('hold-lock', [file]);
    expect(await firstLine(holder)).toBe('held');
    const seen: string[] = [];
    const waiting = withLock(
      file,
      async () => void seen.push('held'),
      () => void seen.push('waits'),
    );
    expect(seen).toEqual(['waits']);
    await end(holder, 'SIGKILL');
    await waiting;
    expect(seen).toEqual(['waits', 'held']);
  });
});
