import { deepEqual, equal, ok } from 'node:assert/strict';
import { isKeyManagerError, keyManagerErrorCodes } from '@keyway/core';
import type { KeyManagerErrorCode } from '@keyway/core';
import type { Case } from '../case.ts';
import { failure, refused } from '../expect.ts';
import { InjectedError, lasting, withAnswers, withFaults } from '../flaky-driver.ts';
import { anyKey, makeAnyKey } from '../make-any-key.ts';
import { useOf } from '../use-key.ts';

/** The codes that only core itself gives. */
const coreOnly: ReadonlySet<KeyManagerErrorCode> = new Set([
  'ERR_ABORTED',
  'ERR_CLOSED',
  'ERR_OUTCOME_UNKNOWN',
]);

const everyCode = keyManagerErrorCodes
  .filter((code) => !coreOnly.has(code))
  .map((code): Case => ({
    id: `errors/${code.slice(4).toLowerCase().replaceAll('_', '-')}/reaches-the-caller`,
    title: `What a driver classifies as ${code} reaches the caller as that, with its cause untouched`,
    requires: [anyKey],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const thrown = lasting(code);
      const faulty = context.open({}, withFaults(context.driver, 'keys.read', [thrown]));
      const error = await refused(faulty.getKey(name), code);
      equal(error.cause, thrown, 'the very object that the driver threw');
      deepEqual(
        [error.provider, error.operation, error.retryable],
        [context.driver.provider, 'getKey', false],
      );
      ok(error.keyId?.includes(name), 'it names the key');
      ok(error instanceof Error && isKeyManagerError(error) && error.name === 'KeyManagerError');
      deepEqual(await faulty.getKey(name), managed, 'the vault is well');
    },
  }));

const others: readonly Case[] = [
  {
    id: 'errors/outcome-unknown/from-a-lost-answer',
    title: 'A lost answer that reading cannot explain is ERR_OUTCOME_UNKNOWN, and is not repeated',
    requires: [anyKey, { operation: 'rotateKey' }, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      const lost = new InjectedError({ code: 'ERR_UNKNOWN', retry: 'never', outcome: 'unknown' });
      const faulty = withFaults(context.driver, 'rotation.rotate', [lost]);
      const error = await refused(context.open({}, faulty).rotateKey(name), 'ERR_OUTCOME_UNKNOWN');
      equal(error.retryable, false);
      ok(Array.isArray(error.versions), 'it names the versions that appeared');
      await context.manager.rotateKey(name);
    },
  },
  {
    id: 'errors/state/read-where-the-error-is-silent',
    title:
      "Where the vendor's error does not say which state is to blame, the state is read and decides the code",
    requires: [...useOf('signData').requires, { operation: 'updateKeyProperties' }],
    async run(context) {
      const used = await useOf('signData').prepare(context);
      const vague = new InjectedError({
        code: 'ERR_CONFLICT',
        retry: 'never',
        outcome: 'none',
        readState: true,
      });
      const faulty = withFaults(context.driver, 'cryptography.sign', [vague, vague]);
      const manager = context.open({ stateTtl: 300_000 }, faulty);
      await refused(used.useThrough(manager, 'auto'), 'ERR_CONFLICT');
      const client = await manager.getCryptographyClient(used.name);
      await context.open().updateKeyProperties(used.name, { enabled: false });
      const failed = await failure(client.signData(used.algorithm as 'ES256', new Uint8Array(4)));
      ok(
        isKeyManagerError(failed?.thrown) && failed.thrown.code === 'ERR_KEY_DISABLED',
        'the state table decides',
      );
    },
  },
  {
    id: 'errors/garbage/is-unknown',
    title: 'A driver that answers with garbage, or with another key, is ERR_UNKNOWN, never a wrong result',
    requires: [anyKey],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const other = await makeAnyKey(context);
      const otherRecord = await context.driver.keys.read?.({ name: other.name }, context.call());
      for (const garbage of [undefined, null, 7, 'key', {}, [], otherRecord]) {
        const manager = context.open(
          {},
          withAnswers(context.driver, 'keys.read', () => garbage),
        );
        await refused(manager.getKey(name), 'ERR_UNKNOWN');
      }
      deepEqual(await context.open().getKey(name), managed);
    },
  },
  {
    id: 'errors/version/of-another-refused',
    title: 'A result that the vault says came from another version is refused',
    requires: useOf('signData').requires,
    async run(context) {
      const used = await useOf('signData').prepare(context);
      const swapped = withAnswers(context.driver, 'cryptography.sign', (real) => ({
        ...(real as object),
        version: 'another',
      }));
      await refused(
        used.useThrough(context.open({}, swapped), 'auto'),
        'ERR_UNKNOWN',
        'ERR_INTEGRITY',
        'ERR_CONFLICT',
      );
      await used.use();
    },
  },
  {
    id: 'errors/hanging/times-out',
    title: 'A driver that hangs ends as ERR_TIMEOUT after the time allowed, and its signal fires',
    requires: [anyKey],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      let fired = false;
      const { read } = context.driver.keys;
      const hanging = {
        ...context.driver,
        keys: {
          ...context.driver.keys,
          read: (_request: unknown, call: { readonly signal: AbortSignal }) => {
            call.signal.addEventListener('abort', () => (fired = true));
            return new Promise<never>(() => undefined);
          },
        },
      };
      ok(read !== undefined);
      const manager = context.open({ timeout: 20, retry: { maxAttempts: 1 } }, hanging);
      await refused(manager.getKey(name), 'ERR_TIMEOUT');
      ok(fired, 'the driver was told');
      deepEqual(await context.open().getKey(name), managed);
    },
  },
];

/** Every code that a driver can cause, and drivers that misbehave. */
export const errorCases: readonly Case[] = [...everyCode, ...others];
