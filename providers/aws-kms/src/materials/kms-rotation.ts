import { parseDuration } from '@keyway/core/driver';
import type { Call, EpochSeconds, PolicyRecord } from '@keyway/core/driver';
import type { KmsKey } from '../kms-key.ts';
import type { KmsVault } from '../vault.ts';
import { rotationStatus } from './wait-for-rotation.ts';

const day = 86_400;
/** Days between two rotations of KMS's own: what `EnableKeyRotation` takes. */
const minDays = 90;
const maxDays = 2560;

/**
 * The days of a policy that KMS can hold: it rotates by the time since creation, in whole days, material that KMS makes
 * itself. What a version expires by is no matter of KMS, and read from the policy.
 */
function periodOf(policy: PolicyRecord | undefined, { origin }: Pick<KmsKey, 'origin'>): number | undefined {
  const time = policy?.lifetimeActions.find(({ action }) => action === 'rotate')?.timeAfterCreate;
  if (time === undefined || origin !== 'AWS_KMS') return undefined;
  const days = parseDuration(time).seconds / day;
  return Number.isInteger(days) && days >= minDays && days <= maxDays ? days : undefined;
}

/** Whether KMS rotates the key as its policy says. */
export async function isRunByKms(
  vault: KmsVault,
  key: KmsKey,
  policy: PolicyRecord | undefined,
  call: Call,
): Promise<boolean> {
  const period = periodOf(policy, key);
  if (period === undefined) return false;
  const { KeyRotationEnabled: on, RotationPeriodInDays: days } = await rotationStatus(vault, key.id, call);
  return on === true && days === period;
}

/** A key by what decides about its rotation. */
interface Ruled {
  readonly rotationPolicy?: PolicyRecord | undefined;
  /** When its current version was made. */
  readonly createdOn?: EpochSeconds | undefined;
}

/**
 * Makes KMS rotate a key as its policy says, or not at all where KMS cannot. KMS counts from the day on which its rotation
 * is switched on, whatever is rotated on demand meanwhile: so it is switched off and on with each new version, and stays
 * off for a version that is older than a day. May be run again.
 */
export async function followPolicy(
  vault: KmsVault,
  key: KmsKey,
  { rotationPolicy, createdOn = key.createdOn }: Ruled,
  call: Call,
): Promise<boolean> {
  const options = { abortSignal: call.signal };
  const period = periodOf(rotationPolicy, key);
  const held = period !== undefined && key.state === 'Enabled' && call.now - createdOn < day;
  const { KeyRotationEnabled: on } = await rotationStatus(vault, key.id, call);
  if (on === true) await vault.client.disableKeyRotation({ KeyId: key.id }, options);
  if (held) await vault.client.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: period }, options);
  return held;
}
