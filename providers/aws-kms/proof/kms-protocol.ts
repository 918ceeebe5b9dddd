import type { IncomingHttpHeaders } from 'node:http';

/** A JSON object of the protocol. */
export type KmsBody = Readonly<Record<string, unknown>>;

/** Media type of the protocol: AWS JSON 1.1. */
export const kmsMediaType = 'application/x-amz-json-1.1';

/** The operation that a request asks for (`X-Amz-Target: TrentService.<Operation>`); empty where it is none of KMS. */
export function operationOf(headers: IncomingHttpHeaders): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' && target.startsWith('TrentService.') ? target.slice(13) : '';
}

/** Reads a body; one that is no JSON object gives an empty one. */
export function parseKmsBody(octets: Buffer): KmsBody {
  try {
    const value: unknown = JSON.parse(octets.toString());
    return typeof value === 'object' && value !== null ? (value as KmsBody) : {};
  } catch {
    return {};
  }
}

/** A key id without its ARN, or an alias name without its ARN. */
export function bareName(id: string): string {
  const alias = id.indexOf('alias/');
  if (alias >= 0) return id.slice(alias);
  return id.slice(id.lastIndexOf('/') + 1);
}

/** A member of a body that names a key or an alias. */
export function nameIn(body: KmsBody, member: string): string | undefined {
  const value = body[member];
  return typeof value === 'string' ? bareName(value) : undefined;
}

/** Operations that change something. */
const writes: ReadonlySet<string> = new Set([
  'CancelKeyDeletion',
  'CreateAlias',
  'CreateGrant',
  'CreateKey',
  'DeleteAlias',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'ImportKeyMaterial',
  'PutKeyPolicy',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
]);

/** Whether an operation changes something. */
export function isWrite(operation: string): boolean {
  return writes.has(operation);
}

/** Whether an operation tells what is stored: its answers can be stale. */
export function isStateRead(operation: string): boolean {
  return /^(?:List|Describe|Get(?!ParametersForImport))/.test(operation);
}
