import { maxEpochSeconds } from './dates.ts';
import { parseDuration } from './duration.ts';
import { invalidArgument } from './errors.ts';
import type { EpochSeconds, PolicyRecord } from './key-driver.ts';
import type { KeyRotationLifetimeAction } from './models.ts';
import { isPlainObject } from './names-and-tags.ts';

/** An action of a rotation policy whose moment has come. */
export interface DueAction {
  readonly action: 'rotate' | 'notify';
  readonly dueOn: EpochSeconds;
}

/** Members that a policy read from a vault has; they are the vault's, so they are accepted and not kept. */
const readOnlyMembers: readonly string[] = ['id', 'createdOn', 'updatedOn', 'runBy'];

function checkMembers(
  value: unknown,
  known: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw invalidArgument(`${what} must be an object`);
  for (const member of Reflect.ownKeys(value)) {
    if (typeof member !== 'string' || !known.includes(member))
      throw invalidArgument(`${what} has an unknown member`);
  }
  return value;
}

function checkTime(value: unknown, what: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidArgument(`${what} must be an ISO 8601 duration`);
  if (parseDuration(value).seconds === 0) throw invalidArgument(`${what} must be longer than nothing`);
  return value;
}

function checkAction(value: unknown, expiresIn: string | undefined): KeyRotationLifetimeAction {
  const what = 'A lifetime action';
  const given = checkMembers(value, ['action', 'timeAfterCreate', 'timeBeforeExpiry'], what);
  const action = given['action'];
  if (action !== 'rotate' && action !== 'notify') throw invalidArgument(`${what} must be rotate or notify`);
  const timeAfterCreate = checkTime(given['timeAfterCreate'], 'timeAfterCreate');
  const timeBeforeExpiry = checkTime(given['timeBeforeExpiry'], 'timeBeforeExpiry');
  if ((timeAfterCreate === undefined) === (timeBeforeExpiry === undefined)) {
    throw invalidArgument(`${what} has exactly one of timeAfterCreate and timeBeforeExpiry`);
  }
  if (timeAfterCreate !== undefined) return Object.freeze({ action, timeAfterCreate });
  if (timeBeforeExpiry !== undefined && expiresIn !== undefined) {
    if (parseDuration(timeBeforeExpiry).seconds >= parseDuration(expiresIn).seconds) {
      throw invalidArgument('timeBeforeExpiry must be shorter than expiresIn');
    }
  }
  return Object.freeze({ action, timeBeforeExpiry });
}

/**
 * Checks a rotation policy and gives it as it is kept: every text exactly as given, the actions in their
 * order.
 *
 * At most one `rotate` and one `notify`, each with exactly one time; durations longer than nothing; a
 * `timeBeforeExpiry` shorter than `expiresIn` where both are given (without `expiresIn` it counts for
 * versions with a date of their own). A policy that was read may be given back: its `id`, `createdOn`,
 * `updatedOn` and `runBy` are the vault's and not kept. An empty policy takes the former one away.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else, whatever its type.
 */
export function checkRotationPolicy(policy: unknown): PolicyRecord {
  const given = checkMembers(
    policy,
    ['lifetimeActions', 'expiresIn', ...readOnlyMembers],
    'A rotation policy',
  );
  const expiresIn = checkTime(given['expiresIn'], 'expiresIn');
  const actions: unknown = given['lifetimeActions'] === undefined ? [] : given['lifetimeActions'];
  if (!Array.isArray(actions)) throw invalidArgument('lifetimeActions must be an array');
  if (actions.length > 2) throw invalidArgument('A rotation policy has at most one action of each kind');
  const lifetimeActions = Object.freeze(actions.map((action: unknown) => checkAction(action, expiresIn)));
  if (lifetimeActions.length === 2 && lifetimeActions[0]?.action === lifetimeActions[1]?.action) {
    throw invalidArgument('A rotation policy has at most one action of each kind');
  }
  return Object.freeze(expiresIn === undefined ? { lifetimeActions } : { lifetimeActions, expiresIn });
}

/**
 * When a version made under a policy expires, if it was given no date of its own; undefined where the policy
 * sets none. Never later than the end of the year 9999.
 */
export function policyExpiry(
  policy: PolicyRecord | undefined,
  createdOn: EpochSeconds,
): EpochSeconds | undefined {
  if (policy?.expiresIn === undefined) return undefined;
  return Math.min(createdOn + parseDuration(policy.expiresIn).seconds, maxEpochSeconds);
}

function dueDate(
  action: KeyRotationLifetimeAction,
  createdOn: EpochSeconds,
  expiresOn: EpochSeconds | undefined,
): number {
  if (action.timeAfterCreate !== undefined) return createdOn + parseDuration(action.timeAfterCreate).seconds;
  if (action.timeBeforeExpiry === undefined || expiresOn === undefined) return Infinity;
  return Math.max(createdOn, expiresOn - parseDuration(action.timeBeforeExpiry).seconds);
}

/**
 * The actions of a policy that are due for the current version, in the policy's order.
 *
 * `timeAfterCreate` counts from its `createdOn`, `timeBeforeExpiry` from its `expiresOn` (none: never due,
 * and due at once where the version lives no longer than that). A disabled version is never rotated, and one
 * that the vault rotates by itself is not rotated here; a notice about it is still due.
 */
export function dueActions(
  policy: PolicyRecord,
  current: {
    readonly createdOn: EpochSeconds;
    readonly expiresOn?: EpochSeconds | undefined;
    readonly enabled: boolean;
  },
  now: EpochSeconds,
): readonly DueAction[] {
  return policy.lifetimeActions
    .filter(({ action }) => action === 'notify' || (current.enabled && policy.runBy !== 'vault'))
    .map((action) => ({
      action: action.action,
      dueOn: dueDate(action, current.createdOn, current.expiresOn),
    }))
    .filter(({ dueOn }) => dueOn <= now);
}
