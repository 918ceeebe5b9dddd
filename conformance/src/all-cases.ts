import { backupCases } from './cases/backup.ts';
import { capabilityCases } from './cases/capabilities.ts';
import { closingCases } from './cases/closing.ts';
import { createPropertyCases } from './cases/create-properties.ts';
import { createCases } from './cases/create.ts';
import { deletionCases } from './cases/deletion.ts';
import { dueRotationCases } from './cases/due-rotation.ts';
import { encryptionBindingCases } from './cases/encryption-binding.ts';
import { encryptionCases } from './cases/encryption.ts';
import { errorCases } from './cases/errors.ts';
import { failClosedCases } from './cases/fail-closed.ts';
import { freshnessCases } from './cases/freshness.ts';
import { importCases } from './cases/import.ts';
import { keyStateCases } from './cases/key-state.ts';
import { keyWrapCases } from './cases/key-wrap.ts';
import { listCases } from './cases/lists.ts';
import { observationCases } from './cases/observation.ts';
import { operationsAllowedCases } from './cases/operations-allowed.ts';
import { ownershipCases } from './cases/ownership.ts';
import { randomCases } from './cases/random.ts';
import { readCases } from './cases/read.ts';
import { recoveryCases } from './cases/recovery.ts';
import { releaseCases } from './cases/release.ts';
import { requestIdCases } from './cases/request-ids.ts';
import { retryCases } from './cases/retries.ts';
import { rotationPolicyCases } from './cases/rotation-policy.ts';
import { rotationCases } from './cases/rotation.ts';
import { signatureMisuseCases } from './cases/signature-misuse.ts';
import { signatureCases } from './cases/signatures.ts';
import { updateCases } from './cases/update.ts';
import { verificationCases } from './cases/verifications.ts';
import { checkCases } from './case.ts';
import type { Case } from './case.ts';
import { vectorCases } from './vectors/vector-cases.ts';

/** The cases that are about the vault: what it does, and what it must refuse. */
export const promiseCases: readonly Case[] = [
  ...capabilityCases,
  ...createCases,
  ...createPropertyCases,
  ...importCases,
  ...readCases,
  ...listCases,
  ...updateCases,
  ...signatureCases,
  ...verificationCases,
  ...signatureMisuseCases,
  ...encryptionCases,
  ...encryptionBindingCases,
  ...keyWrapCases,
  ...keyStateCases,
  ...operationsAllowedCases,
  ...freshnessCases,
  ...failClosedCases,
  ...rotationCases,
  ...rotationPolicyCases,
  ...dueRotationCases,
  ...deletionCases,
  ...recoveryCases,
  ...backupCases,
  ...releaseCases,
  ...ownershipCases,
  ...randomCases,
  ...requestIdCases,
  ...retryCases,
  ...errorCases,
  ...observationCases,
  ...closingCases,
];

/** Every case of the suite, in the order in which they run. */
export const allCases: readonly Case[] = checkCases([...promiseCases, ...vectorCases]);
