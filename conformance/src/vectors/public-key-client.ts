import { createKeyManager } from '@keyway/core';
import type { AlgorithmName, CryptographyClient, JsonWebKey } from '@keyway/core';
import { defineCapabilities, keyShapeOfPublicJwk, KeyManagerError } from '@keyway/core/driver';
import type { Capabilities, KeyDriver, KeyRecord } from '@keyway/core/driver';

const atOnce = { scope: 'version', enforcement: 'library', propagationMs: 0 } as const;

function capabilitiesFor(algorithm: AlgorithmName): Capabilities {
  return defineCapabilities({
    rows: [
      { operation: 'getKey', support: 'native', by: 'driver' },
      { operation: 'verify', algorithm, support: 'native', by: 'core' },
      { operation: 'verifyData', algorithm, support: 'native', by: 'core' },
    ],
    exclusive: 'none',
    usage: 'any',
    externalKeys: false,
    nameReuse: 'free',
    state: { enabled: atOnce, notBefore: atOnce, expiresOn: atOnce, keyOperations: atOnce, deleted: atOnce },
    requestId: { createKey: 'none', importKey: 'none', rotateKey: 'none', restoreKeyBackup: 'none' },
    backup: 'never',
    restoresPolicy: false,
    rotationRunBy: 'caller',
    signatureEncoding: 'p1363',
    context: 'none',
    members: {},
    limits: { maxPageSize: 1, maxTags: 0 },
  });
}

function recordOf(publicKey: JsonWebKey, algorithm: AlgorithmName): KeyRecord {
  const { family, curve, size } = keyShapeOfPublicJwk(publicKey);
  return {
    name: 'key',
    version: '1',
    sourceId: 'key/1',
    keyType: family,
    curve,
    size,
    publicKey,
    publicKeyAuthentic: true,
    createdOn: 0,
    enabled: true,
    keyOperations: ['verify'],
    algorithms: [algorithm],
    tags: {},
    ownership: 'own',
    status: 'ready',
    intact: true,
  };
}

/** A vault that holds one public key and can do nothing: whatever verifies there, core has verified. */
function publicKeyDriver(publicKey: JsonWebKey, algorithm: AlgorithmName): KeyDriver {
  const record = recordOf(publicKey, algorithm);
  return {
    spi: 1,
    provider: 'public-key',
    identity: 'public-key://vectors',
    capabilities: capabilitiesFor(algorithm),
    keys: { read: () => Promise.resolve(record) },
    cryptography: {},
    deletion: {},
    rotation: {},
    other: {},
    classify: () => ({ code: 'ERR_UNKNOWN', retry: 'never' }),
    close: () => Promise.resolve(),
  };
}

/** A client of the contract that verifies with a public key. */
export async function openPublicKeyClient(
  publicKey: JsonWebKey,
  algorithm: AlgorithmName,
): Promise<CryptographyClient> {
  const manager = createKeyManager(publicKeyDriver(publicKey, algorithm));
  const client = await manager.getCryptographyClient('key');
  if (client.version !== '1') throw new KeyManagerError('ERR_UNKNOWN', 'The public key was not pinned');
  return client;
}
