import { defineCapabilities } from '@keyway/core/driver';
import type { Capabilities, CapabilityRow, Operation, StateEnforcement } from '@keyway/core/driver';
import { algorithmCapabilities, emulated, native, refused, unsupported } from './algorithm-capabilities.ts';
import type { Statement } from './algorithm-capabilities.ts';
import { makingRows } from './making-capabilities.ts';
import type { CapabilitySettings } from './making-capabilities.ts';
import { works } from './token-features.ts';
import type { FeatureName, TokenFeatures } from './token-features.ts';

/** What PKCS#11 has no request for, built on records and objects. */
const emulatedOperations: readonly Operation[] = [
  'getKey',
  'listPropertiesOfKeys',
  'listPropertiesOfKeyVersions',
  'updateKeyProperties',
  'beginDeleteKey',
  'getDeletedKey',
  'listDeletedKeys',
  'beginRecoverDeletedKey',
  'purgeDeletedKey',
  'rotateKey',
  'getKeyRotationPolicy',
  'updateKeyRotationPolicy',
];

const exported: readonly FeatureName[] = [
  'export RSA',
  'export P-256',
  'export P-384',
  'export P-521',
  'export P-256K',
  'export Ed25519',
  'export AES',
  'export HMAC',
];

/** What is neither making nor using keys. */
export function otherRows(features: TokenFeatures): readonly CapabilityRow[] {
  const backups: Statement = exported.some((name) => works(features, name))
    ? emulated
    : refused(features, 'wrap AES-KWP', 'importKey, with a copy of your own of the material');
  return [
    ...emulatedOperations.map((operation) => ({ operation, ...emulated })),
    { operation: 'rotateDueKeys', support: 'emulated', by: 'core' },
    { operation: 'adoptKey', ...native },
    { operation: 'backupKey', ...backups },
    { operation: 'restoreKeyBackup', ...backups },
    {
      operation: 'getRandomBytes',
      ...(works(features, 'random')
        ? { ...native, limits: { minBytes: 1, maxBytes: 128 } }
        : refused(features, 'random')),
    },
    {
      operation: 'releaseKey',
      ...unsupported,
      note: 'PKCS#11 has no release of keys: a key that is wrapped for a public key is not attested',
      alternative: 'a vault that releases keys',
    },
  ];
}

const newVersionMembers = [
  'algorithm',
  'enabled',
  'notBefore',
  'expiresOn',
  'tags',
  'backup',
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
  encrypt: ['additionalAuthenticatedData', 'context', 'iv'],
  decrypt: ['additionalAuthenticatedData', 'context', 'iv', 'authenticationTag'],
  wrapKey: ['additionalAuthenticatedData', 'context'],
  unwrapKey: ['additionalAuthenticatedData', 'context'],
};

/**
 * What a token can do, stated out of what was tried on it.
 *
 * Where the token heeds changed usage attributes it stops a disabled key itself, whoever asks.
 */
export function createCapabilities(features: TokenFeatures, settings: CapabilitySettings): Capabilities {
  const byLibrary: StateEnforcement = { scope: 'version', enforcement: 'library', propagationMs: 0 };
  const byToken: StateEnforcement = works(features, 'change usage')
    ? { ...byLibrary, enforcement: 'token' }
    : byLibrary;
  return defineCapabilities({
    rows: [
      ...makingRows('createKey', features, settings),
      ...makingRows('importKey', features, settings),
      ...otherRows(features),
      ...algorithmCapabilities(features),
    ],
    exclusive: settings.atomic ? 'atomic' : 'none',
    nameReuse: 'free',
    state: {
      enabled: byToken,
      notBefore: byLibrary,
      expiresOn: byLibrary,
      keyOperations: byToken,
      deleted: { ...byToken, scope: 'key' },
    },
    requestId: {
      createKey: 'replayed',
      importKey: 'replayed',
      rotateKey: 'replayed',
      restoreKeyBackup: 'replayed',
    },
    backup: 'asked',
    restoresPolicy: true,
    rotationRunBy: 'caller',
    signatureEncoding: 'p1363',
    context: 'bytes',
    usage: 'one',
    externalKeys: true,
    members,
    limits: { maxPageSize: 100, maxTags: 10 },
  });
}
