import { KeyManagerError } from '../errors.ts';
import type { EpochSeconds, KeyRecord, KeySummary } from '../key-driver.ts';
import type { Operation } from '../operations.ts';
import { checkRecord, checkSummaries } from './check-answer.ts';
import type { ManagerContext } from './context.ts';
import type { Failure } from './engine.ts';

/** A change whose answer was lost. */
export interface DoubtfulChange {
  readonly operation: Operation;
  readonly name: string | undefined;
  readonly keyId: string | undefined;
  readonly requestId: string | undefined;
  /** When the change was first asked for. */
  readonly since: EpochSeconds;
  readonly signal: AbortSignal | undefined;
}

/** Versions made so shortly before the call are looked at too: clocks differ. */
const clockToleranceSeconds = 5;

async function versionsSince(
  context: ManagerContext,
  change: DoubtfulChange,
  name: string,
): Promise<readonly KeySummary[]> {
  const { engine } = context;
  const found: KeySummary[] = [];
  let next: string | undefined;
  do {
    const page = checkSummaries(
      await engine.invoke(
        { operation: change.operation, step: 'versions', keyId: change.keyId },
        engine.driver.keys.versions,
        {
          name,
          maxPageSize: engine.capabilities.limits.maxPageSize,
          ...(next === undefined ? {} : { next }),
        },
        { signal: change.signal, reads: true },
      ),
    );
    found.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return found.filter(
    (version) => (version.createdOn ?? change.since) >= change.since - clockToleranceSeconds,
  );
}

/** Where the vault gives the first result to a repeated request id, the caller can find out by repeating the call with it. */
function withSameId(
  { engine }: ManagerContext,
  { operation, requestId }: DoubtfulChange,
): string | undefined {
  const support: Readonly<Partial<Record<Operation, string>>> = engine.capabilities.requestId;
  return support[operation] === 'replayed' && requestId !== undefined
    ? `${operation} with requestId '${requestId}'`
    : undefined;
}

function outcomeUnknown(
  context: ManagerContext,
  change: DoubtfulChange,
  versions: readonly string[],
  cause: KeyManagerError,
): KeyManagerError {
  const alternative = withSameId(context, change);
  const appeared = versions.length === 0 ? 'none has appeared so far' : 'see the versions that appeared';
  return new KeyManagerError(
    'ERR_OUTCOME_UNKNOWN',
    `The answer was lost and reading cannot tell whether a version was made: ${appeared}`,
    { keyId: change.keyId, operation: change.operation, versions, alternative, cause },
  );
}

/**
 * Finds out by reading whether a change whose answer was lost has happened. With the request id in the version it did:
 * the version is the result. Otherwise the outcome is unknown, and the versions that appeared are named.
 */
export async function settleByReading(
  context: ManagerContext,
  change: DoubtfulChange,
  failure: Failure,
): Promise<KeyRecord> {
  const { name } = change;
  if (name === undefined) throw outcomeUnknown(context, change, [], failure.error);
  let appeared: readonly KeySummary[];
  try {
    appeared = await versionsSince(context, change, name);
  } catch (error) {
    if (!(error instanceof KeyManagerError) || error.code !== 'ERR_KEY_NOT_FOUND') {
      throw outcomeUnknown(context, change, [], failure.error);
    }
    appeared = [];
  }
  const ours = appeared.find(
    (version) => change.requestId !== undefined && version.requestId === change.requestId,
  );
  if (ours?.version !== undefined) {
    const { engine } = context;
    const at = { operation: change.operation, step: 'read', keyId: change.keyId };
    const request = { name, version: ours.version };
    const answer = await engine.invoke(at, engine.driver.keys.read, request, {
      signal: change.signal,
      reads: true,
    });
    return checkRecord(answer, name, ours.version);
  }
  const versions = appeared.flatMap((version) => (version.version === undefined ? [] : [version.version]));
  throw outcomeUnknown(context, change, versions, failure.error);
}
