import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Case } from '../case.ts';
import type { CaseContext } from '../case-context.ts';
import { refused } from '../expect.ts';
import { InjectedError, lasting, passing, withFaults } from '../flaky-driver.ts';
import { anyCreated, anyKey, makeAnyKey } from '../make-any-key.ts';
import { useOf } from '../use-key.ts';

const lost = new InjectedError(
  { code: 'ERR_UNAVAILABLE', retry: 'safe', outcome: 'unknown' },
  'the answer was lost',
);

async function versionsOf(context: CaseContext, name: string): Promise<readonly string[]> {
  const versions: string[] = [];
  for await (const each of context.open().listPropertiesOfKeyVersions(name))
    versions.push(each.version ?? '');
  return versions;
}

const visible: readonly Case[] = [
  {
    id: 'retry/read/not-visible',
    title:
      'A read that fails in passing is repeated, with growing pauses, and the caller sees the answer only',
    requires: [anyKey],
    async run(context) {
      const key = await makeAnyKey(context);
      const flaky = withFaults(context.driver, 'keys.read', [
        passing('ERR_UNAVAILABLE'),
        passing('ERR_UNAVAILABLE'),
      ]);
      deepEqual(await context.open({}, flaky).getKey(key.name), key.managed);
      equal(context.pauses.length, 2);
      const [first = 0, second = 0] = context.pauses;
      ok(first > 0 && second > first, 'the pauses grow');
    },
  },
  {
    id: 'retry/use/not-visible',
    title: 'A use of a key that fails in passing is repeated and signs once for the caller',
    requires: useOf('signData').requires,
    async run(context) {
      const used = await useOf('signData').prepare(context);
      const flaky = withFaults(context.driver, 'cryptography.sign', [passing('ERR_UNAVAILABLE')]);
      await used.useThrough(context.open({}, flaky), 'auto');
      equal(context.pauses.length, 1);
    },
  },
  {
    id: 'retry/throttled/waits-as-told',
    title: 'A vault that asks for fewer requests is given the time it asked for',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const flaky = withFaults(context.driver, 'keys.read', [passing('ERR_THROTTLED', 7000)]);
      equal((await context.open({}, flaky).getKey(name)).name, name);
      ok((context.pauses[0] ?? 0) >= 7000, 'no sooner than it was told');
    },
  },
  {
    id: 'retry/lasting/not-repeated',
    title: 'What will not pass is not repeated: a permanent quota, a refusal, an unknown error',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      for (const code of ['ERR_QUOTA_EXCEEDED', 'ERR_PERMISSION_DENIED', 'ERR_UNKNOWN'] as const) {
        context.calls.clear();
        const error = await refused(
          context.open({}, withFaults(context.driver, 'keys.read', [lasting(code)])).getKey(name),
          code,
        );
        deepEqual([error.retryable, context.calls.count('keys.read')], [false, 0]);
      }
      equal(context.pauses.length, 0);
      equal((await context.open().getKey(name)).name, name);
    },
  },
  {
    id: 'retry/deadline/ends',
    title: 'Repeating ends with the attempts that are allowed, and the last error is given',
    requires: [anyKey],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const errors = Array.from({ length: 9 }, () => passing('ERR_UNAVAILABLE'));
      const manager = context.open(
        { retry: { maxAttempts: 3 } },
        withFaults(context.driver, 'keys.read', errors),
      );
      const error = await refused(manager.getKey(name), 'ERR_UNAVAILABLE');
      equal(error.cause, errors[2], 'the cause is the very error of the vendor');
      equal(error.retryable, true);
      equal(context.pauses.length, 2);
    },
  },
];

const doubtful: readonly Case[] = [
  {
    id: 'retry/lost-create/one-version',
    title:
      'A creation whose answer was lost is settled: one version and its result, or ERR_OUTCOME_UNKNOWN; never two',
    requires: [anyCreated, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const name = context.newName();
      const flaky = withFaults(context.driver, 'keys.create', [lost], 'after');
      const keeps = context.capabilities.requestId.createKey !== 'none';
      const making = makeAnyKey(context, { origin: 'created', name, manager: context.open({}, flaky) });
      await settled(
        context,
        name,
        making.then(({ version }) => version),
        keeps,
        1,
      );
    },
  },
  {
    id: 'retry/lost-rotation/one-version',
    title:
      'A rotation whose answer was lost is settled: one new version and its result, or ERR_OUTCOME_UNKNOWN',
    requires: [anyKey, { operation: 'rotateKey' }, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const flaky = withFaults(context.driver, 'rotation.rotate', [lost], 'after');
      const keeps = context.capabilities.requestId.rotateKey !== 'none';
      const rotating = context.open({}, flaky).rotateKey(name);
      await settled(
        context,
        name,
        rotating.then(({ properties }) => properties.version ?? ''),
        keeps,
        2,
      );
    },
  },
  {
    id: 'retry/lost-delete/done-once',
    title: 'A deletion whose answer was lost is repeated, and gives the deleted key',
    requires: [anyKey, { operation: 'beginDeleteKey' }, { operation: 'getDeletedKey' }],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const flaky = withFaults(context.driver, 'deletion.delete', [lost], 'after');
      const deleted = await (await context.open({}, flaky).beginDeleteKey(name)).pollUntilDone();
      equal(deleted.id, managed.id);
      await refused(context.open().getKey(name), 'ERR_KEY_NOT_FOUND');
    },
  },
  {
    id: 'retry/lost-purge/done-once',
    title: 'A purge whose answer was lost is repeated, and succeeds',
    requires: [
      anyKey,
      { operation: 'beginDeleteKey' },
      { operation: 'purgeDeletedKey' },
      { operation: 'getDeletedKey' },
    ],
    async run(context) {
      const { name } = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await context
        .open({}, withFaults(context.driver, 'deletion.purge', [lost], 'after'))
        .purgeDeletedKey(name);
      await refused(context.open().getDeletedKey(name), 'ERR_KEY_NOT_FOUND');
    },
  },
  {
    id: 'retry/lost-update/done-once',
    title: 'A change whose answer was lost is repeated, and stands',
    requires: [
      anyCreated,
      { operation: 'updateKeyProperties' },
      { trait: 'member:updateKeyProperties.enabled' },
    ],
    async run(context) {
      const { name } = await makeAnyKey(context, { origin: 'created' });
      const flaky = withFaults(context.driver, 'keys.update', [lost], 'after');
      equal(
        (await context.open({}, flaky).updateKeyProperties(name, { enabled: false })).properties.enabled,
        false,
      );
      equal((await context.open().getKey(name)).properties.enabled, false);
    },
  },
];

/** Where the vault keeps request ids the result must come; elsewhere the outcome is unknown and names what appeared. */
async function settled(
  context: CaseContext,
  name: string,
  making: Promise<string>,
  keeps: boolean,
  count: number,
): Promise<void> {
  if (keeps) {
    const version = await making;
    equal((await context.open().getKey(name)).properties.version, version, 'the result is what was made');
  } else {
    const error = await refused(making, 'ERR_OUTCOME_UNKNOWN');
    equal(error.retryable, false);
    const current = (await context.open().getKey(name)).properties.version ?? '';
    ok(error.versions?.includes(current), 'it names the version that appeared');
  }
  equal((await versionsOf(context, name)).length, count, 'nothing was made twice');
}

/** Retries and doubtful outcomes, with faults on the wire of a vault that is well. */
export const retryCases: readonly Case[] = [...visible, ...doubtful];
