import { deepEqual, equal } from 'node:assert/strict';
import type { KeyManager } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { withAnswers } from '../flaky-driver.ts';
import { anyCreated, makeAnyKey, updatedWith } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { useOf } from '../use-key.ts';
import type { UsedKey } from '../use-key.ts';

const disabling: readonly Requirement[] = [
  ...useOf('signData').requires,
  { operation: 'updateKeyProperties' },
  updatedWith('enabled'),
];

const fiveMinutes = 300_000;

/** A client that has used its key once, so that whatever is remembered is remembered. */
async function warm(
  context: CaseContext,
  manager: KeyManager,
): Promise<{ used: UsedKey; use: () => Promise<void> }> {
  const used = await useOf('signData').prepare(context);
  const client = await manager.getCryptographyClient(used.name);
  const use = async (): Promise<void> =>
    void (await client.signData(used.algorithm as 'ES256', new Uint8Array(4)));
  await use();
  return { used, use };
}

/** How fresh the known state of a key is. */
export const freshnessCases: readonly Case[] = [
  {
    id: 'freshness/own-change/at-once',
    title: 'What this KeyManager changed counts at once, also with a stateTtl of five minutes',
    requires: disabling,
    async run(context) {
      const manager = context.open({ stateTtl: fiveMinutes });
      const { used, use } = await warm(context, manager);
      await manager.updateKeyProperties(used.name, { enabled: false });
      await refused(use(), 'ERR_KEY_DISABLED');
      equal((await manager.getKey(used.name)).properties.enabled, false);
      await manager.updateKeyProperties(used.name, { enabled: true });
      await use();
    },
  },
  {
    id: 'freshness/others-change/within-the-ttl',
    title: 'What others change counts after five minutes at the latest, with a stateTtl of five minutes',
    requires: disabling,
    async run(context) {
      const manager = context.open({ stateTtl: fiveMinutes });
      const { used, use } = await warm(context, manager);
      await context.open().updateKeyProperties(used.name, { enabled: false });
      context.clock.advance(fiveMinutes + context.capabilities.state.enabled.propagationMs);
      await refused(use(), 'ERR_KEY_DISABLED');
      await context.open().updateKeyProperties(used.name, { enabled: true });
      context.clock.advance(fiveMinutes + context.capabilities.state.enabled.propagationMs);
      await use();
    },
  },
  {
    id: 'freshness/others-change/at-once-without-ttl',
    title: 'What others change counts at the next use with a stateTtl of 0',
    requires: disabling,
    async run(context) {
      const { used, use } = await warm(context, context.manager);
      await context.open().updateKeyProperties(used.name, { enabled: false });
      context.clock.advance(context.capabilities.state.enabled.propagationMs);
      await refused(use(), 'ERR_KEY_DISABLED');
      await context.open().updateKeyProperties(used.name, { enabled: true });
      context.clock.advance(context.capabilities.state.enabled.propagationMs);
      await use();
    },
  },
  {
    id: 'freshness/time/never-cached',
    title: 'The passing of time counts at once, whatever the stateTtl',
    requires: [...useOf('signData').requires, { trait: 'member:createKey.expiresOn' }],
    async run(context) {
      const manager = context.open({ stateTtl: 86_400_000 });
      const used = await useOf('signData').prepare(context, { expiresOn: context.clock.dateIn(60) });
      const client = await manager.getCryptographyClient(used.name);
      await client.signData(used.algorithm as 'ES256', new Uint8Array(4));
      context.clock.advance(60_000);
      await refused(client.signData(used.algorithm as 'ES256', new Uint8Array(4)), 'ERR_KEY_EXPIRED');
    },
  },
  {
    id: 'freshness/remembered/no-read-each-time',
    title: 'Within the stateTtl a hundred uses read the key at most once',
    requires: disabling,
    async run(context) {
      const manager = context.open({ stateTtl: fiveMinutes });
      const { used, use } = await warm(context, manager);
      context.calls.clear();
      for (let count = 0; count < 100; count++) await use();
      equal(context.calls.count('keys.read') <= 1, true, `${context.calls.count('keys.read')} reads`);
      equal(context.calls.count('cryptography.sign'), 100);
      equal((await manager.getKey(used.name)).name, used.name);
    },
  },
  {
    id: 'freshness/stale-vault/own-change-laid-over',
    title: 'Where the vault still answers stale within its propagation time, the own change is laid over it',
    requires: [
      anyCreated,
      { operation: 'updateKeyProperties' },
      updatedWith('enabled'),
      { trait: 'member:updateKeyProperties.tags' },
    ],
    async run(context) {
      const { name, managed } = await makeAnyKey(context, { origin: 'created' });
      const record = await context.driver.keys.read?.({ name }, context.call());
      let stale = true;
      const { capabilities } = context.driver;
      const slow = { ...capabilities.state.enabled, propagationMs: 60_000 };
      const state = { ...capabilities.state, enabled: slow };
      const lagging = {
        ...withAnswers(context.driver, 'keys.read', (real) => (stale ? record : real)),
        capabilities: { ...capabilities, state },
      };
      const manager = context.open({}, lagging);
      await manager.updateKeyProperties(name, { enabled: false, tags: { changed: 'yes' } });
      const { enabled, tags } = (await manager.getKey(name)).properties;
      deepEqual({ enabled, tags }, { enabled: false, tags: { changed: 'yes' } });
      stale = false;
      const confirmed = (await manager.getKey(name)).properties;
      deepEqual([confirmed.enabled, confirmed.version], [false, managed.properties.version]);
    },
  },
];
