/** `faults`: the fault table of the provider's flows, on our own KMS in this process and on emulators. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { flowRows } from '../src/flow-table.ts';
import { materialFlowRows } from '../src/materials/material-flow-table.ts';
import { cellsOf, onePerStep, requireCells, requireFlows, runTableCell, sagasAt } from './fault-table.ts';
import type { TableCell } from './fault-table.ts';
import { isOwn, placeRows } from './faults/cell-place.ts';
import type { CellPlace, PlaceRow } from './faults/cell-place.ts';
import type { FlowKind } from './faults/flow-kinds.ts';
import type { KeyKind } from './faults/key-kinds.ts';
import { learnSaga } from './faults/learn-saga.ts';
import type { LearnedSaga } from './faults/learn-saga.ts';
import { createFaultReport } from './faults/fault-report.ts';
import type { FaultReport } from './faults/fault-report.ts';
import { materialFlowKinds } from './faults/material-flow-kinds.ts';
import { pick } from './faults/pick.ts';
import { openPool } from './faults/place-pool.ts';
import type { PlacePool } from './faults/place-pool.ts';
import { runRaces } from './faults/races.ts';
import { runPart } from './faults/spawn-part.ts';
import { isSafeguard, safeguards, withoutSafeguard } from './faults/without-safeguard.ts';

const help = `Usage: faults [--short] [--seed N] [--at PLACE]… [--share N] [--part I/N] [--without SAFEGUARD] [--only TEXT] [--json] [--help]

Runs every flow of the AWS KMS provider with a fault at each of its requests, and judges by a bare dump.
Lets pairs of processes work on one name at once. Places: ${placeRows.map(({ name }) => name).join(', ')}.

  --short      on our own KMS every step with every fault, on the emulators a sample
  --seed N     chooses the sample; default: by chance, printed
  --at PLACE   only there; may be given more than once
  --share N    a part of the cells of each flow, from 0 to 1
  --part I/N   every N-th flow, from the I-th
  --without SAFEGUARD  takes one out, which must show: ${safeguards.join(', ')}
  --only TEXT  cells of flows that begin so, such as delete/ec/, or whose id does; no races
  --json       the report as JSON on the standard output, before the last line
`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    at: { type: 'string', multiple: true },
    share: { type: 'string' },
    part: { type: 'string' },
    without: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string): void => void process.stderr.write(`faults: ${line}\n`);

/** Part of the cells that the short form runs on the emulators; at least one of each flow on each kind of key. */
const shortShare = 0.01;
/** Processes that share the flows of a place in memory. */
const parts: Readonly<Partial<Record<PlaceRow['name'], number>>> = { 'our own': 2, 'our own, materials': 1 };

function chosen(cells: readonly TableCell[], { place }: LearnedSaga): readonly TableCell[] {
  const { only, share } = values;
  if (share !== undefined) return pick(cells, seed, Number(share));
  if (only !== undefined) return cells.filter(({ id }) => id.startsWith(only));
  if (!values.short) return cells;
  if (isOwn(place)) return onePerStep(cells);
  const picked = pick(cells, seed, shortShare);
  return picked.length > 0 ? picked : cells.slice(seed % cells.length).slice(0, 1);
}

async function runSaga(saga: LearnedSaga, report: FaultReport): Promise<void> {
  const { place, row, kind } = saga;
  const title = `${place.name}: ${row.flow}/${kind.name}`;
  const started = performance.now();
  const all = cellsOf(saga);
  requireCells(saga, all);
  const cells = chosen(all, saga);
  for (const cell of cells) report.ended(saga, cell, await runTableCell(saga, cell));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${title}: ${cells.length} of ${all.length} cells, ${seconds} s`);
}

/** The place with a safeguard of the provider taken out, where that is asked for. */
function broken(place: CellPlace): CellPlace {
  const { without } = values;
  if (without === undefined) return place;
  if (!isSafeguard(without)) throw new TypeError(`There is no safeguard ${without}`);
  return { ...place, connect: () => withoutSafeguard(place.connect(), without) };
}

/** Works on the flows that are left, until none is. */
async function runLane(
  pool: PlacePool,
  left: (readonly [FlowKind, KeyKind])[],
  report: FaultReport,
): Promise<void> {
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const [row, kind] = next;
    const place = broken(await pool.open());
    try {
      await runSaga(await learnSaga(place, row, kind), report);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report.wrong(`${place.name}: ${row.flow}/${kind.name}`, reason);
    } finally {
      await place.close();
    }
  }
}

/** Flows that run at once: each waits most of its time, for answers, or for the end of a deadline. */
const lanes: Readonly<Record<PlaceRow['name'], number>> = {
  'our own': 8,
  'our own, materials': 20,
  'local-kms': 3,
  localstack: 3,
};

/** The flows of a part, `1/2` for example. */
function partOf<Item>(part: string | undefined, items: readonly Item[]): Item[] {
  const [number = 1, count = 1] = part?.split('/').map(Number) ?? [];
  return items.filter((_, index) => index % count === number - 1);
}

async function runInParts(row: PlaceRow, count: number, report: FaultReport): Promise<void> {
  const figures = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      runPart(fileURLToPath(import.meta.url), [
        '--at',
        row.name,
        '--part',
        `${index + 1}/${count}`,
        ...(values.short ? ['--short'] : []),
      ]),
    ),
  );
  for (const each of figures) report.add(each);
}

async function runPlace(row: PlaceRow, report: FaultReport): Promise<void> {
  const { only, at, part, share, without } = values;
  if (at !== undefined && !at.includes(row.name)) return;
  const count = parts[row.name];
  if (count !== undefined && [only, part, share, without].every((value) => value === undefined)) {
    await runInParts(row, count, report);
    return;
  }
  const left = sagasAt(row.name).filter(
    ([{ flow }, { name }]) =>
      only === undefined || `${flow}/${name}/`.startsWith(only) || only.startsWith(`${flow}/${name}/`),
  );
  const inPart = partOf(part, left);
  if (inPart.length === 0) return;
  const pool = await openPool(row);
  try {
    await Promise.all(Array.from({ length: lanes[row.name] }, () => runLane(pool, inPart, report)));
    if (only === undefined && row.name === 'local-kms') {
      const place = await pool.openEmulator();
      try {
        await runRaces(place, values.short ? 1 : 10, report, say);
      } finally {
        await place.close();
      }
    }
  } finally {
    await pool.close();
  }
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  say(`seed ${seed}`);
  const started = performance.now();
  const report = createFaultReport(say);
  requireFlows(flowRows);
  requireFlows(materialFlowRows, materialFlowKinds);
  await Promise.all(placeRows.map((row) => runPlace(row, report)));
  const seconds = Math.round((performance.now() - started) / 1000);
  for (const line of report.lines()) process.stdout.write(`${line}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, seconds, ...report.data() })}\n`);
  process.stdout.write(`${report.data().cells} cells, ${report.data().wrong.length} wrong\n`);
  if (report.data().wrong.length > 0) process.exitCode = 1;
}

await main();
