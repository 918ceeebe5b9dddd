import { randomUUID } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';
import { materialFlowRows } from '../../src/materials/material-flow-table.ts';
import type { MaterialFlowRow } from '../../src/materials/material-flow-table.ts';
import { flowKinds } from './flow-kinds.ts';
import type { Act, FlowKind } from './flow-kinds.ts';
import { laterMaterial } from './key-kinds.ts';
import {
  firstSteps,
  inMaterials,
  inState,
  newMaterialKey,
  nextSteps,
  policySteps,
  rotating,
  statesThrough,
  turned,
} from './material-effects.ts';
import type { NameState } from './name-state.ts';

/** More than the provider keeps for its answer when it waits for a rotation, and the rotation itself. */
const waits = { patience: 2900 } as const;

const nothing: NameState = { versions: [], claims: [], points: undefined };

/** The steps that the provider tells of its flows, one after the other. */
const told = (...flows: readonly MaterialFlowRow['flow'][]): readonly string[] =>
  flows.flatMap((flow) => materialFlowRows.find((row) => row.flow === flow)?.steps ?? []);

/** What the same flow does where each version is a KMS key. */
function alike(flow: string): FlowKind {
  const row = flowKinds.find((each) => each.flow === flow);
  if (row === undefined) throw new Error(`There is no flow ${flow}`);
  return row;
}

const create: Act = (manager, { kind }) => kind.create(manager, randomUUID());
const rotate: Act = (manager, { requestId }) => manager.rotateKey('k', { requestId });
const rotateOnce: Act = (manager) => manager.rotateKey('k', { requestId: randomUUID() });
const enable: Act = (manager) => manager.updateKeyProperties('k', { enabled: true });
const policy =
  (timeAfterCreate: string): Act =>
  (manager) =>
    manager.updateKeyRotationPolicy('k', { lifetimeActions: [{ action: 'rotate', timeAfterCreate }] });
const importOf =
  (material: () => JsonWebKey, ownId = true): Act =>
  (manager, { kind, requestId }) =>
    manager.importKey('k', material(), {
      requestId: ownId ? requestId : randomUUID(),
      keyOperations: kind.operations,
    });
const importFirst: Act = (manager, ground) => importOf(ground.kind.material, false)(manager, ground);
const importSecond = importOf(laterMaterial.second);

const inOrder =
  (...acts: readonly Act[]): Act =>
  async (manager, ground) => {
    for (const act of acts) await act(manager, ground);
  };
/** The process that does it is killed. */
const killed =
  (act: Act): Act =>
  (manager, ground) =>
    act(manager, ground).then(
      () => Promise.reject(new Error('Nobody was killed')),
      () => undefined,
    );

const oneMore = inMaterials(({ count, recorded }) => ({ count: count + 1, recorded: recorded + 1 }));
const next = { act: create, leaves: oneMore } as const;
const nextImport = { act: importOf(laterMaterial.third, false), leaves: oneMore } as const;
/** KMS rotates enabled keys only. */
const nextOnceEnabled = {
  act: inOrder(enable, rotateOnce),
  leaves: (after: NameState): NameState => inState('Enabled')(oneMore(after)),
} as const;

/** The row of a flow whose states follow from effects. */
function row(
  shape: Omit<FlowKind, 'steps' | 'states' | 'over'> & { readonly steps: readonly string[] },
  effects: Parameters<typeof statesThrough>[2],
  ...onTheWay: readonly ((before: NameState) => NameState)[]
): FlowKind {
  const { before, steps } = shape;
  const states = [before];
  for (const effect of onTheWay) states.push(effect(states.at(-1) ?? before));
  const [, ...rest] = statesThrough(states.at(-1) ?? before, steps, effects);
  return { over: [], ...shape, states: [...states, ...rest] };
}

const first = (
  flow: MaterialFlowRow['flow'],
  act: Act,
  last: FlowKind['finally'],
  enabled = true,
): FlowKind =>
  row(
    { flow, steps: told(flow), before: nothing, prepare: inOrder(), act, finally: last },
    firstSteps(enabled),
  );

const later = (
  flow: MaterialFlowRow['flow'],
  shape: Pick<FlowKind, 'before' | 'prepare' | 'act' | 'finally'>,
): FlowKind => row({ flow, steps: told(flow), ...shape, ...waits }, nextSteps);

const announced = newMaterialKey({ making: true });
const yearly = newMaterialKey({ policy: 'P1Y', everyDays: 365 });

/** What somebody has begun and left, and what whoever comes next makes of it. */
const begun: readonly FlowKind[] = [
  row(
    {
      flow: 'finish',
      steps: told('finish'),
      before: rotating(announced),
      prepare: inOrder(create, killed(rotate)),
      killedAfter: 'next-material/rotate',
      act: rotate,
      finally: next,
      ...waits,
    },
    nextSteps,
    turned,
  ),
  row(
    {
      flow: 'finish-by-next',
      steps: told('finish', 'rotate'),
      before: rotating(announced),
      whole: oneMore(newMaterialKey()),
      prepare: inOrder(create, killed(rotateOnce)),
      killedAfter: 'next-material/rotate',
      act: rotate,
      finally: next,
      ...waits,
    },
    nextSteps,
    turned,
  ),
  row(
    {
      flow: 'finish-import',
      steps: told('finish'),
      before: newMaterialKey({ making: true, waiting: 1 }),
      prepare: inOrder(importFirst, killed(importSecond)),
      killedAfter: 'next-material/import-material',
      act: importSecond,
      finally: nextImport,
      ...waits,
    },
    nextSteps,
    rotating,
    turned,
  ),
  row(
    {
      flow: 'replace-announced',
      steps: told('rotate'),
      before: announced,
      prepare: inOrder(create, killed(rotateOnce)),
      killedAfter: 'next-material/announce',
      act: rotate,
      finally: next,
      ...waits,
    },
    nextSteps,
  ),
];

/** Flows whose states follow from their steps as they do where each version is a KMS key. */
const asElsewhere = (
  flow: MaterialFlowRow['flow'],
  shape: Pick<FlowKind, 'before' | 'prepare'> & Partial<FlowKind>,
): FlowKind => ({ ...alike(flow), steps: told(flow), ...shape });

const { act: remove } = alike('delete');
const deleted = inState('PendingDeletion')(newMaterialKey());
const [given] = alike('adopt').before.versions;
const [key] = newMaterialKey({ recorded: 0 }).versions;

/** The flows of the provider where versions are key materials. Adding one is adding a row. */
export const materialFlowKinds: readonly FlowKind[] = [
  first('create', (manager, { kind, requestId }) => kind.create(manager, requestId), next),
  first(
    'create-disabled',
    (manager, { kind, requestId }) => kind.create(manager, requestId, { enabled: false }),
    nextOnceEnabled,
    false,
  ),
  first('import', alike('import').act, nextImport),
  later('rotate', {
    before: oneMore(newMaterialKey()),
    prepare: inOrder(create, create),
    act: rotate,
    finally: next,
  }),
  later('rotate-under-policy', {
    before: yearly,
    prepare: inOrder(create, policy('P1Y')),
    act: rotate,
    finally: next,
  }),
  later('create-next-disabled', {
    before: newMaterialKey(),
    prepare: create,
    act: (manager, { kind, requestId }) => kind.create(manager, requestId, { enabled: false }),
    finally: nextOnceEnabled,
  }),
  later('import-next', {
    before: newMaterialKey(),
    prepare: importFirst,
    act: importSecond,
    finally: nextImport,
  }),
  ...begun,
  row(
    {
      flow: 'policy',
      steps: told('policy'),
      before: newMaterialKey(),
      prepare: create,
      act: policy('P1Y'),
      finally: next,
    },
    policySteps('P1Y', 365),
  ),
  row(
    {
      flow: 'policy-change',
      steps: told('policy'),
      before: yearly,
      prepare: inOrder(create, policy('P1Y')),
      act: policy('P2Y'),
      // What was on cannot be switched on again.
      codes: ['ERR_OUTCOME_UNKNOWN'],
      finally: next,
    },
    policySteps('P2Y', 730),
  ),
  // KMS holds no policy of fewer than 90 days: its own rotation goes.
  row(
    {
      flow: 'policy-off',
      steps: told('policy-off'),
      before: yearly,
      prepare: inOrder(create, policy('P1Y')),
      act: policy('P30D'),
      finally: next,
    },
    policySteps('P30D'),
  ),
  asElsewhere('delete', { before: newMaterialKey(), prepare: create }),
  asElsewhere('recover', {
    before: {
      ...deleted,
      versions: deleted.versions.map((version) => ({ ...version, marked: true })),
    },
    prepare: inOrder(create, remove),
    finally: next,
  }),
  asElsewhere('update', { before: newMaterialKey(), prepare: create, finally: nextOnceEnabled }),
  asElsewhere('adopt', {
    before: {
      ...nothing,
      versions: given === undefined ? [] : [{ ...given, materials: key?.materials }],
    },
    prepare: inOrder(),
    finally: next,
  }),
];
