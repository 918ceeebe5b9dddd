import { AssertionError } from 'node:assert';
import { equal } from 'node:assert/strict';
import type { CreateKeyOptions, KeyManager } from '@keyway/core';
import { signatureRows } from '../algorithm-ids.ts';
import type { CaseContext } from '../case-context.ts';
import { failure, refused } from '../expect.ts';
import { kindOf, kindQuery } from '../key-kinds.ts';
import { makeAnyKey } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import { isSupported } from '../requires.ts';
import { makeSigningKey, message } from '../sign-with.ts';
import { testKey } from '../test-keys.ts';
import type { TraitName } from '../traits.ts';

type Try = (context: CaseContext, argument: string) => Promise<void>;

/**
 * Tries what a trait would allow, where it is not declared. A trait without a try here is one of a pair
 * (`exclusive:atomic` and `exclusive:none`), whose other half has cases of its own.
 */
export async function tryWithoutTrait(context: CaseContext, trait: TraitName): Promise<void> {
  const [kind = '', argument = ''] = trait.split(':');
  await tries[kind]?.(context, argument);
}

const sample: Readonly<Record<string, (context: CaseContext) => Partial<CreateKeyOptions>>> = {
  tags: () => ({ tags: { purpose: 'test' } }),
  enabled: () => ({ enabled: false }),
  notBefore: ({ clock }) => ({ notBefore: clock.dateIn(60) }),
  expiresOn: ({ clock }) => ({ expiresOn: clock.dateIn(3600) }),
  backup: () => ({ backup: true }),
  exportable: () => ({ exportable: true, releasePolicy: { encodedPolicy: new TextEncoder().encode('{}') } }),
  releasePolicy: () => ({
    exportable: true,
    releasePolicy: { encodedPolicy: new TextEncoder().encode('{}') },
  }),
  keyOperations: () => ({ keyOperations: ['verify'] }),
};

const tries: Readonly<Record<string, Try>> = {
  member: async (context, argument) => {
    const [operation = '', member = ''] = argument.split('.');
    const options = sample[member]?.(context);
    if (options === undefined) return;
    if (operation === 'createKey' || operation === 'importKey') {
      const origin = operation === 'createKey' ? 'created' : 'imported';
      const made = makeAnyKey(context, { origin, ...options });
      await refusedUnsent(context, made, 'keys.create', 'keys.import');
      return;
    }
    if (operation !== 'updateKeyProperties') return;
    const { name } = await makeAnyKey(context);
    const { exportable: _, ...changes } = options;
    await refusedUnsent(context, context.manager.updateKeyProperties(name, changes), 'keys.update');
  },
  requestId: async (context, argument) => {
    const { name } = await makeAnyKey(context);
    const run = withRequestId[argument];
    if (run !== undefined) {
      await refusedUnsent(context, run(context.manager, name), 'rotation.rotate', 'other.restore');
    }
  },
  remote: async (context, argument) => {
    const [operation = '', algorithm = ''] = argument.split('.');
    const row = signatureRows.find(({ name }) => name === algorithm);
    if (row === undefined || (operation !== 'verify' && operation !== 'verifyData')) return;
    const { name } = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(name, { execution: 'remote' });
    await refusedUnsent(context, client.verifyData(row.name, message, new Uint8Array(64)), 'cryptography');
  },
  usage: async (context) => {
    const rsa = kindOf('rsa-2048');
    const keyOperations = ['sign', 'decrypt'] as const;
    if (!isSupported(context.capabilities, kindQuery('createKey', rsa))) return;
    const name = context.newName();
    await refusedUnsent(context, context.manager.createRsaKey(name, { keyOperations }), 'keys.create');
    const request = { name, keyType: 'RSA', size: 2048, keyOperations, enabled: true, tags: {} } as const;
    if (
      (await failure(Promise.resolve(context.driver.keys.create?.(request, context.call())))) === undefined
    ) {
      throw new AssertionError({ message: 'usage is declared as one, but the driver makes a key of both' });
    }
  },
  context: async (context) => {
    const { name } = await makeKey(context, kindOf('oct-256'));
    const client = await context.manager.getCryptographyClient(name);
    const [algorithm] = client.algorithms('encrypt');
    if (algorithm !== 'provider' && algorithm !== 'A256GCM') return;
    const running = client.encrypt(algorithm, new Uint8Array(8), { context: { purpose: 'test' } });
    await refusedUnsent(context, running, 'cryptography');
  },
};

const withRequestId: Readonly<Record<string, (manager: KeyManager, name: string) => Promise<unknown>>> = {
  createKey: (manager, name) => manager.createKey(name, 'EC', { requestId: 'suite-1' }),
  importKey: async (manager, name) =>
    manager.importKey(name, await testKey(kindOf('p-256')), { requestId: 'suite-1' }),
  rotateKey: (manager, name) => manager.rotateKey(name, { requestId: 'suite-1' }),
  restoreKeyBackup: (manager) => manager.restoreKeyBackup(new Uint8Array(64), { requestId: 'suite-1' }),
};

async function refusedUnsent(
  context: CaseContext,
  running: Promise<unknown>,
  ...methods: readonly string[]
): Promise<void> {
  const before = methods.map((method) => context.calls.count(method)).join(' ');
  // A vault that knows no tags may also say that their number is limited to none.
  if (context.capabilities.limits.maxTags === 0)
    await refused(running, 'ERR_UNSUPPORTED', 'ERR_INVALID_ARGUMENT');
  else await refused(running, 'ERR_UNSUPPORTED');
  equal(methods.map((method) => context.calls.count(method)).join(' '), before, 'refused before any request');
}
