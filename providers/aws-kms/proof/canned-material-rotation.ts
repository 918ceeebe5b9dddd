import { CannedError } from './canned-error.ts';
import { requireState, turnTo } from './canned-material-key.ts';
import type { CannedMaterial, CannedMaterialKey } from './canned-material-key.ts';
import type { MaterialStore } from './canned-material-store.ts';
import type { KmsBody } from './kms-protocol.ts';

const seconds = (date: Date): number => date.getTime() / 1000;

/** `RotateKeyOnDemand`: begins, and ends in the background. */
export function rotateOnDemand(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body), 'Enabled');
  if (key.nearAutomatic || key.rotating !== undefined)
    throw new CannedError('ConflictException', `A rotation of ${key.arn} is in progress or about to begin.`);
  if (key.onDemand >= store.options.rotationLimit)
    throw new CannedError('LimitExceededException', `No more on-demand rotations for ${key.arn}.`);
  if (key.origin === 'EXTERNAL' && key.waiting === undefined)
    throw new CannedError('KMSInvalidStateException', `No key material pending rotation for ${key.arn}.`);
  key.onDemand++;
  key.rotating = { since: new Date(), polls: store.options.pollsPerRotation };
  if (store.options.pollsPerRotation === 0) turnTo(key, 'ON_DEMAND');
  return { KeyId: key.arn };
}

/** `GetKeyRotationStatus`: each time it is asked, a rotation that runs comes nearer to its end. */
export function rotationStatus(body: KmsBody, store: MaterialStore): KmsBody {
  const key = store.find(body);
  const { rotating } = key;
  if (rotating !== undefined && rotating.polls-- <= 0) turnTo(key, 'ON_DEMAND');
  return {
    KeyId: key.arn,
    KeyRotationEnabled: key.rotationPeriod !== undefined && key.deletion === undefined,
    ...(key.rotationPeriod === undefined ? {} : { RotationPeriodInDays: key.rotationPeriod }),
    ...(key.rotationSince === undefined || key.rotationPeriod === undefined
      ? {}
      : { NextRotationDate: seconds(key.rotationSince) + key.rotationPeriod * 86_400 }),
    ...(key.rotating === undefined ? {} : { OnDemandRotationStartDate: seconds(key.rotating.since) }),
  };
}

/** `EnableKeyRotation`, and without a period its opposite. */
export function setRotation(body: KmsBody, store: MaterialStore, on: boolean): KmsBody {
  const key = requireState(store.find(body), 'Enabled');
  if (key.origin === 'EXTERNAL')
    throw new CannedError('UnsupportedOperationException', `${key.arn} has imported material.`);
  const period = body['RotationPeriodInDays'] ?? 365;
  if (on && (typeof period !== 'number' || period < 90 || period > 2560))
    throw new CannedError('ValidationException', 'RotationPeriodInDays must be from 90 to 2560.');
  // A period that is changed does not begin anew: only switching off and on does.
  if (!on) key.rotationSince = undefined;
  else key.rotationSince ??= new Date();
  key.rotationPeriod = on ? (period as number) : undefined;
  return {};
}

function entryOf(key: CannedMaterialKey, material: CannedMaterial, state: string): KmsBody {
  const external = {
    ImportState: material.octets === undefined ? 'PENDING_IMPORT' : 'IMPORTED',
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    ...(material.description === undefined ? {} : { KeyMaterialDescription: material.description }),
  };
  return {
    KeyId: key.id,
    KeyMaterialId: material.id,
    KeyMaterialState: state,
    ...(key.origin === 'EXTERNAL' ? external : {}),
    ...(material.rotatedOn === undefined ? {} : { RotationDate: seconds(material.rotatedOn) }),
    ...(material.by === undefined ? {} : { RotationType: material.by }),
  };
}

/** `ListKeyRotations`, the newest first. */
export function listRotations(body: KmsBody, store: MaterialStore): KmsBody {
  const key = store.find(body);
  const all = key.materials.map((material, index) =>
    entryOf(key, material, index === key.materials.length - 1 ? 'CURRENT' : 'NON_CURRENT'),
  );
  if (key.waiting !== undefined) all.push(entryOf(key, key.waiting, 'PENDING_ROTATION'));
  const asked = body['IncludeKeyMaterial'] === 'ALL_KEY_MATERIAL';
  const listed = all.toReversed().filter((entry) => asked || entry['RotationDate'] !== undefined);
  const { Limit: limit = 100, Marker: marker = '0' } = body;
  const from = Number(marker);
  const to = from + Math.min(Number(limit), store.options.materialsPerPage);
  return {
    Rotations: listed.slice(from, to),
    Truncated: to < listed.length,
    ...(to < listed.length ? { NextMarker: String(to) } : {}),
  };
}
