import type { Call } from '@keyway/core/driver';
import { forbidden, isForbidden } from './doctor-access.ts';
import type { Finding } from './finding.ts';
import type { KmsKey } from './kms-key.ts';
import { isNotFound } from './run-steps.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: unknown;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** The statements of a policy document; none where it is not one. */
function statementsOf(policy: string | undefined): readonly Statement[] {
  try {
    const { Statement: statements } = JSON.parse(policy ?? '{}') as { readonly Statement?: unknown };
    return listOf(statements).filter((each): each is Statement => typeof each === 'object' && each !== null);
  } catch {
    return [];
  }
}

function principalsOf({ Principal }: Statement): readonly unknown[] {
  if (typeof Principal !== 'object' || Principal === null) return [Principal];
  return listOf((Principal as { readonly AWS?: unknown }).AWS);
}

const coversAll = ({ Action }: Statement): boolean =>
  listOf(Action).some((action) => action === '*' || action === 'kms:*');

/** Whether IAM policies of the account have a say over the key: by AWS's default statement, or one like it. */
function trustsAccount(statement: Statement, account: string): boolean {
  const whole = new RegExp(`^(?:\\*|${account}|arn:[a-z-]+:iam::${account}:root)$`);
  const named = principalsOf(statement).some((each) => typeof each === 'string' && whole.test(each));
  return statement.Effect === 'Allow' && coversAll(statement) && statement.Condition === undefined && named;
}

const deniesAll = (statement: Statement): boolean =>
  statement.Effect === 'Deny' &&
  coversAll(statement) &&
  statement.Condition === undefined &&
  principalsOf(statement).includes('*');

function judge(key: KmsKey, policy: string | undefined, account: string): readonly Finding[] {
  const statements = statementsOf(policy);
  const keyId = key.id;
  const name = key.record?.name;
  if (statements.some(deniesAll)) {
    return [
      {
        severity: 'error',
        what: 'policy-denies-all',
        message: 'The policy of the key denies everything to everybody',
        advice: 'Take the statement out of the policy; where PutKeyPolicy is refused too, ask AWS Support',
        name,
        keyId,
      },
    ];
  }
  if (statements.some((statement) => trustsAccount(statement, account))) return [];
  return [
    {
      severity: 'warning',
      what: 'policy-without-account',
      message:
        'The policy of the key does not let the account decide: who is named in it and goes leaves it to nobody',
      advice: `Add AWS's default statement: kms:* for arn:aws:iam::${account}:root`,
      name,
      keyId,
    },
  ];
}

/** Looks for key policies that lock us out, or could. */
export async function findInPolicies(
  vault: KmsVault,
  keys: readonly KmsKey[],
  call: Call,
): Promise<readonly Finding[]> {
  const found = await pipelined(keys, async (key) => {
    try {
      const { Policy } = await vault.client.getKeyPolicy({ KeyId: key.id }, { abortSignal: call.signal });
      return judge(key, Policy, vault.account);
    } catch (error) {
      if (isForbidden(error))
        return [{ ...forbidden('kms:GetKeyPolicy', key.id), severity: 'note' as const }];
      if (isNotFound(error)) return [];
      throw error;
    }
  });
  return found.flat();
}
