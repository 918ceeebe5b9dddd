import { deepEqual, equal } from 'node:assert/strict';
import type { DueRotation, KeyManager } from '@keyway/core';
import { interpose } from '../call-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { anyCreated, createdWith, makeAnyKey, updatedWith } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { hour } from '../test-clock.ts';

const due: readonly Requirement[] = [
  anyCreated,
  { operation: 'getKeyRotationPolicy' },
  { operation: 'updateKeyRotationPolicy' },
  { operation: 'rotateDueKeys' },
  { operation: 'rotateKey' },
  { trait: 'rotation:caller' },
];

/** `rotateDueKeys` is for the whole vault; what others keep in it must not be touched by a test. */
function confined(context: CaseContext): KeyManager {
  const only = interpose(context.driver, async ({ method }, next) => {
    const answer = await next();
    if (method !== 'keys.list') return answer;
    const page = answer as { readonly items: readonly { readonly name: string }[] };
    return { ...page, items: page.items.filter(({ name }) => context.isMine(name)) };
  });
  return context.open({}, only);
}

/** What `rotateDueKeys` does by the policies. */
export const dueRotationCases: readonly Case[] = [
  {
    id: 'due/rotate/once',
    title: 'rotateDueKeys rotates what is due, once, and reports it; what is not due stays',
    requires: due,
    async run(context) {
      const { clock } = context;
      const ripe = await makeAnyKey(context, { origin: 'created' });
      const young = await makeAnyKey(context, { origin: 'created' });
      const action = (time: string) =>
        ({ lifetimeActions: [{ action: 'rotate', timeAfterCreate: time }] }) as const;
      await context.manager.updateKeyRotationPolicy(ripe.name, action('PT1H'));
      await context.manager.updateKeyRotationPolicy(young.name, action('PT2H'));
      const manager = confined(context);
      deepEqual(await manager.rotateDueKeys(), [], 'nothing is due yet');
      clock.advance(hour * 1000);
      const [report, ...more] = await manager.rotateDueKeys();
      deepEqual(
        [report?.name, report?.outcome, report?.previousVersion, more],
        [ripe.name, 'rotated', ripe.version, []],
      );
      deepEqual(report?.dueOn, new Date((ripe.managed.properties.createdOn?.getTime() ?? 0) + hour * 1000));
      equal((await context.open().getKey(ripe.name)).properties.version, report?.version);
      equal((await context.open().getKey(young.name)).properties.version, young.version);
      deepEqual(await manager.rotateDueKeys(), [], 'a second run finds nothing');
    },
  },
  {
    id: 'due/rotate/two-processes-once',
    title:
      'Two processes that run rotateDueKeys at the same moment make one new version, where claims are atomic',
    requires: [...due, { trait: 'exclusive:atomic' }, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const { name } = await makeAnyKey(context, { origin: 'created' });
      await context.manager.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'PT1H' }],
      });
      context.clock.advance(hour * 1000);
      const reports = await Promise.all([
        confined(context).rotateDueKeys(),
        confined(context).rotateDueKeys(),
      ]);
      const outcomes = reports.flat().map(({ outcome }: DueRotation) => outcome);
      equal(outcomes.filter((outcome) => outcome === 'rotated').length, 1);
      equal(
        outcomes.every((outcome) => outcome === 'rotated' || outcome === 'raced'),
        true,
      );
      let versions = 0;
      for await (const _ of context.open().listPropertiesOfKeyVersions(name)) versions++;
      equal(versions, 2);
    },
  },
  {
    id: 'due/before-expiry/counts-from-the-date',
    title: 'timeBeforeExpiry counts from expiresOn; without a date nothing is ever due',
    requires: [...due, createdWith('expiresOn')],
    async run(context) {
      const { clock, manager } = context;
      const dated = await makeAnyKey(context, { origin: 'created', expiresOn: clock.dateIn(2 * hour) });
      const undated = await makeAnyKey(context, { origin: 'created' });
      const policy = { lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'PT30M' }] } as const;
      for (const { name } of [dated, undated]) await manager.updateKeyRotationPolicy(name, policy);
      clock.advance((1.5 * hour - 1) * 1000);
      deepEqual(await confined(context).rotateDueKeys(), []);
      clock.advance(1000);
      const reports = await confined(context).rotateDueKeys();
      deepEqual(
        reports.map(({ name, outcome }) => [name, outcome]),
        [[dated.name, 'rotated']],
      );
    },
  },
  {
    id: 'due/notify/reported-only',
    title: 'A notice that is due is reported, and changes nothing',
    requires: due,
    async run(context) {
      const { name, version } = await makeAnyKey(context, { origin: 'created' });
      await context.manager.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'notify', timeAfterCreate: 'PT1H' }],
      });
      context.clock.advance(hour * 1000);
      const [report] = await confined(context).rotateDueKeys();
      deepEqual([report?.name, report?.outcome, report?.version], [name, 'notify', undefined]);
      equal((await context.open().getKey(name)).properties.version, version);
    },
  },
  {
    id: 'due/disabled/stays',
    title: 'A disabled key is not rotated, however due',
    requires: [...due, { operation: 'updateKeyProperties' }, updatedWith('enabled')],
    async run(context) {
      const { name, version } = await makeAnyKey(context, { origin: 'created' });
      await context.manager.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'PT1H' }],
      });
      await context.manager.updateKeyProperties(name, { enabled: false });
      context.clock.advance(2 * hour * 1000);
      deepEqual(await confined(context).rotateDueKeys(), []);
      equal((await context.open().getKey(name)).properties.version, version);
      await context.manager.updateKeyProperties(name, { enabled: true });
      equal((await confined(context).rotateDueKeys()).length, 1);
    },
  },
];
