import { flowRows } from '../../src/flow-table.ts';
import type { LoggedRequest } from '../request-log.ts';
import type { CellPlace } from './cell-place.ts';
import type { FlowKind } from './flow-kinds.ts';
import type { KeyKind } from './key-kinds.ts';
import { endOf, inVault, layGround } from './run-cell.ts';
import type { Saga } from './run-cell.ts';
import { describeState } from './name-state.ts';
import { statesOf } from './step-effects.ts';

/** A request of a flow, and during which step it came; none for what is read before and after. */
interface LearnedRequest extends LoggedRequest {
  readonly step: string | undefined;
}

/** A flow whose requests are known, from a run in which nothing was harmed. */
export interface LearnedSaga extends Saga {
  readonly steps: readonly string[];
  readonly requests: readonly LearnedRequest[];
  /** Milliseconds that the run took. */
  readonly took: number;
}

/** The steps that the provider tells for a flow on a kind of key. */
function toldSteps({ flow, steps }: FlowKind, { keySpec, keyUsage }: KeyKind): readonly string[] {
  if (steps !== undefined) return steps;
  const row = flowRows.find(
    (each) => each.flow === flow && each.keySpec === keySpec && each.keyUsage === keyUsage,
  );
  if (row === undefined) throw new Error(`The provider tells no steps of ${flow} on ${keySpec}`);
  return row.steps;
}

interface RanStep {
  readonly step: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Runs a flow without a fault, for its requests.
 *
 * @throws Error where its steps are not those that the provider tells, a step makes no request, or its end is wrong.
 */
export async function learnSaga(place: CellPlace, row: FlowKind, kind: KeyKind): Promise<LearnedSaga> {
  const steps = toldSteps(row, kind);
  const states = row.states ?? statesOf(row.flow, steps, row.before, place.afterCancel);
  const saga = { place, row, kind, states };
  const ground = await layGround(saga);
  const { prefix, givenIds } = ground;
  place.faults.restart();
  const ran: RanStep[] = [];
  let from = 0;
  const started = performance.now();
  const end = await inVault(
    saga,
    {
      prefix,
      afterStep({ step, at }) {
        if (at === 'started') from = place.faults.log.length;
        if (at === 'completed') ran.push({ step, from, to: place.faults.log.length });
      },
    },
    ({ manager }) => endOf(place, row.act(manager, ground)),
  );
  const took = performance.now() - started;
  const { log } = place.faults;
  const { state } = await place.look(prefix, givenIds);
  const title = `${row.flow} on ${kind.name}`;
  if (end.error !== undefined) throw new Error(`${title} fails without a fault`, { cause: end.error });
  if (describeState(state) !== describeState(states.at(-1) ?? state)) {
    throw new Error(`${title} without a fault leaves ${describeState(state)}`);
  }
  requireRows(title, steps, ran);
  await place.forget(prefix);
  const requests = log.map((request) => {
    const during = ran.find(({ from, to }) => request.index > from && request.index <= to);
    return { ...request, step: during?.step };
  });
  return { ...saga, steps, requests, took };
}

function requireRows(title: string, told: readonly string[], ran: readonly RanStep[]): void {
  const names = ran.map(({ step }) => step).join();
  if (names !== told.join()) throw new Error(`${title} runs ${names}, and the table tells ${told.join()}`);
  const silent = ran.find(({ from, to }) => from === to);
  if (silent !== undefined) throw new Error(`${title}: no row for ${silent.step}, which makes no request`);
}
