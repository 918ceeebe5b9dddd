import { randomUUID } from 'node:crypto';
import type { Call } from '@keyway/core/driver';
import { openVault } from '../src/open-vault.ts';
import type { OpenedVault, VaultParts } from '../src/open-vault.ts';
import { probeToken } from '../src/probe-token.ts';
import { openToken } from '../src/token/open-token.ts';
import type { Token } from '../src/token/token.ts';
import type { TokenFeatures } from '../src/token-features.ts';
import { createSettings } from '../src/vault-settings.ts';
import { testCall } from './test-call.ts';
import { softHsmToken } from './fixtures/soft-tokens.ts';

/** An open token with its features. */
export interface TestToken {
  readonly token: Token;
  readonly features: TokenFeatures;
  readonly module: string;
  readonly label: string;
  readonly pin: string;
}

let shared: Promise<TestToken> | undefined;

async function open(): Promise<TestToken> {
  const made = await softHsmToken();
  const { module, label, pin } = made;
  const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
  const token = await openToken({ module, label, pin: octets, workers: 2 });
  return { token, features: await probeToken(token, testCall()), module, label, pin };
}

/** The token of this process. */
export function testToken(): Promise<TestToken> {
  return (shared ??= open());
}

type TestParts = Pick<VaultParts, 'token' | 'features'>;

/** A namespace that nobody else has. */
export const freshNamespace = (): string => `t${randomUUID().slice(0, 8)}`;

/** Opens a vault of a namespace on the token of this process. */
export async function testVault(
  values: Partial<VaultParts> = {},
  call: Call = testCall(),
): Promise<OpenedVault> {
  const { token, features } =
    values.token === undefined || values.features === undefined ? await testToken() : (values as TestParts);
  const namespace = values.namespace ?? freshNamespace();
  return openVault(
    {
      token,
      features,
      plainImport: false,
      checkSignatures: 'none',
      identity: `pkcs11://test/${namespace}`,
      settings: createSettings({}),
      ...values,
      namespace,
    },
    call,
  );
}
