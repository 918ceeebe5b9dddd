import { deepEqual, equal, ok } from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import type { OperationEvent } from '@keyway/core';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyKey, makeAnyKey } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import { importOf, kindOf } from '../key-kinds.ts';
import { testKey } from '../test-keys.ts';
import { useOf } from '../use-key.ts';

/** Authenticated encryption, of which a vault has one or the other. */
const sealing = ['A256GCM', 'provider'] as const;

/** Collects what the tracing channel says while something runs. */
async function observed(
  run: () => Promise<void>,
): Promise<readonly { when: string; event: OperationEvent }[]> {
  const seen: { when: string; event: OperationEvent }[] = [];
  const note = (when: string) => (event: OperationEvent) => void seen.push({ when, event: { ...event } });
  const channel = tracingChannel<OperationEvent>('keyway:operation');
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  channel.subscribe(subscribers);
  try {
    await run();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return seen;
}

/** What subscribers of the tracing channels see, and what they never see. */
export const observationCases: readonly Case[] = [
  {
    id: 'observation/operation/told',
    title: 'An operation tells its name, provider, key and duration; a failed one its code',
    requires: [anyKey],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const seen = await observed(async () => {
        await context.manager.getKey(name);
        await refused(context.manager.getKey(context.newName()), 'ERR_KEY_NOT_FOUND');
      });
      deepEqual(
        seen.filter(({ when }) => when === 'start').map(({ event }) => [event.operation, event.provider]),
        Array.from({ length: 2 }, () => ['getKey', context.driver.provider]),
      );
      ok(seen.every(({ event }) => event.keyId?.startsWith(`${context.manager.vaultUri}/keys/`)));
      const ends = seen.filter(({ when }) => when === 'asyncEnd').map(({ event }) => event);
      ok(
        ends.every(({ durationMs }) => (durationMs ?? -1) >= 0),
        'the end knows the duration',
      );
      deepEqual(
        ends.map(({ errorCode }) => errorCode),
        [undefined, 'ERR_KEY_NOT_FOUND'],
      );
      equal(managed.name, name);
    },
  },
  {
    id: 'observation/algorithm/told',
    title: 'A use of a key tells the algorithm and the very version',
    requires: useOf('signData').requires,
    async run(context) {
      const used = await useOf('signData').prepare(context);
      const seen = await observed(() => used.use());
      const event = seen.find(({ event: { operation } }) => operation === 'signData')?.event;
      equal(event?.algorithm, used.algorithm);
      equal(event?.keyId, `${context.manager.vaultUri}/keys/${used.name}/${used.version}`);
    },
  },
  {
    id: 'observation/payload/never-told',
    title: 'No key, plaintext or tag ever reaches a subscriber, an error or its stack',
    requires: [
      importOf(kindOf('oct-256')),
      { anyOf: sealing.map((algorithm) => ({ operation: 'encrypt', algorithm })) },
      { anyOf: sealing.map((algorithm) => ({ operation: 'decrypt', algorithm })) },
    ],
    async run(context) {
      const secret = 'canary-in-the-plaintext';
      const errors: unknown[] = [];
      const seen = await observed(async () => {
        const keyOperations = ['encrypt', 'decrypt'] as const;
        const key = await makeKey(context, kindOf('oct-256'), { origin: 'imported', keyOperations });
        const client = await context.manager.getCryptographyClient(key.name);
        const algorithm = sealing.find((each) => client.algorithms('encrypt').includes(each)) ?? 'provider';
        const { ciphertext, iv, authenticationTag } = await client.encrypt(algorithm, Buffer.from(secret));
        const options = algorithm === 'provider' ? {} : { iv, authenticationTag };
        await client.decrypt(algorithm, ciphertext, options);
        const forged = Uint8Array.from(ciphertext);
        forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
        errors.push(await refused(client.decrypt(algorithm, forged, options), 'ERR_INTEGRITY'));
      });
      ok(seen.length >= 8, 'everything was observed');
      const key = await testKey(kindOf('oct-256'));
      const said = errors.map((error) => (error as Error).stack ?? '').join('\n') + JSON.stringify(seen);
      for (const canary of [secret, Buffer.from(secret).toString('base64url'), key.k ?? '?']) {
        equal(said.includes(canary), false, 'nothing of it is said');
      }
      const known = ['operation', 'provider', 'keyId', 'algorithm', 'durationMs', 'errorCode'];
      ok(
        seen.every(({ event }) => Object.keys(event).every((member) => known.includes(member))),
        'names and numbers only',
      );
    },
  },
];
