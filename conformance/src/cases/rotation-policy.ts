import { deepEqual, equal } from 'node:assert/strict';
import type { KeyRotationPolicyInput } from '@keyway/core';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { hour } from '../test-clock.ts';

const policies: readonly Requirement[] = [
  anyKey,
  { operation: 'getKeyRotationPolicy' },
  { operation: 'updateKeyRotationPolicy' },
];

const full: KeyRotationPolicyInput = {
  expiresIn: 'P18M',
  lifetimeActions: [
    { action: 'rotate', timeAfterCreate: 'P1Y' },
    { action: 'notify', timeBeforeExpiry: 'P30D' },
  ],
};

/** Rotation policies: kept as written, and what later versions get by them. */
export const rotationPolicyCases: readonly Case[] = [
  {
    id: 'policy/set/kept-as-written',
    title: 'A rotation policy is kept exactly as given: its texts, its order',
    requires: policies,
    async run(context) {
      const { manager } = context;
      const { name } = await makeAnyKey(context);
      const written = await manager.updateKeyRotationPolicy(name, full);
      for (const policy of [
        written,
        await manager.getKeyRotationPolicy(name),
        await context.open().getKeyRotationPolicy(name),
      ]) {
        equal(policy.id, `${manager.vaultUri}/keys/${name}/rotationpolicy`);
        deepEqual({ expiresIn: policy.expiresIn, lifetimeActions: policy.lifetimeActions }, full);
      }
      const other = {
        expiresIn: 'PT2160H',
        lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'PT48H' }],
      } as const;
      await manager.updateKeyRotationPolicy(name, other);
      const { expiresIn, lifetimeActions } = await context.open().getKeyRotationPolicy(name);
      deepEqual({ expiresIn, lifetimeActions }, other);
    },
  },
  {
    id: 'policy/none/empty',
    title: 'A key without a policy has an empty one; a key that is not there is ERR_KEY_NOT_FOUND',
    requires: policies,
    async run(context) {
      const { name } = await makeAnyKey(context);
      const { lifetimeActions, expiresIn } = await context.manager.getKeyRotationPolicy(name);
      deepEqual([lifetimeActions, expiresIn], [[], undefined]);
      await refused(context.manager.getKeyRotationPolicy(context.newName()), 'ERR_KEY_NOT_FOUND');
      await refused(context.manager.updateKeyRotationPolicy(context.newName(), full), 'ERR_KEY_NOT_FOUND');
    },
  },
  {
    id: 'policy/malformed/refused',
    title: 'A policy that is malformed is refused before the vault, and the former one stays',
    requires: policies,
    async run(context) {
      const { name } = await makeAnyKey(context);
      await context.manager.updateKeyRotationPolicy(name, full);
      context.calls.clear();
      const rotate = { action: 'rotate', timeAfterCreate: 'P1D' } as const;
      const wrong: readonly unknown[] = [
        { expiresIn: '90 days' },
        { expiresIn: 'P-1D' },
        { expiresIn: 'P1.5D' },
        { lifetimeActions: [{ action: 'rotate' }] },
        { lifetimeActions: [{ ...rotate, timeBeforeExpiry: 'P1D' }] },
        { lifetimeActions: [{ action: 'destroy', timeAfterCreate: 'P1D' }] },
        { lifetimeActions: [rotate, rotate] },
        { colour: 'blue' },
        '{}',
      ];
      for (const policy of wrong) {
        await refused(
          context.manager.updateKeyRotationPolicy(name, policy as KeyRotationPolicyInput),
          'ERR_INVALID_ARGUMENT',
        );
      }
      equal(context.calls.count('rotation.writePolicy'), 0, 'refused before any request');
      equal((await context.open().getKeyRotationPolicy(name)).expiresIn, full.expiresIn);
    },
  },
  {
    id: 'policy/versions/later-ones-expire',
    title: 'A policy changes no existing version; a later one without a date of its own expires by it',
    requires: [...policies, anyCreated, { operation: 'rotateKey' }, createdWith('expiresOn')],
    async run(context) {
      const { manager, clock } = context;
      const key = await makeAnyKey(context, { origin: 'created' });
      await manager.updateKeyRotationPolicy(key.name, { expiresIn: 'P30D' });
      equal(
        (await context.open().getKey(key.name)).properties.expiresOn,
        undefined,
        'the existing version stays',
      );
      const within = (date: Date | undefined, from: Date | undefined): number =>
        ((date?.getTime() ?? 0) - (from?.getTime() ?? 0)) / 1000;
      const rotated = (await manager.rotateKey(key.name)).properties;
      equal(within(rotated.expiresOn, rotated.createdOn), 30 * 24 * hour, 'rotated');
      const created = (await makeAnyKey(context, { origin: 'created', name: key.name })).managed.properties;
      equal(within(created.expiresOn, created.createdOn), 30 * 24 * hour, 'created');
      const own = clock.dateIn(777);
      const dated = await makeAnyKey(context, { origin: 'created', name: key.name, expiresOn: own });
      deepEqual(dated.managed.properties.expiresOn, own, 'its own date wins');
      deepEqual((await context.open().getKey(key.name)).properties.expiresOn, own);
    },
  },
];
