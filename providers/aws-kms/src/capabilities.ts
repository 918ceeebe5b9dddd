import { algorithmRows, defineCapabilities, octKeySizes, operationsOf } from '@keyway/core/driver';
import type {
  AlgorithmRow,
  Capabilities,
  CapabilityRow,
  KeyFamily,
  Operation,
  StateEnforcement,
} from '@keyway/core/driver';
import { encryptionAlgorithms, keySpecRows, macAlgorithms, signingAlgorithms } from './algorithms.ts';
import type { KeySpecRow, KmsFeature, KmsKeySpec } from './algorithms.ts';

type Statement = Omit<CapabilityRow, 'operation'>;

const native = { support: 'native', by: 'driver' } as const;
const emulated = { support: 'emulated', by: 'driver' } as const;
const byCore = { support: 'emulated', by: 'core' } as const;
const no = (note: string, alternative?: string): Statement => ({
  support: 'unsupported',
  by: 'driver',
  note,
  alternative,
});

/** Octets that KMS takes in one request, of a message or of a plaintext. */
const maxOctets = { maxBytes: 4096 } as const;

/** What KMS has no field or no single request for, built on others. */
const emulatedOperations: readonly Operation[] = [
  'getKey',
  'listPropertiesOfKeys',
  'listPropertiesOfKeyVersions',
  'updateKeyProperties',
  'beginDeleteKey',
  'getDeletedKey',
  'listDeletedKeys',
  'beginRecoverDeletedKey',
  'rotateKey',
  'getKeyRotationPolicy',
  'updateKeyRotationPolicy',
];

const otherRows: readonly CapabilityRow[] = [
  ...emulatedOperations.map((operation) => ({ operation, ...emulated })),
  { operation: 'rotateDueKeys', ...byCore },
  { operation: 'adoptKey', ...native },
  { operation: 'getRandomBytes', ...native, limits: { minBytes: 1, maxBytes: 128 } },
  {
    operation: 'purgeDeletedKey',
    ...no(
      'KMS destroys a key when its waiting period ends, and not before',
      'deleteImportedKeyMaterial, for keys that were imported',
    ),
  },
  {
    operation: 'backupKey',
    ...no('KMS has no export of key material', 'importKey, with a copy of your own of the material'),
  },
  {
    operation: 'restoreKeyBackup',
    ...no('KMS has no export of key material, so there are no backups', 'importKey'),
  },
  {
    operation: 'releaseKey',
    ...no(
      'KMS has no release of keys; its attested requests give plaintexts to enclaves, not keys',
      'a vault that releases keys',
    ),
  },
];

/** A key type stands for itself and for its `-HSM` form: all KMS keys are kept by hardware. */
function both(family: KeyFamily, statement: Statement): readonly Statement[] {
  return [
    { keyType: family, ...statement },
    { keyType: `${family}-HSM`, ...statement },
  ];
}

const notImportable = no('KMS documents no form in which such a key is imported', 'createKey');

function rowsOfSpec(
  row: KeySpecRow,
  refusal: Statement | undefined,
  operation: 'createKey' | 'importKey',
): readonly Statement[] {
  const { family, curve, size, parameterSet } = row;
  const kind = {
    ...(curve === undefined ? {} : { curve }),
    ...(size === undefined ? {} : { size }),
    ...(parameterSet === undefined ? {} : { algorithm: parameterSet }),
  };
  const support = operation === 'createKey' || row.importable ? emulated : notImportable;
  return both(family, { ...kind, ...(refusal ?? support) });
}

/** What a region or endpoint lacks. */
type Without = readonly KmsFeature[];

const missing = (keySpec: KmsKeySpec): Statement =>
  no(`This region or endpoint is said to have no key spec ${keySpec}`, 'a region that has it');

/** Key specs of one shape: SYMMETRIC_DEFAULT and HMAC_256 are the same one, which is there where either is. */
function shapes(without: Without): readonly { readonly row: KeySpecRow; readonly there: boolean }[] {
  const there = (keySpec: KmsKeySpec): boolean => !without.includes(keySpec);
  return keySpecRows
    .filter(({ keySpec }) => keySpec !== 'SYMMETRIC_DEFAULT')
    .map((row) => ({
      row,
      there: there(row.keySpec) || (row.keySpec === 'HMAC_256' && there('SYMMETRIC_DEFAULT')),
    }));
}

const noImports = no('This region or endpoint is said to import no key material', 'createKey');

/** Making keys. */
function makingRows(operation: 'createKey' | 'importKey', without: Without): readonly CapabilityRow[] {
  const kept = new Set(keySpecRows.filter(({ family }) => family === 'oct').map(({ size }) => size));
  const refused = octKeySizes.filter((size) => !kept.has(size));
  const noSize = no('KMS has symmetric keys of 256 bits, and HMAC keys of 256, 384 and 512 bits', 'size 256');
  const noImport = operation === 'importKey' && without.includes('ImportKeyMaterial');
  return [
    ...shapes(without).flatMap(({ row, there }) =>
      rowsOfSpec(row, noImport ? noImports : there ? undefined : missing(row.keySpec), operation),
    ),
    ...refused.flatMap((size) => both('oct', { size, ...noSize })),
  ].map((statement) => ({ operation, ...statement }));
}

/** Why KMS has no such encryption. */
function encryptionRefusal(row: AlgorithmRow): Statement {
  if (row.name === 'RSA1_5') return no('KMS has no encryption with PKCS#1 v1.5 padding', 'RSA-OAEP-256');
  if (row.kind === 'encryption' && row.mode === 'kw') {
    return no('KMS has no AES key wrap', 'wrapKey with provider');
  }
  return no('KMS has no AES but in its own format, which is sealed and names the key', 'provider');
}

function encryptionRows(row: AlgorithmRow): readonly CapabilityRow[] {
  const algorithm = row.name;
  const limited = row.family === 'oct' ? { ...native, limits: maxOctets } : native;
  return operationsOf(row).flatMap((operation): CapabilityRow[] => {
    if (operation === 'import' || operation === 'export') return [];
    if (!(algorithm in encryptionAlgorithms)) return [{ operation, algorithm, ...encryptionRefusal(row) }];
    const seals = operation === 'encrypt' || operation === 'wrapKey';
    return [{ operation, algorithm, ...(seals ? limited : native) }];
  });
}

/** A MAC runs on a key of exactly its size; the row without a size answers for all others. */
function macRows(row: AlgorithmRow): readonly CapabilityRow[] {
  const mac = macAlgorithms[row.name];
  if (mac === undefined) return [];
  const refusal = no(`KMS runs ${row.name} on keys of ${mac.size} bits only`, `a key of ${mac.size} bits`);
  return (['signData', 'verifyData'] as const).flatMap((operation) => [
    { operation, algorithm: row.name, size: mac.size, ...native, limits: maxOctets },
    { operation, algorithm: row.name, ...refusal },
  ]);
}

/** Signatures: over a digest at KMS, with the data hashed here; or over the data where the algorithm takes nothing else. */
function signatureRows(row: AlgorithmRow): readonly CapabilityRow[] {
  const algorithm = row.name;
  if (signingAlgorithms[algorithm]?.messageType !== 'DIGEST') {
    return (['signData', 'verifyData'] as const).map((operation) => ({
      operation,
      algorithm,
      ...native,
      limits: maxOctets,
    }));
  }
  return (['sign', 'verify'] as const).flatMap((operation): CapabilityRow[] => [
    { operation, algorithm, ...native },
    { operation: `${operation}Data`, algorithm, ...byCore },
  ]);
}

function statementsOf(row: AlgorithmRow): readonly CapabilityRow[] {
  if (row.kind === 'encryption') return encryptionRows(row);
  return row.family === 'oct' ? macRows(row) : signatureRows(row);
}

/** The key specs that an algorithm runs on. */
function specsOf(row: AlgorithmRow): readonly KmsKeySpec[] {
  const usage =
    row.kind === 'encryption'
      ? 'ENCRYPT_DECRYPT'
      : row.family === 'oct'
        ? 'GENERATE_VERIFY_MAC'
        : 'SIGN_VERIFY';
  const size = macAlgorithms[row.name]?.size;
  return keySpecRows
    .filter((spec) => spec.family === row.family && spec.usages.includes(usage))
    .filter((spec) => size === undefined || spec.size === size)
    .filter((spec) => row.kind !== 'signature' || row.curve === undefined || spec.curve === row.curve)
    .filter((spec) => spec.parameterSet === undefined || spec.parameterSet === row.name)
    .map(({ keySpec }) => keySpec);
}

function algorithmCapabilities(row: AlgorithmRow, without: Without): readonly CapabilityRow[] {
  const specs = specsOf(row);
  const [first] = specs;
  const statements = statementsOf(row);
  if (first === undefined || !specs.every((spec) => without.includes(spec))) return statements;
  return statements.map(({ operation }) => ({ operation, algorithm: row.name, ...missing(first) }));
}

/**
 * AWS says that changes are seen within seconds as a rule, and that it can take some minutes
 * (https://docs.aws.amazon.com/kms/latest/developerguide/programming-eventual-consistency.html).
 */
const propagationMs = 300_000;

const byService: StateEnforcement = { scope: 'version', enforcement: 'service', propagationMs };
const byLibrary: StateEnforcement = { scope: 'version', enforcement: 'library', propagationMs };

const newVersionMembers = [
  'algorithm',
  'enabled',
  'notBefore',
  'expiresOn',
  'tags',
  'curve',
  'size',
] as const;

const members: Capabilities['members'] = {
  createKey: newVersionMembers,
  importKey: newVersionMembers,
  updateKeyProperties: ['enabled', 'notBefore', 'expiresOn', 'keyOperations', 'tags'],
  beginRecoverDeletedKey: ['allowPartial'],
  rotateKey: ['expectedCurrent'],
  updateKeyRotationPolicy: ['rotate', 'notify', 'timeAfterCreate', 'timeBeforeExpiry', 'expiresIn'],
  encrypt: ['context'],
  decrypt: ['context'],
  wrapKey: ['context'],
  unwrapKey: ['context'],
};

/**
 * What KMS can do, stated for what this package knows.
 *
 * @param without What this region or endpoint lacks.
 */
export function createCapabilities(without: Without = []): Capabilities {
  return defineCapabilities({
    rows: [
      ...makingRows('createKey', without),
      ...makingRows('importKey', without),
      ...otherRows,
      ...algorithmRows.flatMap((row) => algorithmCapabilities(row, without)),
    ],
    exclusive: 'atomic',
    nameReuse: 'free',
    state: {
      enabled: byService,
      notBefore: byLibrary,
      expiresOn: byLibrary,
      keyOperations: byLibrary,
      deleted: { ...byService, scope: 'key' },
    },
    requestId: {
      createKey: 'replayed',
      importKey: 'replayed',
      rotateKey: 'replayed',
      restoreKeyBackup: 'none',
    },
    backup: 'never',
    restoresPolicy: false,
    rotationRunBy: 'caller',
    signatureEncoding: 'der',
    context: 'map',
    usage: 'one',
    externalKeys: true,
    members,
    limits: { maxPageSize: 100, maxTags: 10, maxTagsTotalBytes: 2048 },
  });
}
