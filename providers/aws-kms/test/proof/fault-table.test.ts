import { describe, expect, it, test } from 'vitest';
import { flowRows } from '../../src/flow-table.ts';
import { materialFlowRows } from '../../src/materials/material-flow-table.ts';
import { cellsOf, onePerStep, requireCells, requireFlows, runTableCell } from '../../proof/fault-table.ts';
import { openOwnPlace } from '../../proof/faults/cell-place.ts';
import type { CellPlace } from '../../proof/faults/cell-place.ts';
import { flowKinds } from '../../proof/faults/flow-kinds.ts';
import { keyKinds, materialKind } from '../../proof/faults/key-kinds.ts';
import { learnSaga } from '../../proof/faults/learn-saga.ts';
import type { LearnedSaga } from '../../proof/faults/learn-saga.ts';
import { materialFlowKinds } from '../../proof/faults/material-flow-kinds.ts';
import { safeguards, withoutSafeguard } from '../../proof/faults/without-safeguard.ts';

const openOwn = (): Promise<CellPlace> => openOwnPlace({ name: 'our own', afterCancel: 'Disabled' });

async function learn(flow: string, kind: string, place?: CellPlace): Promise<LearnedSaga> {
  const row = flowKinds.find((each) => each.flow === flow);
  const keyKind = keyKinds.find(({ name }) => name === kind);
  if (row === undefined || keyKind === undefined) throw new Error(`There is no ${flow} of ${kind}`);
  return learnSaga(place ?? (await openOwn()), row, keyKind);
}

const openMaterials = (): Promise<CellPlace> =>
  openOwnPlace({ name: 'our own, materials', afterCancel: 'Disabled', versions: 'materials' });

async function learnMaterials(flow: string, place?: CellPlace): Promise<LearnedSaga> {
  const row = materialFlowKinds.find((each) => each.flow === flow);
  if (row === undefined) throw new Error(`There is no ${flow} of materials`);
  return learnSaga(place ?? (await openMaterials()), row, materialKind);
}

/** Runs every step of a flow with every fault; gives how many cells ran, and the wrong ones. */
async function runEach(
  saga: LearnedSaga,
): Promise<{ readonly cells: number; readonly wrong: readonly string[] }> {
  const cells = onePerStep(cellsOf(saga)).filter(({ fault }) => fault.outlasts !== true);
  const wrong: string[] = [];
  for (const cell of cells) {
    const end = await runTableCell(saga, cell);
    if (end.wrong.length > 0) wrong.push(`${cell.id}: ${end.wrong.join('; ')}`);
  }
  return { cells: cells.length, wrong };
}

const sagas = flowKinds.flatMap(({ flow }) => keyKinds.map(({ name }) => [flow, name] as const));

// The whole table is a part of its own of the tests: here it is seen that each of its flows can be run at all.
test.each(sagas)(
  '%s of a key of kind %s stands the loss of its first answer, and of all',
  async (flow, kind) => {
    const saga = await learn(flow, kind);
    const faults = ['cut-after', 'answers lost from here on'];
    const cells = cellsOf(saga).filter(({ id, fault }) => id.includes('/1 ') && faults.includes(fault.name));
    expect(cells).toHaveLength(2);
    for (const cell of cells) expect((await runTableCell(saga, cell)).wrong, cell.id).toEqual([]);
  },
);

test.each(materialFlowKinds)(
  '$flow where versions are key materials stands the loss of its first answer, and of all',
  async ({ flow }) => {
    const saga = await learnMaterials(flow);
    const faults = ['cut-after', 'answers lost from here on'];
    const cells = cellsOf(saga).filter(({ id, fault }) => id.includes('/1 ') && faults.includes(fault.name));
    expect(cells).toHaveLength(2);
    for (const cell of cells) expect((await runTableCell(saga, cell)).wrong, cell.id).toEqual([]);
  },
);

test.each(['finish', 'policy-off'])('every step of %s of key materials stands every fault', async (flow) => {
  const { cells, wrong } = await runEach(await learnMaterials(flow));
  expect(wrong).toEqual([]);
  expect(cells).toBeGreaterThan(25);
});

test.each(['rotate', 'adopt'])('every step of %s stands every fault', async (flow) => {
  const { cells, wrong } = await runEach(await learn(flow, 'aes'));
  expect(wrong).toEqual([]);
  expect(cells).toBeGreaterThan(25);
});

describe('with a safeguard taken out of the provider', () => {
  const ofKeys = safeguards.filter((each) => each !== 'announcement');

  test('a rotation that somebody began and left is made twice: cells are red', async () => {
    const place = await openMaterials();
    const broken: CellPlace = {
      ...place,
      connect: () => withoutSafeguard(place.connect(), 'announcement'),
    };
    const saga = await learnMaterials('rotate', place);
    const cells = cellsOf(saga).filter(({ fault }) => fault.name === 'answers lost from here on');
    const red: string[] = [];
    for (const cell of cells) {
      expect((await runTableCell(saga, cell)).wrong, cell.id).toEqual([]);
      const { wrong } = await runTableCell({ ...saga, place: broken }, cell);
      if (wrong.some((each) => each.includes('materials 4'))) red.push(cell.id);
    }
    expect(red).not.toEqual([]);
  });

  // Where a claim fails, what was made for it is to be discarded; the loser of a claim is one that has read something old.
  test.each(ofKeys)('the same cells are red: %s', async (safeguard) => {
    const place = await openOwn();
    const broken: CellPlace = { ...place, connect: () => withoutSafeguard(place.connect(), safeguard) };
    const saga = await learn('rotate', 'aes', broken);
    const cells = cellsOf(saga).filter(({ step, fault }) => step === 'claim' || fault.fault === 'stale');
    const red: string[] = [];
    for (const cell of cells.filter(({ fault }) => fault.outlasts !== true)) {
      const sound = await runTableCell({ ...saga, place }, cell);
      expect(sound.wrong, cell.id).toEqual([]);
      if ((await runTableCell(saga, cell)).wrong.length > 0) red.push(cell.id);
    }
    expect(red).not.toEqual([]);
  });
});

describe('a step without a row', () => {
  it('is red where the provider tells a flow that the table has not', () => {
    expect(() => requireFlows(flowRows)).not.toThrow();
    expect(() => requireFlows([...flowRows, { flow: 'destroy' }])).toThrow('No row for the flows destroy');
    expect(() => requireFlows(materialFlowRows, materialFlowKinds)).not.toThrow();
    expect(() => requireFlows(materialFlowRows)).toThrow('No row for the flows rotate-under-policy');
  });

  it('is red where a step lacks the cell of a fault', async () => {
    const saga = await learn('rotate', 'aes');
    const cells = cellsOf(saga);
    expect(() => requireCells(saga, cells)).not.toThrow();
    const lacking = cells.filter(({ step, fault }) => step !== 'claim' || fault.name !== 'cut-after');
    expect(() => requireCells(saga, lacking)).toThrow('rotate/aes: no row for claim/cut-after');
    expect(() => requireCells({ ...saga, steps: [...saga.steps, 'sweep'] }, cells)).toThrow(
      'sweep/cut-before',
    );
  });

  it('is red where a flow runs other steps than the provider tells, or a step makes no request', async () => {
    const [row] = flowKinds.filter(({ flow }) => flow === 'update');
    const [kind] = keyKinds;
    if (row === undefined || kind === undefined) throw new Error('There is no such row');
    // Told are a change of state and of the record; run is one of the record alone.
    const other: typeof row = {
      ...row,
      act: (manager) => manager.updateKeyProperties('k', { tags: { faults: 'updated' } }),
    };
    await expect(learnSaga(await openOwn(), other, kind)).rejects.toThrow(/update on ec/);
  });

  it('has every request of the flow with every fault, those before and after the steps too', async () => {
    const saga = await learn('delete', 'hmac');
    const cells = cellsOf(saga);
    for (const { index } of saga.requests) {
      const faults = cells.filter(({ id }) => id.startsWith(`delete/hmac/${index} `));
      expect(faults.length, String(index)).toBeGreaterThanOrEqual(13);
    }
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  });
});
