import { isStateRead } from './kms-protocol.ts';
import { cellFaults, lagFault, lags, scriptOf } from './faults/cell-faults.ts';
import type { CellFault, HitRequest } from './faults/cell-faults.ts';
import type { CellPlace } from './faults/cell-place.ts';
import type { FlowKind } from './faults/flow-kinds.ts';
import { flowKinds } from './faults/flow-kinds.ts';
import { keyKinds } from './faults/key-kinds.ts';
import type { KeyKind } from './faults/key-kinds.ts';
import type { LearnedSaga } from './faults/learn-saga.ts';
import { runCell } from './faults/run-cell.ts';
import type { CellEnd } from './faults/run-cell.ts';
import type { FaultScript } from './fault-script.ts';

/** One cell of the table. */
export interface TableCell {
  /** `<flow>/<kind of key>/<request or lag>/<fault>`. */
  readonly id: string;
  /** During which step the request comes. */
  readonly step: string | undefined;
  readonly fault: CellFault;
  readonly script: FaultScript;
}

/** Which flows run on which kinds of keys at an emulator: each on exactly one. */
export function sagasAt(emulator: CellPlace['emulator']): readonly (readonly [FlowKind, KeyKind])[] {
  // local-kms has no MAC keys, and no wrapping keys of 4096 bits for imports; all the rest is faster on it.
  const all = flowKinds.flatMap((row) => keyKinds.map((kind) => [row, kind] as const));
  return all.filter(([{ flow }, { name }]) => {
    const onLocalStack = flow === 'import' || name === 'hmac';
    return onLocalStack === (emulator === 'localstack');
  });
}

/** Whether a fault can befall a request: only what is read can be old. */
function befalls({ fault, reach }: CellFault, { operation, nth }: HitRequest): boolean {
  if (fault === 'stale') return isStateRead(operation);
  return reach !== 'every' || nth === 1;
}

/** Every cell of a flow: each of its requests with each fault, and every lag. */
export function cellsOf({ row, kind, requests }: LearnedSaga): readonly TableCell[] {
  const at = (request: HitRequest): string => `${request.index} ${request.operation}`;
  const hit = requests.flatMap((request) =>
    cellFaults
      .filter((fault) => befalls(fault, request))
      .map((fault): TableCell => ({
        id: `${row.flow}/${kind.name}/${at(request)}/${fault.name}`,
        step: request.step,
        fault,
        script: scriptOf(fault, request),
      })),
  );
  const lagging = lags.map((requests): TableCell => {
    const { fault, script } = lagFault(requests);
    return { id: `${row.flow}/${kind.name}/all/${fault.name}`, step: undefined, fault, script };
  });
  return [...hit, ...lagging];
}

/** Every step with every fault, each once; `mark-1` and `mark-2` are one step. */
export function onePerStep(cells: readonly TableCell[]): readonly TableCell[] {
  const first = new Map<string, TableCell>();
  for (const cell of cells) {
    const key = `${cell.step?.replace(/-\d+$/, '') ?? ''}/${cell.fault.name}`;
    if (!first.has(key)) first.set(key, cell);
  }
  return [...first.values()];
}

/** Runs a cell; what goes wrong with the cell itself is wrong too. */
export async function runTableCell(saga: LearnedSaga, cell: TableCell): Promise<CellEnd> {
  // Several times what it took without a fault, so that only the fault outlasts it.
  const timeout = cell.fault.outlasts === true ? Math.ceil(300 + 4 * saga.took) : undefined;
  try {
    return await runCell(saga, cell.fault, cell.script, timeout);
  } catch (error) {
    const reason = `the cell failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { idle: false, wrong: [reason], code: undefined, steps: -1, orphans: 0 };
  }
}
