import { randomBytes, randomUUID } from 'node:crypto';
import type { MetadataStore, VersionRecord } from '@keyway/core/driver';
import { afterAll, describe, expect, test } from 'vitest';
import { createRecords } from '../../src/records/authenticated-records.ts';
import type { Records, StoredDocument } from '../../src/records/authenticated-records.ts';
import { createDataObjects } from '../../src/records/data-objects.ts';
import { openMacKeys } from '../../src/records/mac-keys.ts';
import { createRecordSeal } from '../../src/records/record-seal.ts';
import { TokenError } from '../../src/token/return-values.ts';
import { changedToken } from '../changed-token.ts';
import type { Change } from '../changed-token.ts';
import { closeTokens, testCall, tokenOf } from '../token-of.ts';

afterAll(closeTokens);

const noSuch = (): Promise<never> => Promise.reject(new Error('Not asked for here'));

/** A store of one entry, of which each look shows what `show` makes of it. */
function showing(atomic: boolean, show: (octets: Uint8Array, look: number) => Uint8Array | undefined): Shown {
  let [entry, looks]: [Uint8Array | undefined, number] = [undefined, 0];
  return {
    atomic,
    read: () => Promise.resolve(entry === undefined ? undefined : show(entry, ++looks)),
    write: (_, octets) => Promise.resolve(((entry = octets), true)),
    remove: noSuch,
    list: noSuch,
    close: () => Promise.resolve(),
    looks: () => looks,
  };
}

interface Shown extends MetadataStore {
  looks(): number;
}

async function recordsIn(store: MetadataStore): Promise<Records> {
  const namespace = `p${randomUUID().slice(0, 8)}`;
  const keys = await openMacKeys(
    await tokenOf('softhsm2'),
    namespace,
    () => Promise.resolve(false),
    testCall(),
  );
  return createRecords(store, createRecordSeal(namespace, keys));
}

const version: VersionRecord = {
  v: 1,
  version: 'a',
  sequence: 1,
  keyType: 'EC',
  keyOperations: ['sign'],
  enabled: true,
  createdOn: 100,
  tags: {},
};

async function writtenIn(store: MetadataStore): Promise<readonly [Records, StoredDocument | undefined]> {
  const records = await recordsIn(store);
  return [records, await records.write({ name: 'k', versions: [version] }, undefined, testCall())];
}

const torn = (octets: Uint8Array): Uint8Array => octets.subarray(0, octets.length >> 1);

describe('a record that is read while somebody writes it', () => {
  test('is read again, and then is as it was written', async () => {
    const store = showing(false, (octets, look) => (look < 3 ? torn(octets) : octets));
    const [records, stored] = await writtenIn(store);
    expect((await records.read('k', testCall()))?.document).toEqual(stored?.document);
    expect(store.looks()).toBe(3);
  });

  test('is gone where it goes meanwhile', async () => {
    const [records] = await writtenIn(
      showing(false, (octets, look) => (look < 3 ? torn(octets) : undefined)),
    );
    expect(await records.read('k', testCall())).toBeUndefined();
  });

  test.each([
    [false, 4],
    [true, 1],
  ])('is damaged where it stays so: atomic %s, after %i looks', async (atomic, looks) => {
    const store = showing(atomic, torn);
    const [records] = await writtenIn(store);
    await expect(records.read('k', testCall())).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    expect(store.looks()).toBe(looks);
  });
});

const label = (): string => `${randomUUID()}/key/k`;
const octets = Uint8Array.from(randomBytes(40));

describe('a data object', () => {
  const objectsWith = async (change: Change): Promise<ReturnType<typeof createDataObjects>> =>
    createDataObjects(changedToken(await tokenOf('softhsm2'), change));

  test('that does not tell what it is at first is looked at again', async () => {
    let untold = 0;
    const objects = await objectsWith(async (name, request, run) => {
      const { attributes } = request as { readonly attributes?: readonly string[] };
      const answer = await run();
      if (name !== 'read' || attributes?.length !== 2 || ++untold % 3 !== 1) return answer;
      return {} as typeof answer;
    });
    const name = label();
    await objects.create(name, octets, testCall());
    expect(await objects.labels(name, testCall())).toEqual([name]);
    expect(untold).toBeGreaterThan(1);
  });

  test('that is destroyed between the search and the reading is gone', async () => {
    const name = label();
    const real = createDataObjects(await tokenOf('softhsm2'));
    await real.create(name, octets, testCall());
    let destroyed = false;
    const objects = await objectsWith(async (job, _, run) => {
      if (job === 'read' && !destroyed) {
        destroyed = true;
        for (const { handle } of await real.read(name, testCall())) await real.destroy(handle, testCall());
      }
      return run();
    });
    expect(await objects.read(name, testCall())).toEqual([]);
    expect(destroyed).toBe(true);
  });

  const failing = (
    at: 'before' | 'after',
    times: number,
    ckr = 0x05,
  ): { readonly change: Change; runs: number } => {
    const counted = {
      runs: 0,
      change: (async (job, _, run) => {
        if (job !== 'create') return run();
        if (++counted.runs > times) return run();
        if (at === 'after') await run();
        throw new TokenError(ckr, 'C_CreateObject');
      }) as Change,
    };
    return counted;
  };

  test.each([
    ['was not made is made again', 'before', 3, 4],
    ['was made all the same is not made twice', 'after', 1, 1],
  ] as const)('that %s, where the token says that it failed', async (_, at, times, runs) => {
    const counted = failing(at, times);
    const objects = await objectsWith(counted.change);
    const name = label();
    await objects.create(name, octets, testCall());
    expect((await objects.read(name, testCall())).map((object) => object.octets)).toEqual([octets]);
    expect(counted.runs).toBe(runs);
  });

  test.each([
    ['keeps failing', 0x06, 4],
    ['has no room', 0x31, 1],
  ])('is not made for ever where the token %s', async (_, ckr, runs) => {
    const counted = failing('before', 99, ckr);
    const objects = await objectsWith(counted.change);
    await expect(objects.create(label(), octets, testCall())).rejects.toMatchObject({ ckr });
    expect(counted.runs).toBe(runs);
  });
});
