import type { Call, Flow, FlowStep, VersionInMaking } from '@keyway/core/driver';
import { writeRecord } from '../describe-version.ts';
import { importMaterial } from '../import-material.ts';
import type { ImportableMaterial } from '../import-material.ts';
import { describeKey } from '../kms-key.ts';
import type { OwnRecord } from '../kms-key.ts';
import { lostClaim } from '../make-version-flow.ts';
import type { MakingState } from '../make-version-flow.ts';
import type { OwnVersion } from '../standing.ts';
import type { KmsVault } from '../vault.ts';
import { afterRotationSteps } from './after-rotation.ts';
import { currentMaterialId } from './current-material.ts';
import { listMaterials } from './list-materials.ts';
import type { ListedMaterial } from './list-materials.ts';
import { importError, isRotating, rotationError } from './rotation-error.ts';
import { entryOf } from './settled-record.ts';
import { lookAtRotation, waitForRotation } from './wait-for-rotation.ts';

/** The next version of a key, decided upon. */
export interface NextMaterial {
  readonly current: OwnVersion;
  /** What the record is to say, and that the version is in the making. */
  readonly record: OwnRecord & { readonly making: VersionInMaking & { readonly requestId: string } };
  readonly material?: ImportableMaterial | undefined;
}

type Step = FlowStep<MakingState>;

/** Writes what the key is to be, and that a version is being made: whoever comes next knows what this was about. */
function announceStep(vault: KmsVault, { current, record }: NextMaterial): Step {
  return {
    name: 'announce',
    async run(state, call) {
      await writeRecord(vault, current.key.id, record, call);
      return state;
    },
    async undo(_, call) {
      const now = await describeKey(vault, current.key.id, call);
      // Somebody else has written since: then it is theirs.
      if (now?.record?.making?.requestId !== record.making.requestId) return;
      await writeRecord(vault, current.key.id, current.record, call);
    },
  };
}

/** The material that this very request has imported and that waits for its rotation. */
async function findImported(
  vault: KmsVault,
  { current, record }: NextMaterial,
  call: Call,
): Promise<ListedMaterial | undefined> {
  const all = await listMaterials(vault, current.key.id, call);
  return all.find(({ waiting, description }) => waiting && description === record.making.requestId);
}

/** Imports the next material. Its description at KMS is the request: so it is known again. */
function importNextStep(vault: KmsVault, plan: NextMaterial, material: ImportableMaterial): Step {
  const { key } = plan.current;
  return {
    name: 'import-material',
    async run(state, call) {
      try {
        await importMaterial(vault, key.id, material, call, {
          ImportType: 'NEW_KEY_MATERIAL',
          KeyMaterialDescription: plan.record.making.requestId,
        });
      } catch (error) {
        throw importError(error);
      }
      return state;
    },
    async settle(state, call) {
      const found = await findImported(vault, plan, call);
      return found === undefined ? { outcome: 'absent' } : { outcome: 'done', state };
    },
    async undo(_, call) {
      const found = await findImported(vault, plan, call);
      if (found === undefined) return;
      // Without the id KMS would delete the current material.
      const input = { KeyId: key.id, KeyMaterialId: found.id };
      await vault.client.deleteImportedKeyMaterial(input, { abortSignal: call.signal });
    },
  };
}

function rotateStep(vault: KmsVault, { current }: NextMaterial): Step {
  const { key } = current;
  const former = currentMaterialId(key);
  return {
    name: 'rotate',
    async run(state, call) {
      try {
        await vault.client.rotateKeyOnDemand({ KeyId: key.id }, { abortSignal: call.signal });
        return state;
      } catch (error) {
        const others = isRotating(error) && (await lookAtRotation(vault, key.id, former, call)) !== 'none';
        throw others ? lostClaim() : rotationError(error);
      }
    },
    async settle(state, call) {
      const seen = await lookAtRotation(vault, key.id, former, call);
      return seen === 'none' ? { outcome: 'absent' } : { outcome: 'done', state };
    },
    final: true,
  };
}

function waitStep(vault: KmsVault, { current, record }: NextMaterial): Step {
  const { key } = current;
  return {
    name: 'wait',
    async run(_, call) {
      const rotated = await waitForRotation(vault, key.id, currentMaterialId(key), call);
      const taken = entryOf(rotated.record, currentMaterialId(rotated));
      // Somebody who rotated at the same time has taken it for theirs.
      if (taken !== undefined && taken.requestId !== record.making.requestId) throw lostClaim();
      return { key: rotated };
    },
  };
}

/** The making of the next version of a key whose versions are its materials, as data. */
export function nextMaterialFlow(vault: KmsVault, plan: NextMaterial): Flow<MakingState> {
  return {
    name: 'next-material',
    steps: [
      announceStep(vault, plan),
      ...(plan.material === undefined ? [] : [importNextStep(vault, plan, plan.material)]),
      rotateStep(vault, plan),
      waitStep(vault, plan),
      ...afterRotationSteps(vault, plan.record),
    ],
  };
}
