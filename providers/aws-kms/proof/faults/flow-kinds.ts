import { randomUUID } from 'node:crypto';
import type { KMS } from '@aws-sdk/client-kms';
import type { KeyManager } from '@keyway/core';
import type { KeyKind } from './key-kinds.ts';
import { updateTag } from './name-state.ts';
import type { NameState } from './name-state.ts';
import { newVersion } from './step-effects.ts';

/** What a cell works with. */
export interface CellGround {
  readonly kind: KeyKind;
  /** The request id of the operation: who repeats it sends it again. */
  readonly requestId: string;
  /** The ARN of a key that others made, where the flow needs one. */
  readonly given: string | undefined;
}

export type Act = (manager: KeyManager, ground: CellGround) => Promise<unknown>;

/** One kind of flow: how its ground is laid, how it is run, and how it may be over already. */
export interface FlowKind {
  readonly flow: string;
  /** The steps that the provider tells, where its table by kinds of keys does not have them. */
  readonly steps?: readonly string[] | undefined;
  readonly before: NameState;
  /** What it goes through, where that does not follow from its steps alone. */
  readonly states?: readonly NameState[] | undefined;
  /** On the way there, and nothing is half done: what others began is finished, and of its own nothing is begun. */
  readonly whole?: NameState | undefined;
  readonly prepare: Act;
  /** The process that lays the ground dies after this step, `<flow>/<step>` as the provider names them. */
  readonly killedAfter?: string | undefined;
  /** Makes what others would have made, round the vault; gives its ARN. */
  readonly give?: ((client: Pick<KMS, 'createKey'>, kind: KeyKind) => Promise<string>) | undefined;
  readonly act: Act;
  /** Milliseconds that a call has where a fault is to outlast it; fewer where nothing is waited for. */
  readonly patience?: number | undefined;
  /** Further codes with which it may end where something is refused for good. */
  readonly codes?: readonly string[] | undefined;
  /** Codes with which a repetition says that the operation was carried out already. */
  readonly over: readonly string[];
  /** What must go well at last, and the state it leads to from the flow's own end. */
  readonly finally: { readonly act: Act; readonly leaves: (after: NameState) => NameState };
}

const versions = (count: number): NameState => ({
  versions: Array.from({ length: count }, () => newVersion(true)),
  claims: Array.from({ length: count }, (_, index) => index + 1),
  points: count === 0 ? undefined : count,
});

const makeVersions =
  (count: number): Act =>
  async (manager, { kind }) => {
    for (let number = 0; number < count; number++) await kind.create(manager, randomUUID());
  };

const remove: Act = async (manager) => (await manager.beginDeleteKey('k')).pollUntilDone();
const recover: Act = async (manager) => (await manager.beginRecoverDeletedKey('k')).pollUntilDone();
const createNext: Act = (manager, { kind }) => kind.create(manager, randomUUID());

/** The name goes on: the next version takes the next number. */
const next = {
  act: createNext,
  leaves: (after: NameState): NameState => ({
    versions: [...after.versions, newVersion(true)],
    claims: [...after.claims, after.versions.length + 1],
    points: after.versions.length + 1,
  }),
};

const recovered = {
  act: recover,
  leaves: (after: NameState): NameState => ({
    ...after,
    versions: after.versions.map((version) => ({ ...version, state: 'Enabled', marked: false })),
  }),
};

const deleted = (state: NameState): NameState => ({
  ...state,
  versions: state.versions.map((version) => ({ ...version, state: 'PendingDeletion', marked: true })),
  claims: [...state.claims, state.versions.length],
});

const nobodys: NameState = {
  versions: [{ ...newVersion(true), owner: 'nobody' }],
  claims: [],
  points: undefined,
};

async function giveKey(client: Pick<KMS, 'createKey'>, { keySpec, keyUsage }: KeyKind): Promise<string> {
  const { KeyMetadata } = await client.createKey({
    KeySpec: keySpec,
    KeyUsage: keyUsage,
    Description: 'made by others',
  });
  return KeyMetadata?.Arn ?? '';
}

/** The flows of the provider. Adding one is adding a row. */
export const flowKinds: readonly FlowKind[] = [
  {
    flow: 'create',
    before: versions(0),
    prepare: makeVersions(0),
    act: (manager, { kind, requestId }) => kind.create(manager, requestId),
    over: [],
    finally: next,
  },
  {
    flow: 'create-disabled',
    before: versions(1),
    prepare: makeVersions(1),
    act: (manager, { kind, requestId }) => kind.create(manager, requestId, { enabled: false }),
    over: [],
    finally: next,
  },
  {
    flow: 'import',
    before: versions(1),
    prepare: makeVersions(1),
    act: (manager, { kind, requestId }) =>
      manager.importKey('k', kind.material(), { requestId, keyOperations: kind.operations }),
    over: [],
    finally: next,
  },
  {
    flow: 'rotate',
    before: versions(2),
    prepare: makeVersions(2),
    act: (manager, { requestId }) => manager.rotateKey('k', { requestId }),
    over: [],
    finally: next,
  },
  {
    flow: 'delete',
    before: versions(3),
    prepare: makeVersions(3),
    act: remove,
    over: ['ERR_KEY_NOT_FOUND'],
    finally: recovered,
  },
  {
    flow: 'recover',
    before: deleted(versions(3)),
    prepare: async (manager, ground) => {
      await makeVersions(3)(manager, ground);
      await remove(manager, ground);
    },
    act: recover,
    over: ['ERR_KEY_NOT_FOUND'],
    finally: next,
  },
  {
    flow: 'update',
    before: versions(1),
    prepare: makeVersions(1),
    act: (manager) => manager.updateKeyProperties('k', { enabled: false, tags: updateTag }),
    over: [],
    finally: next,
  },
  {
    flow: 'adopt',
    before: nobodys,
    prepare: makeVersions(0),
    give: giveKey,
    act: (manager, { given }) => manager.adoptKey('k', given ?? ''),
    over: ['ERR_KEY_EXISTS', 'ERR_CONFLICT', 'ERR_OPERATION_NOT_PERMITTED'],
    finally: next,
  },
];
