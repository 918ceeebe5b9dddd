import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { beforeAll, expect, test } from 'vitest';
import type { Token } from '../../src/token/token.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';
import { openSoft, poolOf } from './open-soft-token.ts';
import { callFor, makeEcKey, makeHmacKey, makeRsaKey, signsRight, type SigningKey } from './token-keys.ts';

let token: Token;
let keys: readonly SigningKey[];
const keyAt = (index: number): SigningKey => keys[index % keys.length] as SigningKey;
beforeAll(async () => {
  token = await openSoft(await softHsmToken());
  const made = [makeEcKey, makeRsaKey, makeHmacKey].flatMap((make) => [
    make(token),
    make(token),
    make(token),
  ]);
  keys = await Promise.all(made);
});

const signers = 64;
const signsEach = 24;

test('64 concurrent signs are 64 right ones, over keys of three kinds, with creations and deletions beside them', async () => {
  let over = false;
  let changes = 0;
  const change = async (): Promise<void> => {
    while (!over) {
      const id = randomBytes(16);
      const key = await (changes % 2 === 0 ? makeEcKey : makeHmacKey)(token, id);
      expect(await signsRight(token, key)).toBe(true);
      await token.run('destroy', { object: key.locator }, callFor());
      const gone = token.run(
        'sign',
        { key: key.locator, mechanism: key.mechanism, data: randomBytes(32) },
        callFor(),
      );
      await expect(gone).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
      changes++;
    }
  };
  const changing = [change(), change()];
  const sign = async (_: unknown, signer: number): Promise<number> => {
    let right = 0;
    for (let count = 0; count < signsEach; count++)
      if (await signsRight(token, keyAt(signer + count))) right++;
    return right;
  };
  const counts = await Promise.all(Array.from({ length: signers }, sign));
  over = true;
  await Promise.all(changing);
  expect(counts).toEqual(counts.map(() => signsEach));
  expect(changes).toBeGreaterThan(2);
});

test('the event loop goes on while the token works', async () => {
  const key = keyAt(0);
  const delay = monitorEventLoopDelay({ resolution: 2 });
  let over = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!over) await makeRsaKey(token);
  });
  delay.enable();
  for (let count = 0; count < 10; count++) expect(await signsRight(token, key)).toBe(true);
  delay.disable();
  over = true;
  await Promise.all(load);
  // To make one pair on this thread would block it for 50 ms and more, each time.
  expect(delay.percentile(50) / 1e6).toBeLessThan(20);
});

test('jobs of one turn travel together', async () => {
  const pool = poolOf(token);
  const before = { ...pool.traffic };
  const { locator, mechanism, input } = keyAt(0);
  let signs = 0;
  const sign = async (): Promise<void> => {
    while (signs < 1_000) {
      signs++;
      await token.run('sign', { key: locator, mechanism, data: input(Uint8Array.of(1)) }, callFor());
    }
  };
  await Promise.all(Array.from({ length: 32 }, sign));
  // One by one it would be 1,000 in each direction.
  expect(pool.traffic.sent - before.sent).toBeLessThan(400);
  expect(pool.traffic.received - before.received).toBeLessThan(400);
});
