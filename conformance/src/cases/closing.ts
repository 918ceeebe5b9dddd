import { deepEqual, equal, ok } from 'node:assert/strict';
import type { KeyManager } from '@keyway/core';
import { interpose } from '../call-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyKey, makeAnyKey } from '../make-any-key.ts';
import { useOf } from '../use-key.ts';

interface Closable {
  readonly manager: KeyManager;
  /** How often the driver was closed; that does not reach the vault. */
  closed(): number;
}

/** A KeyManager whose closing of the driver is counted. Reads wait for the gate, where there is one. */
function closable(context: CaseContext, gate?: Promise<void>): Closable {
  let closed = 0;
  const behind = interpose(context.driver, async ({ method }, next) => {
    if (method === 'keys.read') await gate;
    return await next();
  });
  const close = (): Promise<void> => {
    closed++;
    return Promise.resolve();
  };
  return { manager: context.open({}, { ...behind, close }), closed: () => closed };
}

/** Aborting, and closing. */
export const closingCases: readonly Case[] = [
  {
    id: 'close/later-calls/refused',
    title: 'After close every call is ERR_CLOSED without a request; closing twice closes once',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const { manager, closed } = closable(context);
      equal((await manager.getKey(name)).name, name);
      await manager.close();
      await manager.close();
      await manager[Symbol.asyncDispose]();
      equal(closed(), 1);
      context.calls.clear();
      await refused(manager.getKey(name), 'ERR_CLOSED');
      await refused(manager.createEcKey(name), 'ERR_CLOSED');
      await refused(manager.listPropertiesOfKeys().next(), 'ERR_CLOSED');
      await refused(manager.beginDeleteKey(name), 'ERR_CLOSED');
      await refused(manager.getCryptographyClient(name), 'ERR_CLOSED');
      equal(context.calls.count(), 0);
      equal((await context.open().getKey(name)).name, name, 'another opening is not concerned');
    },
  },
  {
    id: 'close/client/refused',
    title: 'A client of a closed KeyManager is closed too',
    requires: useOf('signData').requires,
    async run(context) {
      const used = await useOf('signData').prepare(context);
      const { manager } = closable(context);
      const client = await manager.getCryptographyClient(used.name);
      await client.signData(used.algorithm as 'ES256', new Uint8Array(4));
      await manager.close();
      await refused(client.signData(used.algorithm as 'ES256', new Uint8Array(4)), 'ERR_CLOSED');
    },
  },
  {
    id: 'close/running/ends-first',
    title: 'Closing waits for what runs',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const gate = Promise.withResolvers<void>();
      const { manager, closed } = closable(context, gate.promise);
      const reading = manager.getKey(name);
      const closing = manager.close();
      await new Promise((resolve) => setImmediate(resolve));
      equal(closed(), 0, 'the driver is still open');
      gate.resolve();
      equal((await reading).name, name, 'what ran has ended well');
      await closing;
      equal(closed(), 1);
    },
  },
  {
    id: 'abort/before/nothing-is-sent',
    title: 'A signal that has fired already is ERR_ABORTED and nothing is sent',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const signal = AbortSignal.abort(new Error('the caller changed their mind'));
      context.calls.clear();
      const error = await refused(context.manager.getKey(name, { signal }), 'ERR_ABORTED');
      ok(error.cause instanceof Error && error.cause === signal.reason, 'the reason is the cause');
      await refused(context.manager.createEcKey(name, { signal }), 'ERR_ABORTED');
      await refused(context.manager.listPropertiesOfKeys({ signal }).next(), 'ERR_ABORTED');
      equal(context.calls.count(), 0);
      equal((await context.manager.getKey(name, { signal: new AbortController().signal })).name, name);
    },
  },
  {
    id: 'abort/during/ends-at-once',
    title: 'A signal that fires during a call ends it as ERR_ABORTED at once, even if the vault goes on',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const controller = new AbortController();
      const hanging = {
        ...context.driver,
        keys: { ...context.driver.keys, read: () => new Promise<never>(() => undefined) },
      };
      const reading = context.open({}, hanging).getKey(name, { signal: controller.signal });
      controller.abort();
      await refused(reading, 'ERR_ABORTED');
      equal((await context.open().getKey(name)).name, name);
    },
  },
  {
    id: 'abort/after/changes-nothing',
    title: 'A signal that fires after the end changes nothing',
    requires: [anyKey],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const controller = new AbortController();
      const read = await context.manager.getKey(name, { signal: controller.signal });
      controller.abort();
      deepEqual(read, managed);
      deepEqual(await context.manager.getKey(name), managed);
    },
  },
];
