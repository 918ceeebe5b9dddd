import type { TableCell } from '../fault-table.ts';
import type { LearnedSaga } from './learn-saga.ts';
import type { CellEnd } from './run-cell.ts';

/** Something that is not as it must be. */
interface WrongCell {
  readonly id: string;
  readonly reason: string;
}

/** All that is counted. */
export interface FaultFigures {
  readonly cells: number;
  readonly wrong: readonly WrongCell[];
  /** Cells whose fault could not be done: nothing was read before that could be old. They count for nothing. */
  readonly idle: number;
  readonly byPlace: Readonly<Record<string, number>>;
  readonly byFlow: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byFault: Readonly<Record<string, number>>;
  /** Cells by how the operation ended: `done`, or the code of its error. */
  readonly byEnd: Readonly<Record<string, number>>;
  /** Cells that left the vault neither as it was nor as it was to be; the repetition ended them. */
  readonly halfDone: number;
  /** Cells that left a KMS key of no name; the doctor named it. */
  readonly orphans: number;
  readonly races: Readonly<Record<string, number>>;
  /** Texts of errors that were searched for secrets. */
  readonly texts: number;
}

/** Collects the ends of cells. */
export interface FaultReport {
  ended(saga: LearnedSaga, cell: TableCell, end: CellEnd): void;
  raced(pair: string): void;
  wrong(id: string, reason: string): void;
  /** Takes what another process has counted. */
  add(figures: FaultFigures): void;
  data(): FaultFigures;
  lines(): readonly string[];
}

/** Makes a report with nothing in it. What is wrong is said at once. */
export function createFaultReport(say: (line: string) => void): FaultReport {
  const counts = { cells: 0, idle: 0, halfDone: 0, orphans: 0, texts: 0 };
  const byPlace: Record<string, number> = {};
  const byFlow: Record<string, number> = {};
  const byKind: Record<string, number> = {};
  const byFault: Record<string, number> = {};
  const byEnd: Record<string, number> = {};
  const races: Record<string, number> = {};
  const wrongs: WrongCell[] = [];
  const add = (to: Record<string, number>, name: string): void => void (to[name] = (to[name] ?? 0) + 1);
  const wrong = (id: string, reason: string): void => {
    wrongs.push({ id, reason });
    say(`WRONG ${id}: ${reason}`);
  };
  const data = (): FaultFigures => ({
    ...counts,
    wrong: wrongs,
    byPlace,
    byFlow,
    byKind,
    byFault,
    byEnd,
    races,
  });
  return {
    ended({ place, row, kind }, { id, fault }, end) {
      if (end.wrong.length > 0) wrong(`${place.name}: ${id}`, end.wrong.join('; '));
      counts.texts += end.texts;
      if (end.idle) {
        counts.idle++;
        return;
      }
      counts.cells++;
      add(byPlace, place.name);
      add(byFlow, row.flow);
      add(byKind, kind.name);
      add(byFault, fault.name);
      add(byEnd, end.code ?? 'done');
      if (end.half) counts.halfDone++;
      if (end.orphans > 0) counts.orphans++;
    },
    raced: (pair) => add(races, pair),
    wrong,
    add(figures) {
      wrongs.push(...figures.wrong);
      for (const name of typedKeys(counts)) counts[name] += figures[name];
      for (const [to, from] of [
        [byPlace, figures.byPlace],
        [byFlow, figures.byFlow],
        [byKind, figures.byKind],
        [byFault, figures.byFault],
        [byEnd, figures.byEnd],
        [races, figures.races],
      ] as const) {
        for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
      }
    },
    data,
    lines: () => [
      `by place: ${listed(byPlace)}`,
      `by flow: ${listed(byFlow)}`,
      `by kind of key: ${listed(byKind)}`,
      `by fault: ${listed(byFault)}`,
      `by end: ${listed(byEnd)}; half done until the repetition: ${counts.halfDone}; with an orphan that the doctor names: ${counts.orphans}`,
      `not counted, since nothing older was known: ${counts.idle}`,
      `two processes: ${listed(races)}`,
      `searched for secrets: ${counts.texts} texts`,
    ],
  };
}

const typedKeys = <Key extends string>(counts: Readonly<Record<Key, number>>): readonly Key[] =>
  Object.keys(counts) as Key[];

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
