import {
  algorithmRows,
  curves,
  defineCapabilities,
  keyTypes,
  octKeySizes,
  operationsOf,
  rsaKeySizes,
} from '@keyway/core/driver';
import type {
  AlgorithmRow,
  Capabilities,
  CapabilityRow,
  Operation,
  StateEnforcement,
} from '@keyway/core/driver';
import type { RuntimeFeatures } from './algorithms.ts';

const native = { support: 'native', by: 'driver' } as const;
const unsupported = { support: 'unsupported', by: 'driver' } as const;

const noMlDsa = {
  ...unsupported,
  note: 'ML-DSA needs Node.js 24.6 or later with OpenSSL 3.5',
  alternative: 'a newer Node.js, or ES256',
};

/** Operations that are the same for every key. */
const plainOperations: readonly Operation[] = [
  'getKey',
  'listPropertiesOfKeys',
  'listPropertiesOfKeyVersions',
  'updateKeyProperties',
  'beginDeleteKey',
  'getDeletedKey',
  'listDeletedKeys',
  'beginRecoverDeletedKey',
  'purgeDeletedKey',
  'backupKey',
  'restoreKeyBackup',
  'rotateKey',
  'getKeyRotationPolicy',
  'updateKeyRotationPolicy',
  'releaseKey',
];

/** The kinds of keys that can be made, as they show in a capability row. */
function keyShapes(features: RuntimeFeatures): readonly Omit<CapabilityRow, 'operation'>[] {
  const software = { hardware: false, ...native } as const;
  return [
    ...rsaKeySizes.map((size) => ({ keyType: 'RSA', size, ...software }) as const),
    ...Object.values(curves).map(
      ({ family, name }) => ({ keyType: family, curve: name, ...software }) as const,
    ),
    ...octKeySizes.map((size) => ({ keyType: 'oct', size, ...software }) as const),
    { keyType: 'AKP', hardware: false, ...(features.mlDsa ? native : noMlDsa) },
  ];
}

function makingRows(operation: Operation, features: RuntimeFeatures): readonly CapabilityRow[] {
  const refused = keyTypes.filter((keyType) => keyType.endsWith('-HSM'));
  return [
    ...keyShapes(features).map((shape) => ({ operation, ...shape })),
    ...refused.map((keyType): CapabilityRow => {
      const alternative = `key type ${keyType.slice(0, -'-HSM'.length)}`;
      return {
        operation,
        keyType,
        hardware: true,
        ...unsupported,
        note: 'This vault is no hardware',
        alternative,
      };
    }),
  ];
}

function supportOf(
  row: AlgorithmRow,
  operation: Operation,
  features: RuntimeFeatures,
): Omit<CapabilityRow, 'operation'> {
  const at = { algorithm: row.name, keyType: row.family };
  if (row.family === 'AKP' && !features.mlDsa) return { ...at, ...noMlDsa };
  const decrypts = operation === 'decrypt' || operation === 'unwrapKey';
  if (row.name === 'RSA1_5' && decrypts && !features.rsaPkcs1Decryption) {
    const note = 'This Node.js refuses decryption with PKCS#1 v1.5 padding';
    return { ...at, ...unsupported, note, alternative: 'RSA-OAEP-256' };
  }
  return { ...at, ...native };
}

/** One row for each operation that each algorithm serves, over data and, where it hashes outside, over a digest. */
function algorithmCapabilities(features: RuntimeFeatures): readonly CapabilityRow[] {
  return algorithmRows.flatMap((row) =>
    operationsOf(row).flatMap((operation): CapabilityRow[] => {
      if (operation !== 'sign' && operation !== 'verify') {
        if (operation === 'import' || operation === 'export') return [];
        return [{ operation, ...supportOf(row, operation, features) }];
      }
      const overData: CapabilityRow = {
        operation: `${operation}Data`,
        ...supportOf(row, operation, features),
      };
      if (row.kind === 'signature' && row.input === 'data') return [overData];
      return [overData, { operation, ...supportOf(row, operation, features) }];
    }),
  );
}

/** Enforced here, in this library; whoever has the file and its secret goes round it. Seen at once by everybody. */
const enforced: StateEnforcement = { scope: 'version', enforcement: 'library', propagationMs: 0 };

const newVersionMembers = [
  'algorithm',
  'enabled',
  'notBefore',
  'expiresOn',
  'tags',
  'exportable',
  'releasePolicy',
  'backup',
  'curve',
  'size',
] as const;

/** Every optional request member, all of which this driver understands. */
const members: Capabilities['members'] = {
  createKey: newVersionMembers,
  importKey: newVersionMembers,
  updateKeyProperties: ['enabled', 'notBefore', 'expiresOn', 'keyOperations', 'tags', 'releasePolicy'],
  beginRecoverDeletedKey: ['allowPartial'],
  rotateKey: ['expectedCurrent'],
  updateKeyRotationPolicy: ['rotate', 'notify', 'timeAfterCreate', 'timeBeforeExpiry', 'expiresIn'],
  encrypt: ['additionalAuthenticatedData', 'context', 'iv'],
  decrypt: ['additionalAuthenticatedData', 'context', 'iv', 'authenticationTag'],
  wrapKey: ['additionalAuthenticatedData', 'context'],
  unwrapKey: ['additionalAuthenticatedData', 'context'],
  releaseKey: ['version', 'algorithm'],
};

/** What the local vault can do in this process. */
export function createCapabilities(features: RuntimeFeatures): Capabilities {
  return defineCapabilities({
    rows: [
      ...makingRows('createKey', features),
      ...makingRows('importKey', features),
      ...plainOperations.map((operation) => ({ operation, ...native })),
      { operation: 'getRandomBytes', ...native, limits: { minBytes: 1, maxBytes: 128 } },
      { operation: 'rotateDueKeys', support: 'emulated', by: 'core' },
      {
        operation: 'adoptKey',
        ...unsupported,
        note: 'Nothing but Keyway puts keys into this vault, so there is nothing to adopt',
        alternative: 'importKey',
      },
      ...algorithmCapabilities(features),
    ],
    exclusive: 'atomic',
    nameReuse: 'free',
    state: {
      enabled: enforced,
      notBefore: enforced,
      expiresOn: enforced,
      keyOperations: enforced,
      deleted: { ...enforced, scope: 'key' },
    },
    requestId: {
      createKey: 'replayed',
      importKey: 'replayed',
      rotateKey: 'replayed',
      restoreKeyBackup: 'replayed',
    },
    backup: 'always',
    restoresPolicy: true,
    rotationRunBy: 'caller',
    signatureEncoding: 'p1363',
    context: 'bytes',
    usage: 'any',
    externalKeys: false,
    members,
    limits: { maxPageSize: 1000, maxTags: 10 },
  });
}
