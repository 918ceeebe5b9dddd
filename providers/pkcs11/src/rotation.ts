import type { Call, PolicyRecord, RotationMethods } from '@keyway/core/driver';
import { findExternal } from './external-keys.ts';
import { findDocument, readLive } from './locate.ts';
import { rotateVersion } from './rotate-version.ts';
import { maxRaces, tooManyRaces } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

async function readPolicy(vault: Pkcs11Vault, name: string, call: Call): Promise<PolicyRecord | undefined> {
  const found = await findDocument(vault, name, call);
  if (found === undefined && (await findExternal(vault, name, call)) !== undefined) return undefined;
  return (await readLive(vault, name, call)).document.rotationPolicy;
}

async function writePolicy(
  vault: Pkcs11Vault,
  name: string,
  policy: PolicyRecord,
  call: Call,
): Promise<PolicyRecord> {
  const { lifetimeActions, expiresIn } = policy;
  for (let race = 1; race <= maxRaces; race++) {
    const before = await readLive(vault, name, call);
    const createdOn = before.document.rotationPolicy?.createdOn ?? call.now;
    const rotationPolicy: PolicyRecord = { lifetimeActions, expiresIn, createdOn, updatedOn: call.now };
    const next = { ...before.document, rotationPolicy };
    if ((await vault.records.write(next, before, call)) !== undefined) return rotationPolicy;
  }
  throw tooManyRaces();
}

/** New versions in time. No token rotates a key by itself. */
export function createRotationMethods(vault: Pkcs11Vault): RotationMethods {
  return {
    rotate: ({ name, expectedCurrent }, call) => rotateVersion(vault, name, expectedCurrent, call),
    readPolicy: ({ name }, call) => readPolicy(vault, name, call),
    writePolicy: ({ name, policy }, call) => writePolicy(vault, name, policy, call),
  };
}
