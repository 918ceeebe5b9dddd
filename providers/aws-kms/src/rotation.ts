import type { Call, PolicyRecord, RotationMethods } from '@keyway/core/driver';
import { describeVersion, writeRecord } from './describe-version.ts';
import { locateCurrent } from './locate.ts';
import { rotateVersion } from './make-version.ts';
import { isRunByKms } from './materials/kms-rotation.ts';
import { writeKmsPolicy } from './materials/write-kms-policy.ts';
import { findPolicy } from './policy-record.ts';
import { requireOwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

async function readPolicy(vault: KmsVault, name: string, call: Call): Promise<PolicyRecord | undefined> {
  const current = await locateCurrent(vault, name, call);
  if (current.ownership === 'external') return undefined;
  const { holder, policy } = await findPolicy(vault, requireOwnVersion(current), call);
  if (policy === undefined || vault.materials === undefined) return policy;
  return (await isRunByKms(vault, holder.key, policy, call)) ? { ...policy, runBy: 'vault' } : policy;
}

async function writePolicy(
  vault: KmsVault,
  name: string,
  policy: PolicyRecord,
  call: Call,
): Promise<PolicyRecord> {
  const current = requireOwnVersion(await locateCurrent(vault, name, call));
  const { holder, policy: before } = await findPolicy(vault, current, call);
  const { lifetimeActions, expiresIn } = policy;
  const createdOn = before?.createdOn ?? call.now;
  const written: PolicyRecord = { lifetimeActions, expiresIn, createdOn, updatedOn: call.now };
  const record = { ...holder.record, rotationPolicy: written };
  describeVersion(vault, record);
  if (vault.materials !== undefined) return writeKmsPolicy(vault, holder, record, call);
  await writeRecord(vault, holder.key.id, record, call);
  return written;
}

/**
 * New versions in time. KMS's own rotation keeps the key id: it makes a version that can be named only where the versions
 * are key materials, and is used there alone.
 */
export function createRotationMethods(vault: KmsVault): RotationMethods {
  return {
    rotate: ({ name, expectedCurrent }, call) => rotateVersion(vault, name, expectedCurrent, call),
    readPolicy: ({ name }, call) => readPolicy(vault, name, call),
    writePolicy: ({ name, policy }, call) => writePolicy(vault, name, policy, call),
  };
}
