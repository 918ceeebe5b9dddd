import { isStateRead } from './kms-protocol.ts';
import { cellFaults, lagFault, lags, scriptOf } from './faults/cell-faults.ts';
import type { CellFault, HitRequest } from './faults/cell-faults.ts';
import { isOwn } from './faults/cell-place.ts';
import type { PlaceRow } from './faults/cell-place.ts';
import type { FlowKind } from './faults/flow-kinds.ts';
import { flowKinds } from './faults/flow-kinds.ts';
import { keyKinds, materialKind } from './faults/key-kinds.ts';
import type { KeyKind } from './faults/key-kinds.ts';
import type { LearnedSaga } from './faults/learn-saga.ts';
import { materialFlowKinds } from './faults/material-flow-kinds.ts';
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

/** Which flows run on which kinds of keys at a place: all on our own KMS, and each on exactly one emulator. */
export function sagasAt(place: PlaceRow['name']): readonly (readonly [FlowKind, KeyKind])[] {
  if (place === 'our own, materials') return materialFlowKinds.map((row) => [row, materialKind]);
  const all = flowKinds.flatMap((row) => keyKinds.map((kind) => [row, kind] as const));
  if (place === 'our own') return all;
  // local-kms has no MAC keys, and no wrapping keys of 4096 bits for imports; all the rest is faster on it.
  return all.filter(([{ flow }, { name }]) => {
    const onLocalStack = flow === 'import' || name === 'hmac';
    return onLocalStack === (place === 'localstack');
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

/**
 * Requires that each step meets each fault that can befall it.
 *
 * @throws Error that names what is lacking.
 */
export function requireCells(
  { row, kind, steps }: Pick<LearnedSaga, 'row' | 'kind' | 'steps'>,
  cells: readonly TableCell[],
): void {
  const there = new Set(cells.map(({ step, fault }) => `${step ?? ''}/${fault.name}`));
  const wanted = cellFaults.filter(({ fault, reach }) => fault !== 'stale' && reach !== 'every');
  const lacking = steps
    .flatMap((step) => wanted.map(({ name }) => `${step}/${name}`))
    .filter((id) => !there.has(id));
  if (lacking.length > 0) throw new Error(`${row.flow}/${kind.name}: no row for ${lacking.join(', ')}`);
}

/**
 * Requires a row here for each flow that the provider tells.
 *
 * @throws Error that names those that have none.
 */
export function requireFlows(
  told: readonly { readonly flow: string }[],
  kinds: readonly Pick<FlowKind, 'flow'>[] = flowKinds,
): void {
  const rows = new Set(kinds.map(({ flow }) => flow));
  const lacking = new Set(told.map(({ flow }) => flow).filter((flow) => !rows.has(flow)));
  if (lacking.size > 0) throw new Error(`No row for the flows ${[...lacking].join(', ')}`);
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

/** Milliseconds that a call in this process has; at an emulator several times what it took without a fault. */
const ownTimeout = 300;

/** Runs a cell; what goes wrong with the cell itself is wrong too, and so is a secret in what was told meanwhile. */
export async function runTableCell(saga: LearnedSaga, cell: TableCell): Promise<CellEnd> {
  const { place, row, kind, took } = saga;
  const patience = isOwn(place) ? (row.patience ?? ownTimeout) : Math.ceil(300 + 4 * took);
  // Only the fault is to outlast it.
  const timeout = cell.fault.outlasts === true ? patience : undefined;
  try {
    const end = await runCell(saga, cell.fault, cell.script, timeout);
    const { texts, sightings } = place.searchSecrets(kind.secrets());
    return { ...end, texts, wrong: [...end.wrong, ...sightings.map((seen) => `an error holds ${seen}`)] };
  } catch (error) {
    const reason = `the cell failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { idle: false, wrong: [reason], code: undefined, half: false, orphans: 0, texts: 0 };
  }
}
