import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failing, type FaultyToken, once, openFaulty } from './faulty-token.ts';
import { openSoft, poolOf } from './open-soft-token.ts';
import { callFor, signsRight } from './token-keys.ts';

let f: FaultyToken;
beforeAll(async () => {
  f = await openFaulty();
});
beforeEach(() => f.faults.setFaults([]));

describe('one after the other', () => {
  test('a token that gives no session to one of two workers is used by the other', async () => {
    await f.token.close();
    f.faults.setFaults([failing('C_OpenSession', 0xb1, { from: 2 })]);
    const token = await openSoft(f.soft, { workers: 2 });
    const rights = await Promise.all(Array.from({ length: 40 }, () => signsRight(token, f.key)));
    expect(rights).toEqual(rights.map(() => true));
    await token.close();
  });

  test('closing waits for what runs, takes nothing more, and leaves no session', async () => {
    const token = await openSoft(f.soft, { workers: 2 });
    f.faults.setFaults([{ function: 'C_Sign', when: 'before', action: { do: 'delay', milliseconds: 30 } }]);
    const jobs = Array.from({ length: 10 }, () => signsRight(token, f.key));
    const closing = token.close();
    await expect(signsRight(token, f.key)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await closing;
    expect(await Promise.all(jobs)).toEqual(jobs.map(() => true));
    expect(token.close()).toBe(closing);
    expect(f.openSessions()).toBe(0);
    expect(f.faults.calls().at(-1)?.function).toBe('C_Finalize');
  });

  test('opening that hangs ends in time, and the next one succeeds', async () => {
    f.faults.setFaults([once('C_OpenSession', { do: 'hang' })]);
    await expect(openSoft(f.soft, { openTimeout: 1_500 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    f.faults.setFaults([]);
    const token = await openSoft(f.soft, { workers: 2 });
    expect(await signsRight(token, f.key)).toBe(true);
    await token.close();
  });

  test('a worker whose thread vanished in the module is replaced at the deadline', async () => {
    const token = await openSoft(f.soft, { workers: 2 });
    f.faults.setFaults([once('C_Sign', { do: 'vanish' })]);
    await expect(signsRight(token, f.key, callFor(1_000))).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await signsRight(token, f.key)).toBe(true);
    expect(poolOf(token).threads.size).toBe(2);
    await token.close();
    // Nobody knows where that thread is: the module must not be finalised under it.
    expect(f.faults.calls().at(-1)?.function).not.toBe('C_Finalize');
  });
});
