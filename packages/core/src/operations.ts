/** An operation that a vault can be asked for. */
export type Operation =
  | 'createKey'
  | 'importKey'
  | 'getKey'
  | 'listPropertiesOfKeys'
  | 'listPropertiesOfKeyVersions'
  | 'updateKeyProperties'
  | 'beginDeleteKey'
  | 'getDeletedKey'
  | 'listDeletedKeys'
  | 'beginRecoverDeletedKey'
  | 'purgeDeletedKey'
  | 'backupKey'
  | 'restoreKeyBackup'
  | 'rotateKey'
  | 'rotateDueKeys'
  | 'getKeyRotationPolicy'
  | 'updateKeyRotationPolicy'
  | 'getRandomBytes'
  | 'releaseKey'
  | 'adoptKey'
  | 'encrypt'
  | 'decrypt'
  | 'wrapKey'
  | 'unwrapKey'
  | 'sign'
  | 'verify'
  | 'signData'
  | 'verifyData';

/** What is fixed about an operation of the contract, beside its signature. */
export interface OperationRow {
  /** Repeating it changes nothing twice, so core may repeat it after a doubtful outcome. */
  readonly idempotent: boolean;
  /** It makes a version: an existing key's change that an external key refuses and that carries a request id. */
  readonly makesVersion: boolean;
  /** It uses key material. */
  readonly cryptographic: boolean;
}

const read: OperationRow = { idempotent: true, makesVersion: false, cryptographic: false };
const change: OperationRow = { idempotent: true, makesVersion: false, cryptographic: false };
const make: OperationRow = { idempotent: false, makesVersion: true, cryptographic: false };
const use: OperationRow = { idempotent: true, makesVersion: false, cryptographic: true };

/**
 * Every operation that a vault can be asked for, under the name of its method. `createRsaKey`, `createEcKey` and
 * `createOctKey` are `createKey` with a key type; `getCryptographyClient` is `getKey`.
 */
export const operationRows: Readonly<Record<Operation, OperationRow>> = {
  createKey: make,
  importKey: make,
  getKey: read,
  listPropertiesOfKeys: read,
  listPropertiesOfKeyVersions: read,
  updateKeyProperties: change,
  beginDeleteKey: change,
  getDeletedKey: read,
  listDeletedKeys: read,
  beginRecoverDeletedKey: change,
  purgeDeletedKey: change,
  backupKey: read,
  restoreKeyBackup: make,
  rotateKey: make,
  rotateDueKeys: change,
  getKeyRotationPolicy: read,
  updateKeyRotationPolicy: change,
  getRandomBytes: read,
  releaseKey: read,
  adoptKey: change,
  encrypt: use,
  decrypt: use,
  wrapKey: use,
  unwrapKey: use,
  sign: use,
  verify: use,
  signData: use,
  verifyData: use,
};

/** One of the eight cryptographic operations. */
export type CryptographicOperation =
  | 'encrypt'
  | 'decrypt'
  | 'wrapKey'
  | 'unwrapKey'
  | 'sign'
  | 'verify'
  | 'signData'
  | 'verifyData';

/** All operations, in the order of the documentation. */
export const operations: readonly Operation[] = Object.keys(operationRows) as Operation[];
