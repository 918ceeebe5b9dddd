import { describe, expect, test } from 'vitest';
import { createKeyMethods } from '../src/keys.ts';
import type { Orders } from './vault-process.ts';
import { create, remove, rotate, there } from './acts.ts';
import type { Act } from './acts.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import type { Dump } from './dump.ts';
import { runProcess, stopProcess } from './processes.ts';
import { recordsIn } from './record-places.ts';
import { testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';

const kinds = ['token', 'file'] as const;

interface Row {
  readonly act: Orders['act'];
  readonly before: readonly Act[];
  readonly stopAt: NonNullable<Orders['stopAt']>;
  readonly swept: Pick<Dump, 'state'> & { readonly versions: number };
}

const rows: readonly Row[] = [
  {
    act: 'create',
    before: [],
    stopAt: { step: 'objects', at: 'ran' },
    swept: { state: 'none', versions: 0 },
  },
  {
    act: 'rotate',
    before: [create],
    stopAt: { step: 'objects', at: 'ran' },
    swept: { state: 'live', versions: 1 },
  },
  {
    act: 'rotate',
    before: [create],
    stopAt: { step: 'document', at: 'ran' },
    swept: { state: 'live', versions: 2 },
  },
  {
    act: 'disable',
    before: [create],
    stopAt: { step: 'document', at: 'ran' },
    swept: { state: 'live', versions: 1 },
  },
  {
    act: 'remove',
    before: [create, rotate],
    stopAt: { step: 'document', at: 'ran' },
    swept: { state: 'deleted', versions: 2 },
  },
  {
    act: 'recover',
    before: [create, remove],
    stopAt: { step: 'document', at: 'ran' },
    swept: { state: 'live', versions: 1 },
  },
  {
    act: 'purge',
    before: [create, remove],
    stopAt: { step: 'document', at: 'ran' },
    swept: { state: 'none', versions: 0 },
  },
];

describe.each(kinds)('with records on the %s', (kind) => {
  test.each(rows)(
    'what a living process is at is left alone, and $act that was killed at $stopAt.step is put in order',
    async ({ act, before, stopAt, swept }) => {
      const namespace = freshNamespace();
      const records = recordsIn(kind, namespace) as Orders['records'];
      const first = await testVault({ namespace, records });
      for (const each of before) await each(first.vault, testCall());
      await first.close();
      const child = await stopProcess({ namespace, records, act, stopAt });
      try {
        const beside = await testVault({ namespace, records });
        expect(beside.swept).toEqual({ finished: [], left: [] });
        expect((await dumpOf(beside.vault, 'k')).intents).toBe(1);
        if (act === 'create') {
          const reading = there(createKeyMethods(beside.vault).read)({ name: 'k' }, testCall());
          await expect(reading).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
        }
        await beside.close();
      } finally {
        await child.kill();
      }
      const next = await testVault({ namespace, records });
      expect(next.swept.finished.map(({ name }) => name)).toEqual(['k']);
      const dump = await dumpOf(next.vault, 'k');
      expectWhole(dump);
      expect([dump.state, dump.versions.length]).toEqual([swept.state, swept.versions]);
      await next.close();
      await cleanUp(next.vault);
    },
  );
});

test.each(['file'] as const)(
  'versions that four processes make of one key at the same time are all there, in one order, with records on the %s',
  async (kind) => {
    const namespace = freshNamespace();
    const records = recordsIn(kind, namespace) as Orders['records'];
    await runProcess({ namespace, records, act: 'create' });
    const told = { namespace, records, act: 'rotate', times: 5 } as const;
    await Promise.all(Array.from({ length: 4 }, () => runProcess(told)));
    const { vault, close } = await testVault({ namespace, records });
    const dump = await dumpOf(vault, 'k');
    expectWhole(dump);
    expect(dump.versions).toHaveLength(21);
    await close();
    await cleanUp(vault);
  },
);
