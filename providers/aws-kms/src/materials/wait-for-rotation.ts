import type { GetKeyRotationStatusCommandOutput } from '@aws-sdk/client-kms';
import type { Call } from '@keyway/core/driver';
import { describeKey } from '../kms-key.ts';
import type { KmsKey } from '../kms-key.ts';
import { notFound } from '../locate.ts';
import { pauseBefore } from '../run-steps.ts';
import type { KmsVault } from '../vault.ts';
import { stillRotating } from './rotation-error.ts';

/** Milliseconds before the call's deadline at which waiting ends: what is left is for the answer. */
const reserveMs = 2000;

/** Asks KMS about the rotation of a key. */
export function rotationStatus(
  vault: KmsVault,
  keyId: string,
  call: Call,
): Promise<GetKeyRotationStatusCommandOutput> {
  return vault.client.getKeyRotationStatus({ KeyId: keyId }, { abortSignal: call.signal });
}

/** What KMS is doing with a key: it rotates it, or has rotated it since another material was current, or neither. */
export async function lookAtRotation(
  vault: KmsVault,
  keyId: string,
  former: string,
  call: Call,
): Promise<'running' | 'none' | KmsKey> {
  const { OnDemandRotationStartDate: running } = await rotationStatus(vault, keyId, call);
  if (running !== undefined) return 'running';
  // Asked after that: a rotation that ended in between is seen.
  const key = await describeKey(vault, keyId, call);
  if (key === undefined) throw notFound();
  return key.currentMaterial === former ? 'none' : key;
}

/**
 * Waits until another material than before is current, and gives the key as it is then. KMS rotates in the background: it
 * says in one answer that it is at it, and in another one which material encrypts.
 *
 * @throws ERR_KEY_NOT_READY where the call's time is up first: the rotation goes on at KMS.
 */
export async function waitForRotation(
  vault: KmsVault,
  keyId: string,
  former: string,
  call: Call,
): Promise<KmsKey> {
  const started = performance.now();
  const patience = call.deadline - call.now * 1000 - reserveMs;
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    const seen = await lookAtRotation(vault, keyId, former, call);
    if (typeof seen === 'object') return seen;
    const pause = pauseBefore(attempt);
    if (Math.max(waited, performance.now() - started) + pause > patience) throw stillRotating();
    await vault.sleep(pause, call.signal);
    waited += pause;
  }
}
