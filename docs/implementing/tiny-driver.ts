import { createHmac, createSecretKey, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createKeyManager } from '@keyway/core';
import type { KeyManager } from '@keyway/core';
import { defineCapabilities, KeyManagerError } from '@keyway/core/driver';
import type {
  Call,
  Capabilities,
  CapabilityRow,
  KeyDriver,
  KeyRecord,
  NewVersionRequest,
} from '@keyway/core/driver';

/** What this vault can do, as data. Whatever no row names is refused by core before it gets here. */
const native = { support: 'native', by: 'driver' } as const;
const sizes = [256, 384, 512] as const;
const algorithms = ['HS256', 'HS384', 'HS512'] as const;
const rows: readonly CapabilityRow[] = [
  ...sizes.map((size) => ({ operation: 'createKey', keyType: 'oct', size, ...native }) as const),
  ...sizes.map((size) => ({ operation: 'importKey', keyType: 'oct', size, ...native }) as const),
  ...(['getKey', 'listPropertiesOfKeys', 'listPropertiesOfKeyVersions'] as const).map((operation) => ({
    operation,
    ...native,
  })),
  ...algorithms.flatMap((algorithm) =>
    (['signData', 'verifyData'] as const).map(
      (operation) => ({ operation, algorithm, keyType: 'oct', ...native }) as const,
    ),
  ),
];

/** Nothing changes after creation, and nobody but Keyway's key-state table looks at what a key may do. */
const library = { scope: 'version', enforcement: 'library', propagationMs: 0 } as const;
const capabilities: Capabilities = defineCapabilities({
  rows,
  exclusive: 'atomic',
  usage: 'one',
  externalKeys: false,
  nameReuse: 'never',
  state: {
    enabled: library,
    notBefore: library,
    expiresOn: library,
    keyOperations: library,
    deleted: library,
  },
  requestId: { createKey: 'none', importKey: 'none', rotateKey: 'none', restoreKeyBackup: 'none' },
  backup: 'never',
  restoresPolicy: false,
  rotationRunBy: 'caller',
  signatureEncoding: 'p1363',
  context: 'none',
  members: {},
  limits: { maxPageSize: 100, maxTags: 0 },
});

/** What is the same for every key here. */
const plain = {
  publicKeyAuthentic: false,
  enabled: true,
  tags: {},
  hardwareProtected: false,
  ownership: 'own',
  status: 'ready',
  intact: true,
} as const;

interface Version {
  readonly record: KeyRecord;
  readonly secret: KeyObject;
}

/** A driver that keeps HMAC keys in memory: the whole of what a provider must be, on one page. */
export function createTinyDriver(): KeyDriver {
  const keys = new Map<string, Version[]>();

  function add(request: NewVersionRequest, octets: Buffer, now: number): KeyRecord {
    const { name, keyType, keyOperations } = request;
    // Core asks for nothing that the rows do not name; a driver still refuses what it could not keep.
    const alien = keyOperations.some((operation) => operation !== 'sign' && operation !== 'verify');
    if (keyType !== 'oct' || !sizes.some((size) => size === octets.length * 8) || alien) {
      throw new KeyManagerError('ERR_UNSUPPORTED', 'This vault has HMAC keys only');
    }
    const version = randomUUID();
    const size = octets.length * 8;
    const record: KeyRecord = {
      ...plain,
      name,
      version,
      sourceId: `${name}/${version}`,
      keyType,
      size,
      keyOperations,
      createdOn: now,
    };
    keys.set(name, [...(keys.get(name) ?? []), { record, secret: createSecretKey(octets) }]);
    octets.fill(0);
    return record;
  }

  function find(name: string, version?: string): Version {
    const versions = keys.get(name) ?? [];
    const found =
      version === undefined ? versions.at(-1) : versions.find(({ record }) => record.version === version);
    // A driver may throw what it likes, as long as `classify` explains it.
    if (found === undefined) throw new RangeError('no such key');
    return found;
  }

  /** A page of items and the place of the next one; core makes the token opaque and binds it to this list. */
  function page<Item>(items: readonly Item[], request: { maxPageSize: number; next?: string | undefined }) {
    const start = Number(request.next ?? 0);
    const end = start + request.maxPageSize;
    return { items: items.slice(start, end), ...(end < items.length ? { next: String(end) } : {}) };
  }

  function mac(name: string, version: string, algorithm: string, data: Uint8Array): Buffer {
    if (!algorithms.some((known) => known === algorithm)) throw new RangeError('no such algorithm');
    return createHmac(`sha${algorithm.slice(2)}`, find(name, version).secret)
      .update(data)
      .digest();
  }

  return {
    spi: 1,
    provider: 'tiny',
    identity: `tiny:${randomUUID()}`,
    capabilities,
    keys: {
      create: async (request, call: Call) => add(request, randomBytes((request.size ?? 0) / 8), call.now),
      import: async (request, call) =>
        add(request, Buffer.from(request.material.k ?? '', 'base64url'), call.now),
      read: async ({ name, version }) => find(name, version).record,
      list: async (request) =>
        page(
          [...keys.keys()].map((name) => find(name).record),
          request,
        ),
      versions: async (request) => {
        find(request.name);
        return page(
          (keys.get(request.name) ?? []).map(({ record }) => record),
          request,
        );
      },
    },
    cryptography: {
      async sign({ name, version, algorithm, ...over }) {
        if (over.input === 'digest') throw new RangeError('HMAC takes data');
        return { signature: mac(name, version, algorithm, over.data), version };
      },
      async verify({ name, version, algorithm, signature, ...over }) {
        if (over.input === 'digest') throw new RangeError('HMAC takes data');
        const expected = mac(name, version, algorithm, over.data);
        return {
          valid: expected.length === signature.length && timingSafeEqual(expected, signature),
          version,
        };
      },
    },
    deletion: {},
    rotation: {},
    other: {},
    classify: (error) =>
      error instanceof RangeError && error.message === 'no such key'
        ? { code: 'ERR_KEY_NOT_FOUND', retry: 'never' }
        : { code: 'ERR_UNKNOWN', retry: 'never' },
    close: async () => keys.clear(),
  };
}

/** Opens the vault: this is all that an application sees of it. */
export function openTiny(): KeyManager {
  return createKeyManager(createTinyDriver());
}
