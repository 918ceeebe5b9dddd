import { expect, test } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import {
  create,
  createDisabled,
  importing,
  prepare,
  recover,
  remove,
  rotate,
  three,
  unlessDone,
} from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeCall, fakeDriver } from './fake-vault.ts';
import { dumpOf, startProcess } from './processes.ts';
import type { Moment } from './processes.ts';

/** Errors with which KMS says that it did nothing come in place of a request, never of its answer. */
const refusals: readonly string[] = ['throttling', 'missing permission'];
const errors: Readonly<Record<string, () => Error>> = {
  'cut connection': () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  'internal error': () => kmsError('KMSInternalException', 'no', { $fault: 'server' }),
  throttling: () => kmsError('ThrottlingException'),
  'missing permission': () => kmsError('AccessDeniedException'),
};

interface Scenario {
  readonly before: readonly Act[];
  readonly act: Act;
  /** The act repeated by the caller, in another process, with the same request id. */
  readonly again: Act;
  readonly whole: (fake: FakeKms) => void;
}

const made =
  (versions: number) =>
  (fake: FakeKms): void => {
    const dump = dumpOf(fake, 'k');
    expect(dump.claims).not.toContain(undefined);
    expect(dump.versions).toHaveLength(versions);
    expect(dump.pointer).toBe(dump.claims.at(-1));
  };
const stands =
  (states: readonly string[], marked: boolean) =>
  (fake: FakeKms): void => {
    expect(dumpOf(fake, 'k').states).toEqual(states);
    expect(dumpOf(fake, 'k').marked).toEqual(states.map(() => marked));
  };
const gone = ['PendingDeletion', 'PendingDeletion', 'PendingDeletion'];

const scenarios: Readonly<Record<string, Scenario>> = {
  'create first': { before: [], act: create, again: create, whole: made(1) },
  'create next': { before: [create], act: create, again: create, whole: made(2) },
  'create disabled': { before: [], act: createDisabled, again: createDisabled, whole: made(1) },
  import: { before: [create], act: importing, again: importing, whole: made(2) },
  rotate: { before: [create], act: rotate, again: rotate, whole: made(2) },
  delete: {
    before: three,
    act: remove,
    again: unlessDone(remove, 'ERR_KEY_NOT_FOUND'),
    whole: stands(gone, true),
  },
  recover: {
    before: [...three, remove],
    act: recover,
    again: unlessDone(recover, 'ERR_KEY_NOT_FOUND'),
    whole: stands(['Enabled', 'Disabled', 'Enabled'], false),
  },
};

const isRequest = (moment: Moment): boolean => !moment.startsWith('event');

/** Runs the scenario with one error at one moment: `before` a request, nothing happens; `after` it, only the answer is lost. */
async function withFault(
  scenario: Scenario,
  number: number,
  error: Error,
  refuses: boolean,
): Promise<Moment | undefined> {
  const fake = createFakeKms();
  await prepare(fake, ...scenario.before);
  let struck: Moment | undefined;
  const process = startProcess(fake, (moment, reached) => {
    if (reached !== number || !isRequest(moment) || (refuses && moment.startsWith('after'))) return;
    struck = moment;
    throw error;
  });
  const call = fakeCall();
  const failure = await scenario.act(process.driver, call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (struck === undefined) return process.moments.length > number ? ('event' as Moment) : undefined;
  // The SDK's own error, which core classifies, or one of ours; never an error in this code.
  if (failure !== undefined && failure !== error) expect(isKeyManagerError(failure)).toBe(true);
  if (failure !== undefined) await scenario.again(fakeDriver(fake), call);
  scenario.whole(fake);
  const allowed = struck === 'after createKey' ? 1 : 0;
  expect(dumpOf(fake, 'k').strayed.length).toBeLessThanOrEqual(allowed);
  return struck;
}

const cells = Object.keys(scenarios).flatMap((scenario) =>
  Object.keys(errors).map((error) => [scenario, error] as const),
);

test.each(cells)(
  '%s with one %s, at every request and after it: the repetition makes it whole, nothing strays',
  async (name, error) => {
    const scenario = scenarios[name];
    const make = errors[error];
    if (scenario === undefined || make === undefined) throw new Error('There is no such row');
    const struck: Moment[] = [];
    for (let number = 0; ; number++) {
      const moment = await withFault(scenario, number, make(), refusals.includes(error)).catch(
        (cause: unknown) => {
          throw new Error(`Struck at moment ${number} after ${struck.at(-1)}`, { cause });
        },
      );
      if (moment === undefined) break;
      struck.push(moment);
    }
    expect(struck.filter((moment) => isRequest(moment)).length).toBeGreaterThan(6);
  },
);

test.each(['create first', 'create next', 'create disabled', 'import', 'rotate'])(
  '%s where nothing is found for a while after it was made: the flow waits for it',
  async (name) => {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error('There is no such row');
    const fake = createFakeKms();
    await prepare(fake, ...scenario.before);
    const misses = new Map<string, number>();
    fake.before = (operation, input) => {
      const id = input['TargetKeyId'] ?? input['KeyId'];
      if (typeof id !== 'string' || !fake.keys.has(id) || operation === 'describeKey') return;
      const missed = misses.get(`${operation} ${id}`) ?? 0;
      misses.set(`${operation} ${id}`, missed + 1);
      if (missed < 3) throw kmsError('NotFoundException');
    };
    await scenario.act(fakeDriver(fake), fakeCall());
    scenario.whole(fake);
    expect(misses.size).toBeGreaterThan(1);
  },
);
