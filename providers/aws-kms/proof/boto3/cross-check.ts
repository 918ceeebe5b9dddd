import type { CryptographyClientOptions, KeyManager, Operation } from '@keyway/core';
import type { Boto3 } from './boto3.ts';
import { checkEncryption } from './check-encryption.ts';
import { checkMac, checkSignature } from './check-signature.ts';
import { crossKeyKind } from './cross-key-kinds.ts';
import { createCrossKeys } from './cross-keys.ts';
import type { CrossKeys } from './cross-keys.ts';
import type { CrossKnownFailure } from './cross-known-failures.ts';
import { crossPairs, describePair } from './cross-pairs.ts';
import type { CrossPair } from './cross-pairs.ts';

/** Options of {@link crossCheck}. */
export interface CrossCheckOptions {
  /** The alias under which Keyway sees a key of others by this name. */
  readonly aliasFor: (name: string) => string;
  /** Default: all of {@link crossPairs}. */
  readonly pairs?: readonly CrossPair[] | undefined;
  /** What is wrong with the emulator. Such a pair runs too: it must still fail, and in the way that is stated. */
  readonly known?: readonly CrossKnownFailure[] | undefined;
  /** Where keys come from. Default: they are made, see {@link createCrossKeys}. */
  readonly keys?: CrossKeys | undefined;
  /** Where Keyway works. Default `auto`. */
  readonly execution?: CryptographyClientOptions['execution'];
}

/** A pair, and why it failed or did not run. */
interface CrossFinding {
  readonly pair: string;
  readonly reason: string;
}

/** What has come of the pairs. */
export interface CrossCheckResult {
  /** Pairs that ran: passed, known and failed together. */
  readonly pairs: number;
  readonly passed: number;
  /** Failed as the emulator's defects let expect. */
  readonly known: readonly CrossFinding[];
  readonly failed: readonly CrossFinding[];
  /** What the vault declares that it does not do. */
  readonly notRun: readonly CrossFinding[];
  /** Signatures that node:crypto has verified besides. */
  readonly verifiedOutside: number;
}

/**
 * Lets Keyway and boto3 work on the same keys: what one has signed, authenticated or encrypted, the other one checks or
 * opens, and refuses once it is changed. Every signature is verified by node:crypto too, with the public key that boto3
 * got. Only the public contract of Keyway is used.
 */
export async function crossCheck(
  manager: KeyManager,
  boto3: Boto3,
  options: CrossCheckOptions,
): Promise<CrossCheckResult> {
  const keys = options.keys ?? createCrossKeys(manager, boto3, options.aliasFor);
  const execution = options.execution ?? 'auto';
  const known: CrossFinding[] = [];
  const failed: CrossFinding[] = [];
  const notRun: CrossFinding[] = [];
  let passed = 0;
  let verifiedOutside = 0;
  for (const pair of options.pairs ?? crossPairs) {
    const unsupported = refusal(manager, pair);
    if (unsupported !== undefined) {
      notRun.push({ pair: describePair(pair), reason: unsupported });
      continue;
    }
    const error = await failureOf(() => checkPair({ manager, boto3, keys, pair, execution }));
    if (error === undefined && pair.kind === 'sign') verifiedOutside++;
    const defect = options.known?.find(({ matches }) => matches(pair));
    const finding = judge(error, defect);
    if (finding === undefined) passed++;
    else (finding.known ? known : failed).push({ pair: describePair(pair), reason: finding.reason });
  }
  const pairs = passed + known.length + failed.length;
  return { pairs, passed, known, failed, notRun, verifiedOutside };
}

interface PairCheck {
  readonly manager: KeyManager;
  readonly boto3: Boto3;
  readonly keys: CrossKeys;
  readonly pair: CrossPair;
  readonly execution: NonNullable<CryptographyClientOptions['execution']>;
}

async function checkPair({ manager, boto3, keys, pair, execution }: PairCheck): Promise<void> {
  const key = await keys(pair.key, pair.owner);
  const use = { pair, key, boto3, client: await manager.getCryptographyClient(key.name, { execution }) };
  if (pair.kind === 'encrypt') await checkEncryption(use);
  else if (pair.kind === 'mac') await checkMac(use);
  else await checkSignature(use);
}

async function failureOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  }
}

/** Nothing for a pair that passed and was to. */
function judge(
  error: string | undefined,
  defect: CrossKnownFailure | undefined,
): { readonly known: boolean; readonly reason: string } | undefined {
  if (defect === undefined) return error === undefined ? undefined : { known: false, reason: error };
  if (error === undefined) return { known: false, reason: `passes, although ${defect.reason}` };
  return defect.expected.test(error)
    ? { known: true, reason: defect.reason }
    : { known: false, reason: `${error}, but expected was ${String(defect.expected)}` };
}

/** What the vault says it does not do. */
function refusal(manager: KeyManager, pair: CrossPair): string | undefined {
  const { keyType, options } = crossKeyKind(pair.key);
  const ask = (operation: Operation, shape: object): string | undefined => {
    const answer = manager.capabilities.supports({ operation, ...shape });
    return answer.support === 'unsupported' ? `${operation}: ${answer.reason ?? 'unsupported'}` : undefined;
  };
  const bring = pair.owner === 'own' ? 'createKey' : pair.owner === 'adopted' ? 'adoptKey' : 'getKey';
  const { size, curve } = options;
  const use = usedOperation(pair);
  return (
    ask(bring, pair.owner === 'own' ? { keyType, size, curve } : {}) ??
    ask(use, { algorithm: pair.algorithm })
  );
}

function usedOperation({ kind, form, direction }: CrossPair): Operation {
  const makes = direction === 'Keyway makes';
  if (kind === 'encrypt') {
    if (form.startsWith('wrap')) return makes ? 'wrapKey' : 'unwrapKey';
    return makes ? 'encrypt' : 'decrypt';
  }
  if (form === 'digest') return makes ? 'sign' : 'verify';
  return makes ? 'signData' : 'verifyData';
}
