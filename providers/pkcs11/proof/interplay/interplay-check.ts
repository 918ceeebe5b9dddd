import type { Capabilities, KeyManager, Operation } from '@keyway/core';
import type { LibraryToken } from '@keyway/conformance/emulators';
import { checkPair } from './check-pair.ts';
import { createInterplayKeys } from './interplay-keys.ts';
import { kindRow } from './interplay-methods.ts';
import { describePair, interplayPairs, nothingToRun } from './interplay-pairs.ts';
import type { InterplayPair, Partner } from './interplay-pairs.ts';
import { knownFailures } from './known-failures.ts';
import type { KnownFailure } from './known-failures.ts';
import { opensslAlone, opensslEngine } from './openssl.ts';
import type { Other } from './other-side.ts';
import { pkcs11Tool } from './pkcs11-tool.ts';
import { outsideOf } from './run-outside.ts';
import type { SoftToken } from '@keyway/conformance/emulators';

/** A pair, and why it failed or did not run. */
interface Finding {
  readonly pair: string;
  readonly reason: string;
}

/** What has come of the pairs: each is in one of the lists. */
export interface InterplayResult {
  readonly passed: readonly string[];
  /** Ran and failed, as something that is known lets expect. */
  readonly known: readonly Finding[];
  readonly failed: readonly Finding[];
  /** There is nothing to run: the token has no such algorithm, or the other program no such key. */
  readonly notRun: readonly Finding[];
}

/** What {@link interplayCheck} works on. */
export interface InterplayOptions {
  readonly manager: KeyManager;
  readonly token: SoftToken;
  readonly library: LibraryToken;
  /** Default: all. */
  readonly pairs?: readonly InterplayPair[] | undefined;
  readonly known?: readonly KnownFailure[] | undefined;
}

/**
 * Lets Keyway and other programs work on the same keys of a token: what one has signed, authenticated, encrypted or
 * wrapped, the other one checks or opens. Only the public contract of Keyway is used, and all of it runs on the token.
 */
export async function interplayCheck(options: InterplayOptions): Promise<InterplayResult> {
  const { manager, token, library, pairs = interplayPairs, known: defects = knownFailures } = options;
  const outside = await outsideOf(token);
  const keys = createInterplayKeys(manager, outside);
  const others: Readonly<Record<Partner, Other>> = {
    'pkcs11-tool': pkcs11Tool(outside),
    engine: opensslEngine(outside),
    openssl: opensslAlone(outside),
  };
  const result = {
    passed: [] as string[],
    known: [] as Finding[],
    failed: [] as Finding[],
    notRun: [] as Finding[],
  };
  for (const pair of pairs) {
    const name = describePair(pair);
    const idle = nothingToRun(pair) ?? refusal(manager.capabilities, pair);
    if (idle !== undefined) {
      result.notRun.push({ pair: name, reason: idle });
      continue;
    }
    const error = await failureOf(async () => {
      const key = await keys(pair.key, pair.owner);
      const client = await manager.getCryptographyClient(key.name, { execution: 'remote' });
      await checkPair({ pair, method: pair, key, client, other: others[pair.partner] });
    });
    const finding = judge(
      error,
      defects.find(({ matches }) => matches(pair, library)),
    );
    if (finding === undefined) result.passed.push(name);
    else (finding.known ? result.known : result.failed).push({ pair: name, reason: finding.reason });
  }
  return result;
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
  defect: KnownFailure | undefined,
): { readonly known: boolean; readonly reason: string } | undefined {
  if (defect === undefined) return error === undefined ? undefined : { known: false, reason: error };
  if (error === undefined) return { known: false, reason: `passes, although ${defect.reason}` };
  return defect.expected.test(error)
    ? { known: true, reason: defect.reason }
    : { known: false, reason: `${error}, but expected was ${String(defect.expected)}` };
}

const operations = {
  sign: ['signData', 'verifyData'],
  mac: ['signData', 'verifyData'],
  encrypt: ['encrypt', 'decrypt'],
  wrap: ['wrapKey', 'unwrapKey'],
} as const satisfies Readonly<Record<InterplayPair['kind'], readonly [Operation, Operation]>>;

/** What the vault says that the token does not do. */
function refusal({ supports }: Capabilities, pair: InterplayPair): string | undefined {
  const { keyType, options } = kindRow(pair.key);
  const { size, curve } = options;
  const makes = supports({ operation: 'createKey', keyType, size, curve });
  const [make, open] = operations[pair.kind];
  const operation = pair.direction === 'Keyway makes' ? make : open;
  const uses = supports({ operation, algorithm: pair.row.name });
  const refused = [makes, uses].find(({ support }) => support === 'unsupported');
  return refused === undefined ? undefined : (refused.reason ?? 'the token has it not');
}
