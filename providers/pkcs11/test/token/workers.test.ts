import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultyToken, once, openFaulty, until } from './faulty-token.ts';
import { openSoft, poolOf } from './open-soft-token.ts';
import type { WorkerThread } from '../../src/token/worker-thread.ts';
import { callFor, makeRsaKey, signsRight } from './token-keys.ts';

let f: FaultyToken;
beforeAll(async () => {
  f = await openFaulty();
});
beforeEach(() => f.faults.setFaults([]));

describe('a worker', () => {
  test('that hangs is left behind at the deadline, and the others go on', async () => {
    f.faults.setFaults([once('C_Sign', { do: 'hang' })]);
    const begun = performance.now();
    const hung = Promise.allSettled([f.sign(callFor(400))]);
    await until(() => f.faults.calls().some(({ action }) => action === 'hang'));
    const beside = f.isRight();
    expect(await hung).toMatchObject([{ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } }]);
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(await beside).toBe(true);
    // It comes out of the module now, and must then close its session.
    await f.isWhole();
    await until(() => f.openSessions() <= 2);
  });

  test('that is killed in the middle of a job is replaced: the job is in doubt, those behind it are not', async () => {
    const [thread] = [...poolOf(f.token).threads] as [WorkerThread];
    f.faults.setFaults([{ function: 'C_Sign', when: 'before', action: { do: 'delay', milliseconds: 300 } }]);
    const jobs = [f.sign(), f.sign(), f.sign(), f.sign()];
    const settled = Promise.allSettled(jobs);
    await until(() => thread.isBusy);
    await thread.kill();
    f.faults.setFaults([]);
    const results = await settled;
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => (reason as { code: string }).code)).toEqual(['ERR_UNAVAILABLE']);
    await f.isWhole();
    await until(() => f.openSessions() <= 2);
  });

  test('with a long job does not keep the short ones behind it', async () => {
    const pool = poolOf(f.token);
    f.faults.setFaults([once('C_GenerateKeyPair', { do: 'delay', milliseconds: 2_000 })]);
    const long = makeRsaKey(f.token);
    const begun = performance.now();
    await Promise.all(Array.from({ length: 60 }, () => f.isRight()));
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(pool.threads.size).toBe(2);
    await long;
  });
});

describe('a job', () => {
  test('is not begun when its signal has fired or its time is up', async () => {
    const before = f.countOf('C_Sign');
    await expect(f.sign(callFor(1_000, AbortSignal.abort()))).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect(f.sign(callFor(-1))).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(f.countOf('C_Sign')).toBe(before);
  });

  test('that is aborted before it is sent does not reach the token', async () => {
    const before = f.countOf('C_Sign');
    const controller = new AbortController();
    const job = f.sign(callFor(1_000, controller.signal));
    controller.abort();
    await expect(job).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await f.isRight();
    expect(f.countOf('C_Sign')).toBe(before + 1);
  });

  test('that is aborted while it runs answers at once, and its worker is kept', async () => {
    const threads = [...poolOf(f.token).threads];
    f.faults.setFaults([once('C_Sign', { do: 'delay', milliseconds: 500 })]);
    const controller = new AbortController();
    const job = f.sign(callFor(10_000, controller.signal));
    await until(() => threads.some((thread) => thread.isBusy));
    const begun = performance.now();
    controller.abort();
    await expect(job).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(performance.now() - begun).toBeLessThan(300);
    await f.isWhole();
    expect([...poolOf(f.token).threads]).toEqual(threads);
  });

  test('beyond the bound of the queue is refused, and those before it are not', async () => {
    const narrow = await openSoft(f.soft, { workers: 1, maxQueue: 10 });
    const signs = Array.from({ length: 30 }, () => signsRight(narrow, f.key));
    const results = await Promise.allSettled(signs);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(20);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'ERR_THROTTLED', retryable: true });
    expect(await signsRight(narrow, f.key)).toBe(true);
    await narrow.close();
  });
});
