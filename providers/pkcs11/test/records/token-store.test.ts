import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createTokenStore } from '../../src/records/token-store.ts';
import type { TokenStore } from '../../src/records/token-store.ts';
import type { Token } from '../../src/token/token.ts';
import { changedToken } from '../changed-token.ts';
import type { Change } from '../changed-token.ts';
import { closeTokens, testCall, tokenOf } from '../token-of.ts';

afterAll(closeTokens);

const combineFirst = (_: string, [first = new Uint8Array()]: readonly Uint8Array[]): Promise<Uint8Array> =>
  Promise.resolve(first);

/** Finds what it finds in the opposite order, as another process may. */
const backwards: Change = async (job, _, run) => {
  const answer = await run();
  return job === 'find' || job === 'findAndRead'
    ? ((answer as readonly unknown[]).toReversed() as unknown as typeof answer)
    : answer;
};

test('of two equal entries that two writers see in another order, both leave the same one', async () => {
  const token = await tokenOf('softhsm2');
  for (let round = 0; round < 4; round++) {
    const namespace = randomUUID();
    const label = `${namespace}/key/k`;
    const octets = Uint8Array.from(randomBytes(40));
    const kept: unknown[] = [];
    for (const change of [((_, __, run) => run()) as Change, backwards]) {
      // The other writer has decided already: what this one destroys is only noted.
      const destroyed: bigint[] = [];
      const watched = changedToken(token, (job, request, run) => {
        if (job !== 'destroy') return change(job, request, run);
        destroyed.push((request as { readonly object: { readonly handle: bigint } }).object.handle);
        return Promise.resolve() as never;
      });
      if (kept.length === 0) await putTwins(token, label, octets);
      await storeOn(watched, namespace).tidy(testCall());
      kept.push(new Set(destroyed));
    }
    expect(kept[0]).toEqual(kept[1]);
    expect(kept[0]).toHaveProperty('size', 1);
  }
});

const storeOn = (token: Token, namespace: string): TokenStore =>
  createTokenStore(token, namespace, combineFirst);

/** Makes two equal entries, as two writers do that come to the same. */
async function putTwins(token: Token, label: string, value: Uint8Array): Promise<void> {
  const namespace = label.slice(0, label.indexOf('/'));
  const key = label.slice(namespace.length + 1);
  // Neither sees the other's: each finds nothing there.
  const blind = changedToken(token, (job, _, run) =>
    job === 'find' || job === 'findAndRead' ? (Promise.resolve([]) as never) : run(),
  );
  for (let twin = 0; twin < 2; twin++)
    await storeOn(blind, namespace).write(key, value, undefined, testCall());
}
