import type { Call, PolicyRecord, RotationMethods } from '@keyway/core/driver';
import { describeVersion, writeRecord } from './describe-version.ts';
import { locateCurrent } from './locate.ts';
import { rotateVersion } from './make-version.ts';
import { findPolicy } from './policy-record.ts';
import { requireOwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

async function readPolicy(vault: KmsVault, name: string, call: Call): Promise<PolicyRecord | undefined> {
  const current = await locateCurrent(vault, name, call);
  if (current.ownership === 'external') return undefined;
  return (await findPolicy(vault, requireOwnVersion(current), call)).policy;
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
  await writeRecord(vault, holder.key.id, record, call);
  return written;
}

/** New versions in time. KMS's own rotation keeps the key id, so it makes no version that could be named: it is not used. */
export function createRotationMethods(vault: KmsVault): RotationMethods {
  return {
    rotate: ({ name, expectedCurrent }, call) => rotateVersion(vault, name, expectedCurrent, call),
    readPolicy: ({ name }, call) => readPolicy(vault, name, call),
    writePolicy: ({ name, policy }, call) => writePolicy(vault, name, policy, call),
  };
}
