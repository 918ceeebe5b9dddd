import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServedToken } from '@keyway/conformance/emulators';
import type { ServedToken } from '@keyway/conformance/emulators';
import type { Token } from '../../src/token/token.ts';
import { openSoft } from './open-soft-token.ts';
import { callFor, makeHmacKey, signsRight, type SigningKey } from './token-keys.ts';

let served: ServedToken;
let token: Token;
let key: SigningKey;
beforeAll(async () => {
  served = await startServedToken({ how: 'process' });
  Object.assign(process.env, served.environment);
  token = await openSoft(served, { workers: 2 });
  key = await makeHmacKey(token);
});
afterAll(async () => {
  await token.close();
  await served.stop();
});

async function signsAgain(): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    const right = await signsRight(token, key).catch((error: unknown) => error);
    if (right === true) return;
    if (performance.now() > until) throw right;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a token whose process is killed and started again is used again, without anybody opening it anew', async () => {
  expect(await signsRight(token, key)).toBe(true);
  await served.kill();
  const lost = await Promise.allSettled(
    Array.from({ length: 6 }, () => signsRight(token, key, callFor(5_000))),
  );
  for (const result of lost) expect(result.status).toBe('rejected');
  await served.restart();
  await signsAgain();
  const rights = await Promise.all(Array.from({ length: 40 }, () => signsRight(token, key)));
  expect(rights).toEqual(rights.map(() => true));
});

test('a token whose process is killed and started again under load gives right answers or errors, and then only right ones', async () => {
  let over = false;
  let [right, wrong, failed] = [0, 0, 0];
  const load = Array.from({ length: 16 }, async () => {
    while (!over) {
      const answer = await signsRight(token, key, callFor(5_000)).catch(() => undefined);
      if (answer === undefined) failed++;
      else if (answer) right++;
      else wrong++;
    }
  });
  for (let count = 0; count < 2; count++) {
    await served.kill();
    await served.restart();
    await signsAgain();
  }
  over = true;
  await Promise.all(load);
  expect(wrong).toBe(0);
  expect(failed).toBeGreaterThan(0);
  expect(right).toBeGreaterThan(0);
});
