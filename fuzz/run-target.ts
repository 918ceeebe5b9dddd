import { createRandom, mixSeed } from './random.ts';
import type { FuzzTarget, InputKind, PreparedInput } from './target.ts';

/** How a run is bounded. */
export interface RunSettings {
  readonly seed: number;
  readonly runs: number;
  /** Milliseconds that one input may take. */
  readonly maxMilliseconds: number;
  /** Octets that may stay on the heap, from a tenth of the run to its end. */
  readonly maxHeapGrowth: number;
  /** Collects garbage and gives the octets in use. */
  readonly heapUsed: () => number;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** An input that broke a promise. */
interface FuzzFailure {
  readonly target: string;
  readonly index: number;
  readonly kind: InputKind;
  readonly reason: string;
  readonly input: string;
}

/** What a run came to. */
export interface TargetReport {
  readonly target: string;
  readonly runs: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly mutated: number;
  /** The longest that an input took, in milliseconds. */
  readonly slowest: number;
  readonly failures: readonly FuzzFailure[];
}

/** Half are mutations, three tenths valid, the rest junk. */
function kindOf(index: number): InputKind {
  const turn = index % 10;
  return turn < 5 ? 'mutated' : turn < 8 ? 'valid' : 'junk';
}

function prepareInput(target: FuzzTarget, seed: number, index: number): PreparedInput {
  return target.prepare(createRandom(mixSeed(seed, target.name, index)), kindOf(index));
}

/** Milliseconds of processor time that an input takes at its best of three: how busy the machine is does not count. */
async function processorTime(target: FuzzTarget, seed: number, index: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const input = prepareInput(target, seed, index);
    const before = process.cpuUsage();
    await input.run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** Feeds a parser, and counts. Stops at ten failures. */
export async function runTarget(target: FuzzTarget, settings: RunSettings): Promise<TargetReport> {
  const { seed, runs } = settings;
  const maxMilliseconds = target.maxMilliseconds ?? settings.maxMilliseconds;
  const failures: FuzzFailure[] = [];
  const counts = { accepted: 0, rejected: 0, mutated: 0 };
  let slowest = 0;
  let heapBefore = 0;
  let done = 0;
  const fail = (index: number, reason: string, input: string): void =>
    void failures.push({ target: target.name, index, kind: kindOf(index), reason, input });

  async function one(index: number): Promise<void> {
    const input = prepareInput(target, seed, index);
    const started = performance.now();
    try {
      const answer = input.run();
      const accepted = typeof answer === 'boolean' ? answer : await answer;
      counts[accepted ? 'accepted' : 'rejected']++;
      if (kindOf(index) === 'valid' && !accepted) fail(index, 'a valid input was refused', input.describe());
      let took = performance.now() - started;
      if (took > maxMilliseconds) took = await processorTime(target, seed, index);
      if (took > maxMilliseconds) fail(index, `took ${Math.round(took)} ms`, input.describe());
      slowest = Math.max(slowest, took);
    } catch (error) {
      fail(index, error instanceof Error ? (error.stack ?? error.message) : String(error), input.describe());
    }
  }

  for (; done < runs && failures.length < 10; done++) {
    if (kindOf(done) === 'mutated') counts.mutated++;
    await one(done);
    if (done === Math.floor(runs / 10)) heapBefore = settings.heapUsed();
    if (done % 1000 === 999) settings.onProgress?.(done + 1);
  }
  const growth = settings.heapUsed() - heapBefore;
  if (growth > settings.maxHeapGrowth) fail(done, `${growth} octets more on the heap`, 'all of them');
  await target.close?.();
  return { target: target.name, runs: done, ...counts, slowest, failures };
}
