import { randomUUID } from 'node:crypto';
import { aborted } from '../arguments.ts';
import { fromEpochSeconds } from '../dates.ts';
import { isKeyManagerError, KeyManagerError } from '../errors.ts';
import type { KeyRecord, KeySummary } from '../key-driver.ts';
import { formatKeyId } from '../key-identifier.ts';
import type { DueRotation } from '../models.ts';
import { dueActions } from '../rotation-policy.ts';
import { checkSummaries } from './check-answer.ts';
import { readRecord } from './context.ts';
import type { Address, ManagerContext } from './context.ts';
import { makeVersion } from './make-version.ts';

const operation = 'rotateDueKeys';

/** Walks the live keys and rotates those whose policy says so, one after the other. */
export async function rotateDueKeys(
  context: ManagerContext,
  signal: AbortSignal | undefined,
): Promise<readonly DueRotation[]> {
  const { engine } = context;
  engine.require({ operation });
  const report: DueRotation[] = [];
  let next: string | undefined;
  do {
    const request = {
      maxPageSize: engine.capabilities.limits.maxPageSize,
      ...(next === undefined ? {} : { next }),
    };
    const at = { operation, step: 'list', keyId: undefined } as const;
    const page = checkSummaries(
      await engine.invoke(at, engine.driver.keys.list, request, { signal, reads: true }),
    );
    for (const summary of page.items) report.push(...(await rotateIfDue(context, summary, signal)));
    next = page.next;
  } while (next !== undefined);
  return report;
}

/** One key: what was due and what was done. Trouble with one key does not keep the others from their rotation. */
async function rotateIfDue(
  context: ManagerContext,
  summary: KeySummary,
  signal: AbortSignal | undefined,
): Promise<readonly DueRotation[]> {
  if (signal?.aborted === true) throw aborted(signal);
  if (summary.ownership === 'external') return [];
  const { name } = summary;
  const address: Address = { name, version: undefined, keyId: formatKeyId(context.vaultUri, name) };
  let current: KeyRecord | undefined;
  let dueOn = context.engine.now();
  try {
    const policy = await policyOf(context, address, signal);
    if (policy === undefined) return [];
    current = await readRecord(context, operation, address, signal);
    const [due] = dueActions(policy, current, context.engine.now()).toSorted((left, right) =>
      left.action === right.action ? left.dueOn - right.dueOn : left.action === 'rotate' ? -1 : 1,
    );
    if (due === undefined || current.ownership === 'external') return [];
    dueOn = due.dueOn;
    if (due.action === 'notify') return [entry(name, 'notify', current.version, undefined, dueOn)];
    return [await rotateDue(context, address, current, dueOn, signal)];
  } catch (error) {
    if (isKeyManagerError(error) && error.code === 'ERR_ABORTED') throw error;
    if (isKeyManagerError(error) && error.code === 'ERR_KEY_NOT_FOUND') return [];
    return [entry(name, 'failed', current?.version ?? summary.version ?? '', undefined, dueOn, error)];
  }
}

async function policyOf(context: ManagerContext, address: Address, signal: AbortSignal | undefined) {
  const { engine } = context;
  const at = { operation, step: 'readPolicy', keyId: address.keyId } as const;
  const { readPolicy } = engine.driver.rotation;
  return engine.invoke(at, readPolicy, { name: address.name }, { signal, reads: true });
}

async function rotateDue(
  context: ManagerContext,
  address: Address,
  current: KeyRecord,
  dueOn: number,
  signal: AbortSignal | undefined,
): Promise<DueRotation> {
  const { engine } = context;
  const { name } = address;
  if (!current.intact) throw new KeyManagerError('ERR_INTEGRITY', "The key's record is missing or damaged");
  const known = (engine.capabilities.members.rotateKey ?? []).includes('expectedCurrent');
  const request = { name, ...(known ? { expectedCurrent: current.version } : {}) };
  const making = { requestId: randomUUID(), signal };
  try {
    const { rotate } = engine.driver.rotation;
    const made = await makeVersion(context, 'rotateKey', address, rotate, request, making);
    return entry(name, 'rotated', current.version, made.version, dueOn);
  } catch (error) {
    if (!isKeyManagerError(error) || error.code !== 'ERR_CONFLICT') throw error;
    const now = await readRecord(context, operation, address, signal);
    if (now.version === current.version) throw error;
    return entry(name, 'raced', current.version, now.version, dueOn);
  }
}

function entry(
  name: string,
  outcome: DueRotation['outcome'],
  previousVersion: string,
  version: string | undefined,
  dueOn: number,
  error?: unknown,
): DueRotation {
  return Object.freeze({ name, outcome, previousVersion, version, dueOn: fromEpochSeconds(dueOn), error });
}
