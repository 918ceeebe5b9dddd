import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { JsonWebKey, KeyManager, ManagedKey } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { shapeOptions } from '../key-kinds.ts';
import { anyCreated, anyKey, anyKind, makeAnyKey } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { testKey } from '../test-keys.ts';
import type { RequestIdOperation } from '../traits.ts';

interface Making {
  readonly operation: RequestIdOperation;
  readonly requires: readonly Requirement[];
  /** Gives the call that carries the request id, ready to be repeated by anybody. */
  prepare(
    context: CaseContext,
  ): Promise<{ name: string; run(manager: KeyManager, requestId: string): Promise<ManagedKey> }>;
}

const makings: readonly Making[] = [
  {
    operation: 'createKey',
    requires: [anyCreated],
    prepare: async (context) => {
      const name = context.newName();
      const kind = anyKind(context, 'created');
      return {
        name,
        run: (manager, requestId) =>
          manager.createKey(name, kind.family, { ...shapeOptions(kind), requestId }),
      };
    },
  },
  {
    operation: 'importKey',
    requires: [anyKey, { operation: 'importKey' }],
    prepare: async (context) => {
      const name = context.newName();
      const kind = anyKind(context, 'imported');
      // Another request imports another key: a vault may know the same material again.
      const keys = await Promise.all([0, 1].map((index) => testKey(kind, index)));
      const given = new Map<string, JsonWebKey>();
      return {
        name,
        run: async (manager, requestId) => {
          const jwk = given.get(requestId) ?? keys[given.size] ?? keys[0];
          if (jwk === undefined) throw new Error('There are test keys');
          given.set(requestId, jwk);
          return manager.importKey(name, jwk, { requestId });
        },
      };
    },
  },
  {
    operation: 'rotateKey',
    requires: [anyKey, { operation: 'rotateKey' }],
    prepare: async (context) => {
      const { name } = await makeAnyKey(context);
      return { name, run: (manager, requestId) => manager.rotateKey(name, { requestId }) };
    },
  },
  {
    operation: 'restoreKeyBackup',
    requires: [
      anyKey,
      { operation: 'restoreKeyBackup' },
      { operation: 'backupKey' },
      { operation: 'beginDeleteKey' },
      { operation: 'purgeDeletedKey' },
    ],
    prepare: async (context) => {
      const { name } = await makeAnyKey(
        context,
        context.capabilities.backup === 'asked' ? { backup: true } : {},
      );
      const backup = await context.manager.backupKey(name);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await context.manager.purgeDeletedKey(name);
      return { name, run: (manager, requestId) => manager.restoreKeyBackup(backup, { requestId }) };
    },
  },
];

async function versionsOf(context: CaseContext, name: string): Promise<number> {
  let count = 0;
  for await (const _ of context.open().listPropertiesOfKeyVersions(name)) count++;
  return count;
}

const repeated = makings.map(({ operation, requires, prepare }): Case => ({
  id: `request-id/${operation.toLowerCase()}/repeated-gives-the-first-result`,
  title: `${operation} repeated with the same requestId, by any process, gives the first result and makes nothing`,
  requires: [...requires, { trait: `requestId:${operation}` }, { operation: 'listPropertiesOfKeyVersions' }],
  async run(context) {
    const { name, run } = await prepare(context);
    const requestId = `suite-${randomBytes(8).toString('hex')}`;
    const first = await run(context.manager, requestId);
    const before = await versionsOf(context, name);
    deepEqual((await run(context.manager, requestId)).id, first.id, 'the same process');
    deepEqual((await run(context.open(), requestId)).id, first.id, 'another process');
    equal(await versionsOf(context, name), before, 'nothing was made');
    if (operation === 'restoreKeyBackup') return;
    const next = await run(context.manager, `${requestId}-2`);
    notEqual(next.id, first.id, 'another id is another request');
    deepEqual((await run(context.open(), requestId)).id, first.id, 'also when a newer version is current');
    equal(await versionsOf(context, name), before + 1);
  },
}));

const other: readonly Case[] = [
  {
    id: 'request-id/malformed/refused',
    title: 'A requestId of other characters, empty or too long is refused before the vault',
    requires: [anyCreated],
    async run(context) {
      const kind = anyKind(context, 'created');
      const name = context.newName();
      context.calls.clear();
      for (const requestId of ['', 'a b', 'ü', 'x'.repeat(65)]) {
        const running = context.manager.createKey(name, kind.family, { ...shapeOptions(kind), requestId });
        await refused(running, 'ERR_INVALID_ARGUMENT');
      }
      equal(context.calls.count(), 0, 'refused before any request');
      await makeAnyKey(context, { origin: 'created', name });
    },
  },
  {
    id: 'request-id/other-name/is-another-request',
    title: 'A requestId counts for its name: with another name it makes another key',
    requires: [anyCreated, { trait: 'requestId:createKey' }],
    async run(context) {
      const kind = anyKind(context, 'created');
      const requestId = `suite-${randomBytes(8).toString('hex')}`;
      const make = (): Promise<ManagedKey> =>
        context.manager.createKey(context.newName(), kind.family, { ...shapeOptions(kind), requestId });
      const [one, two] = [await make(), await make()];
      notEqual(one.name, two.name);
      equal((await context.open().getKey(one.name)).id, one.id);
      equal((await context.open().getKey(two.name)).id, two.id);
    },
  },
];

/** The caller's own request id. */
export const requestIdCases: readonly Case[] = [...repeated, ...other];
