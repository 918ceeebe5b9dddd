import { setTimeout as after } from 'node:timers/promises';
import { EmulatorError } from './emulator.ts';
import type { HealthCheck } from './emulator-row.ts';

const betweenTries = 50;
const oneTry = 15_000;

/** What is waited for, and until when. */
export interface Waiting {
  readonly name: string;
  readonly address: string;
  readonly health: HealthCheck;
  /** Milliseconds. */
  readonly within: number;
  /** How the program has ended, where it has. */
  readonly ended?: () => string | undefined;
  /** What it wrote last. */
  readonly tail?: () => string;
}

/**
 * Waits until an emulator answers its health check.
 *
 * @throws EmulatorError where its program ends first, or where it does not answer in time.
 */
export async function waitUntilReady(waiting: Waiting): Promise<void> {
  const deadline = performance.now() + waiting.within;
  let last = 'no answer';
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0)
      throw failure(waiting, `does not answer at ${waiting.address} within ${waiting.within} ms: ${last}`);
    const answer = await ask(waiting.address, waiting.health, left);
    if (answer === undefined) return;
    const ended = waiting.ended?.();
    if (ended !== undefined) throw failure(waiting, `ended before it answered (${ended})`);
    // The last try has next to no time, and nothing to tell.
    if (performance.now() < deadline) last = answer;
    await after(betweenTries);
  }
}

/** Asks once. @returns undefined where the answer is right, else what was wrong with it. */
async function ask(address: string, health: HealthCheck, left: number): Promise<string | undefined> {
  try {
    const response = await fetch(new URL(health.path, address), {
      method: health.method,
      ...(health.headers === undefined ? {} : { headers: health.headers }),
      ...(health.body === undefined ? {} : { body: health.body }),
      redirect: 'error',
      signal: AbortSignal.timeout(Math.ceil(Math.min(oneTry, left))),
    });
    const text = await response.text();
    if (response.status !== 200) return `status ${response.status}`;
    return text.includes(health.contains) ? undefined : `an answer without ${health.contains}`;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error ? cause.message : String(error);
  }
}

function failure({ name, tail }: Waiting, what: string): EmulatorError {
  const text = tail?.() ?? '';
  return new EmulatorError(`${name} ${what}${text === '' ? '' : `\nIt wrote last:\n${text}`}`);
}
