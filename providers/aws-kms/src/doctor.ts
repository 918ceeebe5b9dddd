import type { Call } from '@keyway/core/driver';
import { translateError } from './translate-error.ts';
import { findInPermissions, forbidden } from './doctor-access.ts';
import { takeInventory } from './doctor-inventory.ts';
import type { Inventory } from './doctor-inventory.ts';
import { findInName } from './doctor-names.ts';
import { findOrphans } from './doctor-orphans.ts';
import { findInPolicies } from './doctor-policies.ts';
import type { Finding } from './finding.ts';
import { isPending } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import { classify } from './classify.ts';
import type { KmsVault } from './vault.ts';

/** Advice by the code of an error that ends a diagnosis before it has begun. */
const advices: Readonly<Partial<Record<string, string>>> = {
  ERR_UNAUTHENTICATED:
    'Look at the credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID, the role of the machine, its clock',
  ERR_UNAVAILABLE: 'Look at the region and the endpoint, and at the way there: proxy, VPC endpoint, firewall',
};

function noAccess(error: unknown): Finding {
  const { code } = classify(error);
  if (code === 'ERR_PERMISSION_DENIED') return forbidden('kms:ListAliases or kms:DescribeKey');
  return {
    severity: 'error',
    what: 'no-access',
    message: translateError(error, 'diagnose').message,
    advice: advices[code] ?? 'See the cause in the documentation of AWS',
  };
}

/** A part of the diagnosis that came to nothing. */
function notExamined(what: string, error: unknown): Finding {
  return {
    severity: 'warning',
    what: 'not-examined',
    message: `Not looked at: ${what}. ${translateError(error, 'diagnose').message}`,
    advice:
      advices[classify(error).code] ??
      'Diagnose again; if it stays, see the cause in the documentation of AWS',
  };
}

/** Our own versions behind the names, each once. */
function ownKeys({ names }: Inventory): readonly KmsKey[] {
  const keys = names.flatMap(({ pointer, claims }) => [
    ...claims.values(),
    ...(pointer === undefined ? [] : [pointer]),
  ]);
  return [...new Map(keys.filter(({ record }) => record !== undefined).map((key) => [key.id, key])).values()];
}

/**
 * Looks through a vault for what does not work, is half done or left over, and says what to do about it. It changes
 * nothing. It reads every alias and key of the account and region, so it takes long where there are many.
 *
 * @throws Nothing but the abort of the call: what else goes wrong is a finding.
 */
export async function diagnose(vault: KmsVault, call: Call): Promise<readonly Finding[]> {
  let inventory: Inventory;
  try {
    // The first request says whether region, credentials and endpoint serve at all.
    inventory = await takeInventory(vault, call);
  } catch (error) {
    call.signal.throwIfAborted();
    return [noAccess(error)];
  }
  const outside = inventory.outside.map(({ AliasName, TargetKeyId }): Finding => ({
    severity: 'note',
    what: 'alias-outside-scheme',
    message: 'An alias under the prefix of this vault means nothing to it',
    advice: 'Leave the prefix to the vault: rename the alias',
    alias: AliasName,
    keyId: TargetKeyId,
  }));
  const own = ownKeys(inventory).filter((key) => !isPending(key));
  const rest = [
    ['KMS keys without an alias', () => findOrphans(vault, inventory, call)],
    ['key policies', () => findInPolicies(vault, own, call)],
    ['permissions', () => findInPermissions(vault, own, call)],
  ] as const;
  const findings = [...outside, ...inventory.names.flatMap(findInName)];
  for (const [what, look] of rest) {
    try {
      findings.push(...(await look()));
    } catch (error) {
      call.signal.throwIfAborted();
      findings.push(notExamined(what, error));
    }
    // A request that was ended says nothing, neither for a finding nor against it.
    call.signal.throwIfAborted();
  }
  return findings;
}

/** Options of {@link Diagnose}. */
export interface DiagnoseOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Looks through the vault; see {@link diagnose}. */
export type Diagnose = (options?: DiagnoseOptions) => Promise<readonly Finding[]>;

/** Makes {@link Diagnose} for an open vault. */
export function createDiagnose(vault: KmsVault): Diagnose {
  return ({ signal = new AbortController().signal } = {}) =>
    diagnose(vault, {
      signal,
      deadline: Number.POSITIVE_INFINITY,
      requestId: undefined,
      now: Math.floor(Date.now() / 1000),
    });
}
