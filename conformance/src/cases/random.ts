import { equal, ok } from 'node:assert/strict';
import type { Case } from '../case.ts';
import { misuse, refused } from '../expect.ts';

/** Random octets made by the vault. */
export const randomCases: readonly Case[] = [
  {
    id: 'random/count/exact',
    title: 'getRandomBytes gives exactly as many octets as asked for, from 1 to 128',
    requires: [{ operation: 'getRandomBytes' }],
    async run({ manager }) {
      for (const count of [1, 2, 16, 127, 128]) {
        const octets = await manager.getRandomBytes(count);
        ok(octets instanceof Uint8Array);
        equal(octets.length, count);
      }
    },
  },
  {
    id: 'random/octets/differ',
    title: 'No two answers are the same, and every octet value comes up',
    requires: [{ operation: 'getRandomBytes' }],
    async run({ manager }) {
      const seen = new Set<string>();
      const values = new Set<number>();
      for (let count = 0; count < 40; count++) {
        const octets = await manager.getRandomBytes(128);
        seen.add(Buffer.from(octets).toString('hex'));
        for (const octet of octets) values.add(octet);
      }
      equal(seen.size, 40);
      ok(values.size > 250, `${values.size} of 256 values came up in 5120 octets`);
    },
  },
  {
    id: 'random/count/checked',
    title: 'A count below 1, above 128 or not whole is refused before the vault',
    requires: [{ operation: 'getRandomBytes' }],
    async run(context) {
      context.calls.clear();
      for (const count of [0, -1, 129, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await refused(context.manager.getRandomBytes(count), 'ERR_INVALID_ARGUMENT');
      }
      await misuse(() => context.manager.getRandomBytes('16' as never));
      equal(context.calls.count(), 0, 'refused before any request');
      equal((await context.manager.getRandomBytes(128)).length, 128);
    },
  },
];
