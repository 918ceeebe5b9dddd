import type { MaterialState } from './material-state.ts';
import type { NameState, VersionState } from './name-state.ts';
import { newVersion } from './step-effects.ts';

type Effect = (before: NameState) => NameState;
type Change = (before: MaterialState) => Partial<MaterialState>;

/** A key of one version, which is its first material. */
export function newMaterialKey(more: Partial<MaterialState> = {}, enabled = true): NameState {
  const materials: MaterialState = {
    count: 1,
    waiting: 0,
    rotating: false,
    everyDays: undefined,
    recorded: 1,
    making: false,
    policy: undefined,
    ...more,
  };
  return { versions: [{ ...newVersion(enabled), materials }], claims: [], points: 1 };
}

const ofVersion =
  (change: (version: VersionState) => VersionState): Effect =>
  (before) => ({ ...before, versions: before.versions.map((version) => change(version)) });

/** Changes what is seen of the materials. */
export const inMaterials = (change: Change): Effect =>
  ofVersion((version) => {
    const { materials } = version;
    return materials === undefined
      ? version
      : { ...version, materials: { ...materials, ...change(materials) } };
  });

/** The state of KMS. */
export const inState = (state: string): Effect => ofVersion((version) => ({ ...version, state }));

/** KMS has done what it began: the next material is current. */
export const turned = inMaterials(({ count }) => ({ count: count + 1, waiting: 0, rotating: false }));

/** KMS has begun to rotate. */
export const rotating = inMaterials(() => ({ rotating: true }));

/** KMS's own rotation, on with a period or off. */
const every = (everyDays: number | undefined): Effect => inMaterials(() => ({ everyDays }));

/** What the steps of a rotation leave, each with the states on the way to it. */
export const nextSteps: Readonly<Record<string, readonly Effect[]>> = {
  announce: [inMaterials(() => ({ making: true }))],
  'import-material': [inMaterials(() => ({ waiting: 1 }))],
  rotate: [rotating],
  wait: [turned],
  policy: [every(undefined), every(365)],
  disable: [inState('Disabled')],
  record: [inMaterials(({ recorded }) => ({ making: false, recorded: recorded + 1 }))],
};

/** What the steps of the first version leave. No name leads to the key before the last one. */
export const firstSteps = (enabled: boolean): Readonly<Record<string, readonly Effect[]>> => ({
  'create-key': [],
  'import-material': [],
  describe: [],
  disable: [],
  claim: [() => newMaterialKey({}, enabled)],
});

/** What the steps of a new policy leave. */
export const policySteps = (policy: string, days?: number): Readonly<Record<string, readonly Effect[]>> => ({
  describe: [inMaterials(() => ({ policy }))],
  'switch-off': [every(undefined)],
  'switch-on': [every(days)],
});

/** The states that a flow goes through, from the one before it. @throws Error for a step that has no row. */
export function statesThrough(
  before: NameState,
  steps: readonly string[],
  effects: Readonly<Record<string, readonly Effect[]>>,
): readonly NameState[] {
  const states = [before];
  for (const step of steps) {
    const row = effects[step];
    if (row === undefined) throw new Error(`The step ${step} has no row`);
    for (const effect of row) states.push(effect(states.at(-1) ?? before));
  }
  return states;
}
