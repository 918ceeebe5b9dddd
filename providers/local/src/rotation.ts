import { KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyRecord, PolicyRecord, RotationMethods } from '@keyway/core/driver';
import { newVersionName, seenBefore } from './keys.ts';
import { generateMaterial } from './material.ts';
import type { Located } from './rows.ts';
import { notFound } from './vault.ts';
import type { Vault } from './vault.ts';
import type { VersionRecord } from './version-record.ts';
import { addVersion, policyOf, writeKey } from './write-rows.ts';

function requireCurrent(current: Located, expected: string | undefined): void {
  if (expected === undefined || current.row.version === expected) return;
  throw new KeyManagerError('ERR_CONFLICT', 'Another version has become current meanwhile', {
    versions: [current.row.version],
  });
}

/** Whether material made for one version serves another: its shape may have changed while the material was made. */
const sameShape = (one: VersionRecord, other: VersionRecord): boolean =>
  one.keyType === other.keyType &&
  one.curve === other.curve &&
  one.size === other.size &&
  one.algorithms?.[0] === other.algorithms?.[0];

async function rotate(
  vault: Vault,
  name: string,
  expected: string | undefined,
  call: Call,
): Promise<KeyRecord> {
  const made = await vault.attempt(() => seenBefore(vault, name, call.requestId));
  if (made !== undefined) return made;
  const before = await vault.attempt(() => vault.locate(name));
  requireCurrent(before, expected);
  const { keyType, curve, size, algorithms } = before.record;
  const material = await generateMaterial({ keyType, curve, size, algorithm: algorithms?.[0] });
  const version = newVersionName();
  const { now, requestId } = call;
  const record = (current: Located | undefined): VersionRecord => {
    if (current === undefined) throw notFound();
    requireCurrent(current, expected);
    if (!sameShape(before.record, current.record)) requireCurrent(current, before.row.version);
    const { keyOperations, tags, exportable, releasePolicy } = current.record;
    const kept = { keyType, curve, size, algorithms, keyOperations, tags, exportable, releasePolicy };
    return {
      ...kept,
      publicKey: material.publicKey,
      createdOn: now,
      updatedOn: now,
      enabled: true,
    };
  };
  try {
    return await vault.attempt(() => {
      call.signal.throwIfAborted();
      return vault.database.change(() =>
        addVersion(vault, { name, version, now, requestId, octets: material.octets, record }),
      );
    });
  } finally {
    material.octets.fill(0);
  }
}

/** New versions in time. */
export function createRotationMethods(vault: Vault): RotationMethods {
  return {
    rotate: ({ name, expectedCurrent }, call) => rotate(vault, name, expectedCurrent, call),
    readPolicy: ({ name }) => vault.attempt(() => policyOf(vault.locate(name).key)),
    writePolicy: ({ name, policy }, { now }) =>
      vault.attempt(() =>
        vault.database.change(() => {
          const { key } = vault.locate(name);
          const { lifetimeActions, expiresIn } = policy;
          const createdOn = policyOf(key)?.createdOn ?? now;
          const written: PolicyRecord = { lifetimeActions, expiresIn, createdOn, updatedOn: now };
          writeKey(vault, { ...key, policy: JSON.stringify(written) });
          return written;
        }),
      ),
  };
}
