import type { NameState, VersionState } from './name-state.ts';

type Effect = (before: NameState) => NameState;

const atVersion =
  (number: number, change: Partial<VersionState>): Effect =>
  (before) => ({
    ...before,
    versions: before.versions.map((version, index) =>
      index + 1 === number ? { ...version, ...change } : version,
    ),
  });

/** What a version is once it is made. */
export const newVersion = (enabled: boolean): VersionState => ({
  state: enabled ? 'Enabled' : 'Disabled',
  marked: false,
  updated: false,
  owner: 'record',
});

const claims =
  (version: number): Effect =>
  (before) => ({ ...before, claims: [...before.claims, version] });

const unchanged: Effect = (before) => before;

const currentOf = ({ points, versions }: NameState): number => points ?? versions.length;

/** The number of the version that a step such as `mark-2` or `mark-current` is about. */
function subject(step: string, before: NameState): number {
  const suffix = step.slice(step.indexOf('-') + 1);
  return suffix === 'current' ? currentOf(before) : Number(suffix);
}

/** How the emulator leaves a key whose deletion was cancelled: AWS documents `Disabled`. */
export type AfterCancel = 'Disabled' | 'Enabled';

/** What one step of a flow is to leave in the dump: stated here once more, apart from the provider. */
function effectOf(flow: string, step: string, afterCancel: AfterCancel): Effect {
  const kind = /^[a-z]+/.exec(step)?.[0];
  if (flow === 'adopt') return adoptionEffect(step);
  if (['create', 'create-disabled', 'import', 'rotate'].includes(flow)) return makingEffect(flow, step);
  return (before) => {
    const number = flow === 'update' ? currentOf(before) : step.includes('-') ? subject(step, before) : 0;
    const changes: Readonly<Record<string, Effect>> = {
      claim: claims(currentOf(before)),
      mark: atVersion(number, { marked: true }),
      schedule: atVersion(number, { state: 'PendingDeletion' }),
      cancel: atVersion(number, { state: afterCancel }),
      enable: atVersion(number, { state: 'Enabled' }),
      clear: atVersion(number, { marked: false }),
      disable: atVersion(number, { state: 'Disabled' }),
      describe: atVersion(number, { updated: true }),
    };
    const effect = kind === undefined ? undefined : changes[kind];
    if (effect === undefined) throw new Error(`The step ${step} of ${flow} has no row`);
    return effect(before);
  };
}

function makingEffect(flow: string, step: string): Effect {
  const effects: Readonly<Record<string, Effect>> = {
    'create-key': unchanged,
    'import-material': unchanged,
    disable: unchanged,
    claim: (before) => ({
      ...before,
      versions: [...before.versions, newVersion(flow !== 'create-disabled')],
      claims: [...before.claims, before.versions.length + 1],
    }),
    point: (before) => ({ ...before, points: before.versions.length }),
  };
  const effect = effects[step];
  if (effect === undefined) throw new Error(`The step ${step} of ${flow} has no row`);
  return effect;
}

function adoptionEffect(step: string): Effect {
  const effects: Readonly<Record<string, Effect>> = {
    claim: claims(1),
    tag: atVersion(1, { owner: 'tags' }),
    describe: atVersion(1, { owner: 'record' }),
    point: (before) => ({ ...before, points: 1 }),
  };
  const effect = effects[step];
  if (effect === undefined) throw new Error(`The step ${step} of adopt has no row`);
  return effect;
}

/** The states that a flow goes through: before it, after each of its steps, the last one being after it. */
export function statesOf(
  flow: string,
  steps: readonly string[],
  before: NameState,
  afterCancel: AfterCancel,
): readonly NameState[] {
  const states = [before];
  for (const step of steps) states.push(effectOf(flow, step, afterCancel)(states.at(-1) ?? before));
  return states;
}
