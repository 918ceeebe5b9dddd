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

/** Whether KMS is to rotate a key by itself from now on: where it can hold the policy exactly. */
export function isHeld(
  key: KmsKey,
  { rotationPolicy, createdOn = key.createdOn }: Ruled,
  { now }: Pick<Call, 'now'>,
): boolean {
  return periodOf(rotationPolicy, key) !== undefined && key.state === 'Enabled' && now - createdOn < day;
}

/**
 * Switches the rotation of KMS's own off. What KMS tells of it may be older than the last change, and would leave it on
 * against the policy: so it is asked only about keys that are not enabled, of which it takes no change. For imported
 * material it has none.
 */
export async function switchOff(vault: KmsVault, key: KmsKey, call: Call): Promise<void> {
  if (key.origin !== 'AWS_KMS') return;
  if (key.state !== 'Enabled') {
    const { KeyRotationEnabled: on } = await rotationStatus(vault, key.id, call);
    if (on !== true) return;
  }
  await vault.client.disableKeyRotation({ KeyId: key.id }, { abortSignal: call.signal });
}

/** Switches it on where KMS can hold the policy; it must be off. */
export async function switchOn(vault: KmsVault, key: KmsKey, ruled: Ruled, call: Call): Promise<void> {
  if (!isHeld(key, ruled, call)) return;
  const input = { KeyId: key.id, RotationPeriodInDays: periodOf(ruled.rotationPolicy, key) };
  await vault.client.enableKeyRotation(input, { abortSignal: call.signal });
}

/**
 * Makes KMS rotate a key as its policy says, or not at all where KMS cannot. KMS counts from the day on which its rotation
 * is switched on, whatever is rotated on demand meanwhile: so it is switched off and on with each new version, and stays
 * off for a version that is older than a day. May be run again.
 */
export async function followPolicy(vault: KmsVault, key: KmsKey, ruled: Ruled, call: Call): Promise<void> {
  await switchOff(vault, key, call);
  await switchOn(vault, key, ruled, call);
}
