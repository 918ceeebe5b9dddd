import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/manager/deadlines.ts';
import type { Waiting } from '../../src/manager/deadlines.ts';
import { RecordCache } from '../../src/manager/record-cache.ts';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

const record = async (name = 'app') => {
  const vault = new FakeVault();
  await createKeyManager(vault.driver, stillSettings().settings).createEcKey(name);
  return vault.record(name);
};

describe('the record cache', () => {
  it('forgets the version that was read longest ago when it is full', async () => {
    const cache = new RecordCache(1000, () => 0, undefined);
    const one = await record();
    for (let index = 0; index <= 10_000; index++) cache.put({ ...one, version: `v${index}` }, undefined);
    expect(cache.get('app/v0')).toBeUndefined();
    expect(cache.get('app/v1')?.version).toBe('v1');
    cache.forget('app');
    expect(cache.get('app/v1')).toBeUndefined();
  });

  it('forgets nothing of another key whose name begins alike', async () => {
    const cache = new RecordCache(1000, () => 0, undefined);
    const other = await record('app-2');
    cache.put(other, undefined);
    cache.forget('app');
    expect(cache.get(`app-2/${other.version}`)).toBe(other);
  });
});

/** Somebody in no list yet. */
const alone = { before: undefined, after: undefined };

describe('deadlines', () => {
  it('expire who waits too long, each once and in time, and nobody else', async () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const waiting = (name: string, milliseconds: number, done?: () => void): Waiting => ({
      ...alone,
      until: performance.now() + milliseconds,
      expire: () => {
        expired.push(name);
        done?.();
      },
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const answered = waiting('answered', 5);
    deadlines.add(waiting('late', 40, resolve));
    deadlines.add(answered);
    deadlines.add(waiting('early', 10));
    deadlines.delete(answered);
    await promise;
    expect(expired).toEqual(['early', 'late']);
  });

  it('keep all others when one is taken out, even twice', async () => {
    const deadlines = new Deadlines();
    const expired: number[] = [];
    const many = Array.from({ length: 5 }, (_, index): Waiting => ({
      ...alone,
      until: performance.now() + 5,
      expire: () => void expired.push(index),
    }));
    for (const waiting of many) deadlines.add(waiting);
    for (const index of [2, 2, 4, 0, 0]) if (many[index] !== undefined) deadlines.delete(many[index]);
    await expect.poll(() => new Set(expired)).toEqual(new Set([1, 3]));
  });

  it('notice somebody who may wait less long than those before', async () => {
    const deadlines = new Deadlines();
    const patient: Waiting = { ...alone, until: performance.now() + 60_000, expire: () => undefined };
    deadlines.add(patient);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const expired = await new Promise<boolean>((resolve) => {
      deadlines.add({ ...alone, until: performance.now() + 5, expire: () => resolve(true) });
    });
    expect(expired).toBe(true);
    deadlines.delete(patient);
  });
});

describe('a driver that looks at its signal only afterwards', () => {
  it('finds that the caller has given up', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, { ...stillSettings().settings, timeout: 5 });
    const { promise, resolve } = Promise.withResolvers<void>();
    let seen: boolean | undefined;
    const looked = Promise.withResolvers<void>();
    vault.hooks['random'] = {
      before: async (_request, call) => {
        await promise;
        seen = call.signal.aborted;
        looked.resolve();
      },
    };
    await expect(manager.getRandomBytes(4)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    resolve();
    await looked.promise;
    expect(seen).toBe(true);
  });
});

describe('a pause between attempts', () => {
  it('ends when the caller aborts', async () => {
    const vault = new FakeVault();
    const controller = new AbortController();
    const sleep = async (): Promise<void> => {
      controller.abort();
      throw new Error('the sleep was cut short');
    };
    const manager = createKeyManager(vault.driver, { ...stillSettings().settings, sleep });
    vault.hooks['random'] = {
      before: () => {
        throw new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' });
      },
    };
    const asked = manager.getRandomBytes(4, { signal: controller.signal });
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect(manager.getRandomBytes(4)).rejects.toThrow(/cut short/);
  });
});
