import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { CannedError } from './canned-error.ts';
import { cannedOwner } from './canned-key.ts';

/** One key material. */
export interface CannedMaterial {
  /** 64 hexadecimal characters, made of the key and the material: the same material has the same id again. */
  readonly id: string;
  /** Absent once it was deleted: only imported material can be. */
  octets: Buffer | undefined;
  readonly description: string | undefined;
  rotatedOn: Date | undefined;
  by: 'AUTOMATIC' | 'ON_DEMAND' | undefined;
}

/** A symmetric key of the server, which changes. */
export interface CannedMaterialKey {
  readonly id: string;
  readonly arn: string;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
  readonly created: Date;
  readonly tags: Map<string, string>;
  description: string;
  enabled: boolean;
  deletion: Date | undefined;
  /** In the order in which they became current; the last one encrypts. */
  readonly materials: CannedMaterial[];
  /** Imported, and not rotated in. */
  waiting: CannedMaterial | undefined;
  /** A rotation that is running: it ends after so many more polls. */
  rotating: { readonly since: Date; polls: number } | undefined;
  rotationPeriod: number | undefined;
  rotationSince: Date | undefined;
  onDemand: number;
  /** KMS is about to rotate it by itself. */
  nearAutomatic: boolean;
}

/** Makes a material of a key. */
export function makeMaterial(
  keyId: string,
  octets: Buffer = randomBytes(32),
  description?: string,
): CannedMaterial {
  const id = createHash('sha256').update(`${keyId}/`).update(octets).digest('hex');
  return { id, octets, description, rotatedOn: undefined, by: undefined };
}

/** Makes a key; one of imported material has none yet. */
export function makeMaterialKey(
  origin: CannedMaterialKey['origin'],
  description: string,
  tags: ReadonlyMap<string, string>,
): CannedMaterialKey {
  const id = randomUUID();
  return {
    id,
    arn: `${cannedOwner}:key/${id}`,
    origin,
    created: new Date(),
    tags: new Map(tags),
    description,
    enabled: true,
    deletion: undefined,
    materials: origin === 'EXTERNAL' ? [] : [makeMaterial(id)],
    waiting: undefined,
    rotating: undefined,
    rotationPeriod: undefined,
    rotationSince: undefined,
    onDemand: 0,
    nearAutomatic: false,
  };
}

/** The state of a key by what it holds: without one of its materials it waits for an import. */
export function stateOf(key: CannedMaterialKey): string {
  if (key.deletion !== undefined) return 'PendingDeletion';
  if (key.materials.length === 0 || key.materials.some(({ octets }) => octets === undefined))
    return 'PendingImport';
  return key.enabled ? 'Enabled' : 'Disabled';
}

/** Refuses what the state of a key does not allow. */
export function requireState(key: CannedMaterialKey, ...states: readonly string[]): CannedMaterialKey {
  const state = stateOf(key);
  if (states.includes(state)) return key;
  if (state === 'Disabled') throw new CannedError('DisabledException', `${key.arn} is disabled.`);
  throw new CannedError('KMSInvalidStateException', `${key.arn} is ${state}.`);
}

/** Makes the next material current: the one that waits, or a fresh one. */
export function turnTo(key: CannedMaterialKey, by: 'AUTOMATIC' | 'ON_DEMAND'): void {
  const next = key.waiting ?? makeMaterial(key.id);
  key.waiting = undefined;
  key.rotating = undefined;
  key.materials.push(Object.assign(next, { by, rotatedOn: new Date() }));
}

/** As `DescribeKey` tells it. */
export function metadataOf(key: CannedMaterialKey): Readonly<Record<string, unknown>> {
  const state = stateOf(key);
  const current = key.materials.at(-1);
  return {
    AWSAccountId: key.arn.split(':')[4],
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: Math.floor(key.created.getTime() / 1000),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: state,
    ...(key.deletion === undefined ? {} : { DeletionDate: Math.floor(key.deletion.getTime() / 1000) }),
    Origin: key.origin,
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
    ...(current === undefined ? {} : { CurrentKeyMaterialId: current.id }),
  };
}
