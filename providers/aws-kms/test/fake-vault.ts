import { randomUUID } from 'node:crypto';
import type { Call, KeyDriver, NewVersionRequest } from '@keyway/core/driver';
import { createAliasScheme } from '../src/aliases.ts';
import { createAwsKmsDriver } from '../src/driver.ts';
import type { KmsVault } from '../src/vault.ts';
import { account, region } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';

export const prefix = 'test';

/** A vault on a fake, as a process of its own would open it: it waits for nothing. */
export function fakeVault(fake: FakeKms, more: Partial<KmsVault> = {}): KmsVault {
  return {
    client: fake.client,
    identity: `awskms://aws/${account}/${region}/${prefix}`,
    account,
    prefix,
    aliases: createAliasScheme(prefix),
    deletionWindowInDays: 30,
    without: [],
    publicKeys: new Map(),
    sleep: (_, signal) => {
      signal.throwIfAborted();
      return Promise.resolve();
    },
    ...more,
  };
}

/** The driver of such a vault. */
export function fakeDriver(fake: FakeKms, more: Partial<KmsVault> = {}): KeyDriver {
  return createAwsKmsDriver(fakeVault(fake, more), () => undefined);
}

export const epochNow = (): number => Math.floor(Date.now() / 1000);

/** What accompanies a request. */
export function fakeCall(more: Partial<Call> = {}): Call {
  const signal = new AbortController().signal;
  return { signal, deadline: Date.now() + 60_000, requestId: randomUUID(), now: epochNow(), ...more };
}

/** A request for an elliptic-curve key that signs. */
export function ecRequest(name: string, more: Partial<NewVersionRequest> = {}): NewVersionRequest {
  return {
    name,
    keyType: 'EC',
    curve: 'P-256',
    keyOperations: ['sign', 'verify'],
    enabled: true,
    tags: {},
    ...more,
  };
}

/** A method of a driver that is there. */
export function there<Method>(method: Method | undefined): Method {
  if (method === undefined) throw new Error('The driver lacks the method');
  return method;
}
