import type { Measured } from './result.ts';
import { spreadOf } from './statistics.ts';
import type { Bound } from './verdict.ts';

/** Something to be timed: a call, and the check of what the last call gave. */
interface Timed<Result> {
  call(): Result | Promise<Result>;
  verify(result: Result): void;
}

/** Two ways to do one thing. */
export interface Comparison<Baseline, Subject> {
  readonly name: string;
  readonly against: string;
  readonly bound: Bound;
  /** `speed`: the baseline's time by the subject's. `time`: the other way round. `difference`: microseconds a call more. */
  readonly as: 'speed' | 'time' | 'difference';
  readonly baseline: Timed<Baseline>;
  readonly subject: Timed<Subject>;
  readonly rounds?: number | undefined;
  /** Calls in a round; by default as many as take the baseline 150 ms. */
  readonly n?: number | undefined;
  /** Calls under way at once. Default 1. */
  readonly inFlight?: number | undefined;
  /** `wall` where something outside this process decides how fast it goes. Default: processor time of this process. */
  readonly clock?: 'processor' | 'wall' | undefined;
  readonly note?: (() => string) | undefined;
}

type Runner = (n: number) => Promise<number>;

/** Microseconds of processor time that this process has used, all its threads together. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const wallTime = (): number => performance.now() * 1000;

/** The same for calls that wait: so many under way at once, and the last result of each of these verified. */
function waitingRunnerOf<Result>(
  { call, verify }: Timed<Result>,
  now: () => number,
  inFlight: number,
): Runner {
  return async (n) => {
    let left = n;
    const last: Result[] = [];
    const work = async (worker: number): Promise<void> => {
      while (left-- > 0) last[worker] = await call();
    };
    const started = now();
    await Promise.all(Array.from({ length: Math.min(n, inFlight) }, (_, worker) => work(worker)));
    const took = now() - started;
    // A worker may come too late for any call.
    for (const result of last) if (result !== undefined) verify(result);
    return took / n;
  };
}

/**
 * Runs a batch, verifies its last result, and gives microseconds of processor time a call: what else the machine does then
 * counts for little. Awaits only what is a promise.
 */
function runnerOf<Result>({ call, verify }: Timed<Result>): Runner {
  return async (n) => {
    const first = call();
    let last: Result;
    let started: number;
    if (first instanceof Promise) {
      last = await first;
      started = processorTime();
      for (let index = 0; index < n; index++) last = await call();
    } else {
      let given: Result | Promise<Result> = first;
      started = processorTime();
      for (let index = 0; index < n; index++) given = call();
      last = await given;
    }
    const took = processorTime() - started;
    verify(last);
    return took / n;
  };
}

const units = { speed: 'of its speed', time: 'times its time', difference: 'µs a call more' } as const;

/**
 * A round's time is the median of this many batches, so that what happens once to one of them does not count; with fewer, two
 * rounds of the same differ by more than the bounds leave.
 */
const batches = 15;

/** Measures one after the other in each round, in changing order, and the baseline once more as its own control. */
export async function compare<Baseline, Subject>(
  comparison: Comparison<Baseline, Subject>,
): Promise<Measured> {
  const { name, against, bound, as, inFlight = 1, clock = 'processor' } = comparison;
  const isPlain = inFlight === 1 && clock === 'processor';
  const now = clock === 'wall' ? wallTime : processorTime;
  const toRunner = <Result>(timed: Timed<Result>): Runner =>
    isPlain ? runnerOf(timed) : waitingRunnerOf(timed, now, inFlight);
  const baseline = toRunner(comparison.baseline);
  const subject = toRunner(comparison.subject);
  const rounds = comparison.rounds ?? 40;
  await baseline(20);
  await subject(20);
  const n = comparison.n ?? Math.max(batches, Math.round(150_000 / (await baseline(50))));
  for (let warming = 0; warming < 5; warming++) {
    await baseline(n);
    await subject(n);
  }
  const values: number[] = [];
  const controls: number[] = [];
  const runners = [baseline, subject, baseline];
  const batch = Math.max(1, Math.round(n / batches));
  for (let round = 0; round < rounds; round++) {
    const taken: number[][] = [[], [], []];
    for (let turn = 0; turn < 3 * batches; turn++) {
      const index = (round + turn) % 3;
      taken[index]?.push((await runners[index]?.(batch)) ?? 0);
    }
    const times = taken.map((each) => spreadOf(each).median);
    const [plain = 0, ours = 0, again = 0] = times;
    values.push(as === 'speed' ? plain / ours : as === 'time' ? ours / plain : ours - plain);
    controls.push(as === 'difference' ? again - plain : plain / again);
  }
  return {
    name,
    against,
    bound,
    unit: units[as],
    n,
    rounds,
    values: spreadOf(values),
    control: spreadOf(controls),
    combine: as === 'difference' ? 'difference' : 'ratio',
    note: comparison.note?.(),
  };
}
