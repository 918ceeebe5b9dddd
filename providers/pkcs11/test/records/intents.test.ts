import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { createIntents } from '../../src/records/intents.ts';
import type { Intent } from '../../src/records/intents.ts';
import { openFileStore } from '../../src/records/file-store.ts';
import { hasEnded, thisProcess } from '../../src/records/process-owner.ts';
import type { RecordSeal } from '../../src/records/record-seal.ts';
import { storeFile } from '../record-places.ts';
import { testCall } from '../test-call.ts';

/** Seals nothing: who is at a change is what is tried here. */
const open: RecordSeal = {
  seal: (_, text) => Promise.resolve(Uint8Array.from(Buffer.from(text))),
  open: (_, octets) => Promise.resolve(Buffer.from(octets).toString()),
};

const begun = { flow: 'make-version', name: 'k', versions: ['a'] } as const;

describe('a change in flight', () => {
  test("is nobody else's until whoever began it has left it", async () => {
    const store = openFileStore(storeFile(randomUUID()));
    const [one, other] = [createIntents(store, open), createIntents(store, open)];
    const intent = await one.begin(begun, testCall());
    expect(await other.abandoned(testCall())).toEqual([]);
    expect(await other.isInFlight('k', testCall())).toBe(true);
    expect(await other.isInFlight('j', testCall())).toBe(false);
    one.leave(intent);
    expect(await other.abandoned(testCall())).toEqual([intent]);
    await other.forget(intent, testCall());
    await other.forget(intent, testCall());
    expect(await other.all(testCall())).toEqual([]);
    await store.close();
  });

  const self = thisProcess();
  test.each<[string, Partial<Intent>, boolean]>([
    ['another thread of this process', { owner: { ...self, thread: self.thread + 1 } }, false],
    ['another host', { owner: { ...self, host: `not-${hostname()}` } }, false],
    [
      'another host, long ago',
      { owner: { ...self, host: `not-${hostname()}` }, begun: Date.now() - 600_001 },
      true,
    ],
    ['a process that is no more', { owner: { ...self, pid: 2 ** 22 + 1 } }, true],
    ['a process whose number another one has since', { owner: { ...self, started: 'before' } }, true],
  ])('of %s', async (_, values, abandoned) => {
    const store = openFileStore(storeFile(randomUUID()));
    const intent = { v: 1, ...begun, id: randomUUID(), begun: Date.now(), owner: self, ...values };
    const octets = Uint8Array.from(Buffer.from(JSON.stringify(intent)));
    await store.write(`intent/${intent.id}`, octets, undefined, testCall());
    expect(await createIntents(store, open).abandoned(testCall())).toHaveLength(abandoned ? 1 : 0);
    await store.close();
  });

  test('that is of no kind that this release knows is left alone', async () => {
    const store = openFileStore(storeFile(randomUUID()));
    const text = JSON.stringify({ v: 1, flow: 'more', name: 'k', versions: [] });
    await store.write('intent/1', Uint8Array.from(Buffer.from(text)), undefined, testCall());
    expect(await createIntents(store, open).all(testCall())).toEqual([]);
    await store.close();
  });

  test('is written down by a process that tells when it began', () => {
    expect(hasEnded(self)).toBe(false);
    expect(self.pid).toBe(process.pid);
  });
});
