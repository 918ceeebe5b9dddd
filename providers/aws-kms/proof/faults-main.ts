/** `faults`: the fault table of the provider's flows, in front of emulators. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startEmulator } from '@keyway/conformance/emulators';
import { findCanaries } from '../../../scripts/canaries.ts';
import { cellsOf, onePerStep, runTableCell, sagasAt } from './fault-table.ts';
import type { TableCell } from './fault-table.ts';
import { openPlace, placeRows } from './faults/cell-place.ts';
import type { CellPlace, PlaceRow } from './faults/cell-place.ts';
import type { FlowKind } from './faults/flow-kinds.ts';
import type { KeyKind } from './faults/key-kinds.ts';
import { learnSaga } from './faults/learn-saga.ts';
import type { LearnedSaga } from './faults/learn-saga.ts';
import { createFaultReport } from './faults/fault-report.ts';
import type { FaultReport } from './faults/fault-report.ts';
import { pick } from './faults/pick.ts';
import { runRaces } from './faults/races.ts';

const help = `Usage: faults [--short] [--seed N] [--only TEXT] [--json] [--help]

Runs every flow of the AWS KMS provider with a fault at each of its requests, and judges by a bare dump.
Lets pairs of processes work on one name at once.

  --short      every step with every fault on one kind of key, and a sample of the rest
  --seed N     chooses the sample; default: by chance, printed
  --only TEXT  cells of flows that begin so, such as delete/ec/, or whose id does; no races
  --json       the report as JSON on the standard output, before the last line
`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string): void => void process.stderr.write(`faults: ${line}\n`);

/** Part of the other kinds of keys that the short form runs. */
const shortShare = { 'local-kms': 0.03, localstack: 0.02 } as const;

function chosen(cells: readonly TableCell[], { kind, place }: LearnedSaga): readonly TableCell[] {
  const { only } = values;
  if (only !== undefined) return cells.filter(({ id }) => id.startsWith(only));
  if (!values.short) return cells;
  const always = kind.name === 'ec' ? onePerStep(cells) : [];
  const ids = new Set(always.map(({ id }) => id));
  const rest = cells.filter(({ id }) => !ids.has(id));
  return [...always, ...pick(rest, seed, shortShare[place.emulator])];
}

async function runSaga(saga: LearnedSaga, report: FaultReport): Promise<void> {
  const { place, row, kind } = saga;
  const started = performance.now();
  const all = cellsOf(saga);
  const cells = chosen(all, saga);
  for (const cell of cells) report.ended(saga, cell, await runTableCell(saga, cell));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${place.emulator}: ${row.flow}/${kind.name}: ${cells.length} of ${all.length} cells, ${seconds} s`);
  // Secrets are many where keys are imported: each flow is searched for its own.
  for (const { canary, form } of findCanaries(place.texts.join('\n'), place.secrets.secrets)) {
    report.wrong(`${row.flow}/${kind.name}`, `an error holds ${canary} as ${form}`);
  }
  report.searched(place.texts.length, place.secrets.secrets.length);
  place.texts.length = 0;
}

/** Works on the flows that are left, until none is. */
async function runLane(
  place: CellPlace,
  left: (readonly [FlowKind, KeyKind])[],
  report: FaultReport,
): Promise<void> {
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const [row, kind] = next;
    try {
      await runSaga(await learnSaga(place, row, kind), report);
    } catch (error) {
      report.wrong(`${row.flow}/${kind.name}`, String(error instanceof Error ? error.stack : error));
    }
  }
}

/** Flows of an emulator that run at once: each waits for answers most of its time. */
const lanes = 3;

async function runPlace(row: PlaceRow, report: FaultReport): Promise<void> {
  const { only } = values;
  const wanted = sagasAt(row.emulator).filter(
    ([{ flow }, { name }]) =>
      only === undefined || `${flow}/${name}/`.startsWith(only) || only.startsWith(`${flow}/${name}/`),
  );
  if (wanted.length === 0) return;
  const emulator = await startEmulator(row.emulator);
  const leaveOut = new Set<string>();
  const left = [...wanted];
  const places = await Promise.all(
    Array.from({ length: lanes }, () => openPlace(row, emulator.address, leaveOut)),
  );
  try {
    await Promise.all(places.map((place) => runLane(place, left, report)));
    const [place] = places;
    if (place !== undefined && only === undefined && row.emulator === 'local-kms') {
      await runRaces(place, values.short ? 2 : 10, report, say);
    }
  } finally {
    await Promise.all(places.map((place) => place.close()));
    await emulator.stop();
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
  await Promise.all(placeRows.map((row) => runPlace(row, report)));
  const seconds = Math.round((performance.now() - started) / 1000);
  for (const line of report.lines()) process.stdout.write(`${line}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, seconds, ...report.data() })}\n`);
  process.stdout.write(`${report.data().cells} cells, ${report.data().wrong.length} wrong\n`);
  if (report.data().wrong.length > 0) process.exitCode = 1;
}

await main();
