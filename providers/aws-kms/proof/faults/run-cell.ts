import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { isKeyManagerError } from '@keyway/core';
import type { FaultScript } from '../fault-script.ts';
import { isWrite } from '../kms-protocol.ts';
import type { LoggedRequest } from '../request-log.ts';
import type { CellFault } from './cell-faults.ts';
import type { CellPlace } from './cell-place.ts';
import { openCellVault } from './cell-vault.ts';
import type { CellVault, CellVaultOptions } from './cell-vault.ts';
import type { CellGround, FlowKind } from './flow-kinds.ts';
import type { KeyKind } from './key-kinds.ts';
import { describeState } from './name-state.ts';
import type { NameState, SeenName } from './name-state.ts';

/** A flow on a kind of key, with the states that it goes through. */
export interface Saga {
  readonly place: CellPlace;
  readonly row: FlowKind;
  readonly kind: KeyKind;
  readonly states: readonly NameState[];
}

/** What an operation came to. */
export interface ActEnd {
  readonly code: string | undefined;
  readonly error: unknown;
}

/** A name that is ready for its operation. */
export interface LaidGround extends CellGround {
  readonly prefix: string;
  readonly givenIds: readonly string[];
}

/** Opens a vault for one thing that is done, and closes it. */
export async function inVault<Result>(
  { place }: Pick<Saga, 'place'>,
  options: Pick<CellVaultOptions, 'prefix'> & Partial<CellVaultOptions>,
  run: (vault: CellVault) => Promise<Result>,
): Promise<Result> {
  const vault = openCellVault({
    client: place.connect(),
    account: place.account,
    versions: place.versions,
    ...options,
  });
  try {
    return await run(vault);
  } finally {
    await vault.close();
  }
}

/** Ends a flow on the spot once it has done a step. */
function killing(after: string | undefined): CellVaultOptions['afterStep'] {
  if (after === undefined) return undefined;
  return ({ flow, step, at }) => {
    if (`${flow}/${step}` === after && at === 'completed') throw new Error('killed');
  };
}

/** Lays the ground of a flow under a fresh prefix, through the proxy, which must know what was written. */
export async function layGround(saga: Saga): Promise<LaidGround> {
  const { place, row, kind, states } = saga;
  const prefix = `faults-${randomBytes(6).toString('hex')}`;
  place.faults.restart();
  const given = await row.give?.(place.client, kind);
  const ground = { kind, requestId: randomUUID(), given };
  const afterStep = killing(row.killedAfter);
  await inVault(saga, { prefix, afterStep }, ({ manager }) => row.prepare(manager, ground));
  const givenIds = given === undefined ? [] : [given.slice(given.lastIndexOf('/') + 1)];
  const seen = await place.look(prefix, givenIds);
  const [before] = states;
  if (before === undefined || describeState(seen.state) !== describeState(before)) {
    throw new Error(`The ground of ${row.flow} is not as it should be: ${describeState(seen.state)}`);
  }
  return { ...ground, prefix, givenIds };
}

/** Runs one operation to its end. What is not an error of the contract has no code. */
export async function endOf(place: CellPlace, running: Promise<unknown>): Promise<ActEnd> {
  try {
    await running;
    return { code: undefined, error: undefined };
  } catch (error) {
    place.told(`${inspect(error, { depth: 8, showHidden: true })}\n${JSON.stringify(error) ?? ''}`);
    const code = isKeyManagerError(error) ? error.code : `untyped: ${String(error)}`;
    return { code, error };
  }
}

/** What became of a cell: nothing wrong where the list is empty; `idle` where the fault could not be done. */
export interface CellEnd {
  readonly idle: boolean;
  readonly wrong: readonly string[];
  readonly code: string | undefined;
  /** Whether the vault was left neither as it was nor as it was to be. */
  readonly half: boolean;
  readonly orphans: number;
  /** Texts that were searched for secrets. */
  readonly texts: number;
}

/** KMS keys that nobody may have heard of: their making was carried out and its answer did not come. */
function lostKeys(log: readonly LoggedRequest[], { reach }: CellFault): number {
  const made = log.filter(({ operation, reached }) => operation === 'CreateKey' && reached);
  // With nothing going through afterwards, what was made cannot be taken back either.
  return reach === 'once' ? made.filter(({ fault }) => fault !== 'pass').length : made.length;
}

/** Runs one cell, and judges by the bare dump. */
export async function runCell(
  saga: Saga,
  fault: CellFault,
  script: FaultScript,
  timeout: number | undefined,
): Promise<CellEnd> {
  const { place, row, states } = saga;
  const ground = await layGround(saga);
  const { prefix, givenIds } = ground;
  place.faults.restart(script);
  const end = await inVault(saga, { prefix, timeout }, async ({ manager }) => {
    const ended = await endOf(place, row.act(manager, ground));
    await place.settle();
    return ended;
  });
  const log = place.faults.log;
  place.faults.restart();
  const texts = states.map((state) => describeState(state));
  const seen = await place.look(prefix, givenIds);
  const text = describeState(seen.state);
  const whole = row.whole === undefined ? undefined : describeState(row.whole);
  const half = ![texts[0], whole, texts.at(-1)].includes(text);
  const wrong = [
    ...judgeEnd(end, seen, texts, allowedCodes(row, fault, log)),
    ...judgeAdvice(end, half),
    ...(await judgeOrphans(saga, prefix, seen, lostKeys(log, fault))),
    ...(await judgeRest(saga, ground, seen)),
  ];
  await place.forget(prefix);
  const idle = !log.some((request) => request.fault !== 'pass' && request.applied);
  return { idle, wrong, code: end.code, half, orphans: seen.orphans.length, texts: 0 };
}

/** The codes with which a cell may end. Nobody may be told that the outcome is unknown where nothing was asked for but reads. */
function allowedCodes(row: FlowKind, fault: CellFault, log: readonly LoggedRequest[]): readonly string[] {
  const codes = [...fault.codes, ...(fault.reach === 'every' ? (row.codes ?? []) : [])];
  if (log.some(({ operation }) => isWrite(operation))) return codes;
  return codes.filter((code) => code !== 'ERR_OUTCOME_UNKNOWN');
}

/** As it was, as it is to be, or a typed error and a state between the two. */
function judgeEnd(
  { code }: ActEnd,
  { state }: SeenName,
  allowed: readonly string[],
  codes: readonly string[],
): readonly string[] {
  const text = describeState(state);
  if (code === undefined) return text === allowed.at(-1) ? [] : [`done, but the vault has ${text}`];
  return [
    ...(codes.includes(code) ? [] : [`ended with ${code}`]),
    ...(allowed.includes(text) ? [] : [`${code} leaves ${text}`]),
  ];
}

/** Names of what can be called, as messages and alternatives give them. */
const calls =
  /\b(?:begin(?:Delete|RecoverDeleted)Key|createKey|importKey|rotateKey|adoptKey|requestId|same call|diagnose)\b/;

/** An error after which something is half done, or may be, says what to call. */
function judgeAdvice({ code, error }: ActEnd, isHalf: boolean): readonly string[] {
  if (!isKeyManagerError(error) || (!isHalf && code !== 'ERR_OUTCOME_UNKNOWN')) return [];
  const { retryable, message, alternative = '' } = error;
  return retryable || calls.test(`${message} ${alternative}`)
    ? []
    : [`${code} does not say what to call: ${message}`];
}

/** An orphan may be where an answer was lost, and the doctor must name exactly those there are. */
async function judgeOrphans(
  saga: Saga,
  prefix: string,
  { orphans }: SeenName,
  lost: number,
): Promise<readonly string[]> {
  const wrong =
    orphans.length > lost ? [`${orphans.length} orphans, but only ${lost} answers were lost`] : [];
  if (orphans.length === 0 && lost === 0) return wrong;
  const findings = await inVault(saga, { prefix }, ({ diagnose }) => diagnose());
  const found = findings.flatMap(({ what, keyId }) => (what === 'orphan' ? [keyId ?? ''] : [])).toSorted();
  if (found.join() !== orphans.join()) {
    wrong.push(`the doctor finds the orphans [${found.join()}], the dump has [${orphans.join()}]`);
  }
  return wrong;
}

/** The same operation by another process ends it; then the name goes on. */
async function judgeRest(saga: Saga, ground: LaidGround, first: SeenName): Promise<readonly string[]> {
  const { place, row, states } = saga;
  const { prefix, givenIds } = ground;
  const after = states.at(-1);
  if (after === undefined) return ['the flow has no states'];
  const wrong: string[] = [];
  const expectState = async (what: string, expected: NameState): Promise<void> => {
    const { state, orphans } = await place.look(prefix, givenIds);
    const text = describeState(state);
    if (text !== describeState(expected)) wrong.push(`after ${what}: ${text}`);
    const more = orphans.filter((id) => !first.orphans.includes(id));
    if (more.length > 0) wrong.push(`after ${what}: ${more.length} more orphans`);
  };
  const again = await inVault(saga, { prefix }, ({ manager }) => endOf(place, row.act(manager, ground)));
  const wasOver = describeState(first.state) === describeState(after);
  if (again.code !== undefined && !(wasOver && row.over.includes(again.code))) {
    wrong.push(`the repetition ended with ${again.code}`);
  }
  await expectState('the repetition', after);
  const last = await inVault(saga, { prefix }, ({ manager }) =>
    endOf(place, row.finally.act(manager, ground)),
  );
  if (last.code !== undefined) wrong.push(`what comes next ended with ${last.code}`);
  await expectState('what comes next', row.finally.leaves(after));
  return wrong;
}
