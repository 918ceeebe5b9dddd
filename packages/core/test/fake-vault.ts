import { generateKeyPairSync, randomUUID, sign as cryptoSign, verify as cryptoVerify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { algorithmRows, defineCapabilities, KeyManagerError, operationsOf } from '../src/driver.ts';
import type {
  Call,
  CapabilityData,
  CapabilityRow,
  Classification,
  DeletedRecord,
  JsonWebKey,
  KeyDriver,
  KeyRecord,
  NewVersionRequest,
  Operation,
  PolicyRecord,
} from '../src/driver.ts';

/** An error as a vendor's SDK might throw it; `classify` of the fake reads what the test wrote into it. */
export class SdkError extends Error {
  readonly means: Classification;
  constructor(means: Classification) {
    super('the SDK says no');
    this.means = means;
  }
}

/** What a test can do to one driver method: run before it, or after it and before its answer is given. */
export interface Hook {
  before?: ((request: never, call: Call) => unknown) | undefined;
  after?: ((result: never, call: Call) => unknown) | undefined;
}

interface Stored {
  records: KeyRecord[];
  privateKeys: Map<string, KeyObject>;
  policy: PolicyRecord | undefined;
  deletedOn: number | undefined;
}

const everywhere = { scope: 'version', enforcement: 'library', propagationMs: 0 } as const;

/** Statements of a vault that keeps EC keys and does everything else natively. */
export function fakeCapabilities(changes: Partial<CapabilityData> = {}): CapabilityData {
  const lifecycle: Operation[] = [
    'createKey', 'importKey', 'getKey', 'listPropertiesOfKeys', 'listPropertiesOfKeyVersions', 'updateKeyProperties',
    'beginDeleteKey', 'getDeletedKey', 'listDeletedKeys', 'beginRecoverDeletedKey', 'purgeDeletedKey', 'backupKey',
    'restoreKeyBackup', 'rotateKey', 'getKeyRotationPolicy', 'updateKeyRotationPolicy', 'getRandomBytes', 'releaseKey', 'adoptKey',
  ]; // prettier-ignore
  const members = [
    'algorithm',
    'enabled',
    'notBefore',
    'expiresOn',
    'tags',
    'exportable',
    'releasePolicy',
    'backup',
  ];
  const signing = algorithmRows.filter((row) => row.kind === 'signature');
  const rows: CapabilityRow[] = [
    ...lifecycle.map((operation) => ({ operation, support: 'native', by: 'driver' }) as const),
    { operation: 'rotateDueKeys', support: 'emulated', by: 'core' },
    ...signing.flatMap((row) =>
      (['sign', 'verify', 'signData', 'verifyData'] as const)
        .filter((operation) => row.input === 'digest' || operation.endsWith('Data'))
        .map((operation) => ({ operation, algorithm: row.name, support: 'native', by: 'driver' }) as const),
    ),
    ...algorithmRows
      .filter((row) => row.kind === 'encryption')
      .flatMap((row) =>
        operationsOf(row).map(
          (operation) =>
            ({
              operation: operation as Operation,
              algorithm: row.name,
              support: 'native',
              by: 'driver',
            }) as const,
        ),
      ),
  ];
  return {
    rows,
    exclusive: 'atomic',
    usage: 'any',
    externalKeys: true,
    nameReuse: 'free',
    state: {
      enabled: everywhere,
      notBefore: everywhere,
      expiresOn: everywhere,
      keyOperations: everywhere,
      deleted: everywhere,
    },
    requestId: { createKey: 'stored', importKey: 'stored', rotateKey: 'stored', restoreKeyBackup: 'none' },
    backup: 'always',
    restoresPolicy: false,
    rotationRunBy: 'caller',
    signatureEncoding: 'p1363',
    context: 'bytes',
    members: {
      createKey: members,
      importKey: members,
      updateKeyProperties: ['keyOperations', 'enabled', 'expiresOn', 'notBefore', 'tags', 'releasePolicy'],
      updateKeyRotationPolicy: ['rotate', 'notify', 'timeAfterCreate', 'timeBeforeExpiry', 'expiresIn'],
      rotateKey: ['expectedCurrent'],
      beginRecoverDeletedKey: ['allowPartial'],
      encrypt: ['additionalAuthenticatedData'],
      decrypt: ['additionalAuthenticatedData'],
    },
    limits: { maxPageSize: 10, maxTags: 10 },
    ...changes,
  };
}

const notFound = (): KeyManagerError => new KeyManagerError('ERR_KEY_NOT_FOUND', 'no such key');

/**
 * A vault of our own in memory, to prove core: every method can be made to fail, hang, answer late or wrong. It signs with
 * EC keys; what it "encrypts" is only wrapped in a record, to show what core sends.
 */
export class FakeVault {
  readonly keys = new Map<string, Stored>();
  readonly calls: { method: string; request: Record<string, unknown>; call: Call }[] = [];
  readonly hooks: Record<string, Hook> = {};
  readonly driver: KeyDriver;
  nextOwnership: 'own' | 'external' = 'own';
  closed = 0;

  constructor(changes: Partial<CapabilityData> = {}, driver: Partial<KeyDriver> = {}) {
    const capabilities = defineCapabilities(fakeCapabilities(changes));
    this.driver = {
      spi: 1,
      provider: 'fake',
      identity: 'fake:vault',
      capabilities,
      keys: {
        create: this.#method('create', async (request: NewVersionRequest, call) => this.#make(request, call)),
        import: this.#method('import', async (request: NewVersionRequest, call) => this.#make(request, call)),
        read: this.#method('read', async (request: { name: string; version?: string | undefined }) =>
          this.record(request.name, request.version),
        ),
        list: this.#method('list', async (request: { next?: string | undefined; maxPageSize: number }) =>
          this.#page(
            [...this.keys.values()].filter((key) => key.deletedOn === undefined).map(current),
            request,
          ),
        ),
        versions: this.#method(
          'versions',
          async (request: { name: string; next?: string | undefined; maxPageSize: number }) =>
            this.#page(this.#live(request.name).records, request),
        ),
        update: this.#method(
          'update',
          async (request: { name: string; version: string; changes: object }, call) => {
            const key = this.#live(request.name);
            const index = key.records.findIndex((record) => record.version === request.version);
            const merged = { ...key.records[index], ...request.changes, updatedOn: call.now } as Record<
              string,
              unknown
            >;
            for (const date of ['notBefore', 'expiresOn']) if (merged[date] === null) delete merged[date];
            key.records[index] = merged as unknown as KeyRecord;
            return merged as unknown as KeyRecord;
          },
        ),
        adopt: this.#method('adopt', async (request: { name: string; sourceId: string }) => {
          const key = this.#live(request.name);
          key.records = key.records.map((record) => ({ ...record, ownership: 'own' as const }));
          return current(key);
        }),
      },
      cryptography: this.#cryptography(),
      deletion: {
        delete: this.#method('delete', async (request: { name: string }, call) => {
          this.#live(request.name).deletedOn = call.now;
          return this.#deleted(request.name);
        }),
        readDeleted: this.#method('readDeleted', async (request: { name: string }) =>
          this.#deleted(request.name),
        ),
        listDeleted: this.#method(
          'listDeleted',
          async (request: { next?: string | undefined; maxPageSize: number }) =>
            this.#page(
              [...this.keys.keys()]
                .filter((name) => this.keys.get(name)?.deletedOn !== undefined)
                .map((name) => this.#deleted(name)),
              request,
            ),
        ),
        recover: this.#method('recover', async (request: { name: string; allowPartial: boolean }) => {
          this.#deleted(request.name);
          const key = this.keys.get(request.name) as Stored;
          key.deletedOn = undefined;
          return { key: current(key), lostVersions: [] as readonly string[] };
        }),
        purge: this.#method('purge', async (request: { name: string }) => {
          this.#deleted(request.name);
          this.keys.delete(request.name);
        }),
      },
      rotation: {
        rotate: this.#method(
          'rotate',
          async (request: { name: string; expectedCurrent?: string | undefined }, call) => {
            const last = current(this.#live(request.name));
            if (request.expectedCurrent !== undefined && request.expectedCurrent !== last.version) {
              throw new KeyManagerError('ERR_CONFLICT', 'another version is current');
            }
            const { keyType, keyOperations, tags } = last;
            return this.#make(
              { name: request.name, keyType, keyOperations, tags, enabled: true, curve: last.curve },
              call,
            );
          },
        ),
        readPolicy: this.#method(
          'readPolicy',
          async (request: { name: string }) => this.#live(request.name).policy,
        ),
        writePolicy: this.#method(
          'writePolicy',
          async (request: { name: string; policy: PolicyRecord }, call) => {
            const policy = { ...request.policy, createdOn: call.now, updatedOn: call.now };
            this.#live(request.name).policy = policy;
            return policy;
          },
        ),
      },
      other: {
        backup: this.#method('backup', async (request: { name: string }) => Buffer.from(request.name)),
        restore: this.#method('restore', async (request: { backup: Uint8Array }, call) => {
          const name = Buffer.from(request.backup).toString();
          return this.#make(
            {
              name,
              keyType: 'EC',
              curve: 'P-256',
              keyOperations: ['sign', 'verify'],
              tags: {},
              enabled: true,
            },
            call,
          );
        }),
        random: this.#method('random', async (request: { count: number }) =>
          new Uint8Array(request.count).fill(7),
        ),
        release: this.#method('release', async () => ({ value: 'a.b.c' })),
      },
      classify: (error) =>
        error instanceof SdkError ? error.means : { code: 'ERR_UNKNOWN', retry: 'never', outcome: 'none' },
      close: async () => {
        this.closed++;
      },
      ...driver,
    };
  }

  /** The record of a version, or of the current one. */
  record(name: string, version?: string): KeyRecord {
    const { records } = this.#live(name);
    const record = version === undefined ? records.at(-1) : records.find((each) => each.version === version);
    if (record === undefined) throw notFound();
    return record;
  }

  /** Changes the stored record of the current version behind core's back. */
  tamper(name: string, changes: Partial<KeyRecord>): void {
    const { records } = this.#live(name);
    records[records.length - 1] = { ...(records.at(-1) as KeyRecord), ...changes };
  }

  /** How often a method was called. */
  count(method: string): number {
    return this.calls.filter((entry) => entry.method === method).length;
  }

  #method<Request, Result>(name: string, run: (request: Request, call: Call) => Promise<Result>) {
    return async (request: Readonly<Request>, call: Call): Promise<Result> => {
      this.calls.push({ method: name, request: request, call });
      const instead = await this.hooks[name]?.before?.(request as never, call);
      if (instead !== undefined) return instead as Result;
      const result = await run(request, call);
      const changed = await this.hooks[name]?.after?.(result as never, call);
      return changed === undefined ? result : (changed as Result);
    };
  }

  #make(request: NewVersionRequest, call: Call): KeyRecord {
    const key: Stored = this.keys.get(request.name) ?? {
      records: [],
      privateKeys: new Map(),
      policy: undefined,
      deletedOn: undefined,
    };
    if (key.deletedOn !== undefined) throw new KeyManagerError('ERR_KEY_DELETED', 'deleted');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const version = randomUUID().replaceAll('-', '');
    const {
      name,
      keyType,
      curve,
      size,
      keyOperations,
      enabled,
      notBefore,
      expiresOn,
      tags,
      exportable,
      releasePolicy,
      algorithm,
    } = request;
    const record: KeyRecord = {
      name, version, keyType, curve, size, keyOperations, enabled, notBefore, expiresOn, tags, exportable, releasePolicy,
      algorithms: algorithm === undefined ? undefined : [algorithm],
      sourceId: `source/${version}`,
      publicKey: keyType === 'EC' ? (publicKey.export({ format: 'jwk' }) as JsonWebKey) : undefined,
      publicKeyAuthentic: true,
      createdOn: call.now,
      updatedOn: call.now,
      ownership: this.nextOwnership,
      status: 'ready',
      requestId: call.requestId,
      intact: true,
    }; // prettier-ignore
    key.records.push(record);
    key.privateKeys.set(version, privateKey);
    this.keys.set(name, key);
    return record;
  }

  #cryptography(): KeyDriver['cryptography'] {
    type Use = { name: string; version: string; algorithm: string };
    const echo = async (request: Use & Record<string, unknown>) => ({
      ciphertext: Buffer.from('ciphertext'),
      iv: new Uint8Array(request.algorithm.endsWith('GCM') ? 12 : 16),
      authenticationTag: new Uint8Array(16),
      wrappedKey: Buffer.from('wrapped'),
      plaintext: Buffer.from('plaintext'),
      unwrappedKey: Buffer.from('unwrapped'),
    });
    return {
      sign: this.#method(
        'sign',
        async (request: Use & { input: string; data?: Uint8Array; digest?: Uint8Array }) => {
          const key = this.#live(request.name).privateKeys.get(request.version);
          if (key === undefined) throw notFound();
          const dsaEncoding = this.driver.capabilities.signatureEncoding === 'der' ? 'der' : 'ieee-p1363';
          return {
            signature: cryptoSign('sha256', request.data ?? request.digest ?? new Uint8Array(), {
              key,
              dsaEncoding,
            }),
          };
        },
      ),
      verify: this.#method(
        'verify',
        async (request: Use & { data?: Uint8Array; digest?: Uint8Array; signature: Uint8Array }) => {
          const key = this.#live(request.name).privateKeys.get(request.version);
          if (key === undefined) throw notFound();
          const dsaEncoding = this.driver.capabilities.signatureEncoding === 'der' ? 'der' : 'ieee-p1363';
          return {
            valid: cryptoVerify(
              'sha256',
              request.data ?? request.digest ?? new Uint8Array(),
              { key, dsaEncoding },
              request.signature,
            ),
          };
        },
      ),
      encrypt: this.#method('encrypt', echo),
      decrypt: this.#method('decrypt', echo),
      wrapKey: this.#method('wrapKey', echo),
      unwrapKey: this.#method('unwrapKey', echo),
    };
  }

  #live(name: string): Stored {
    const key = this.keys.get(name);
    if (key === undefined || key.deletedOn !== undefined) throw notFound();
    return key;
  }

  #deleted(name: string): DeletedRecord {
    const key = this.keys.get(name);
    if (key?.deletedOn === undefined) throw notFound();
    return { key: current(key), deletedOn: key.deletedOn, scheduledPurgeDate: key.deletedOn + 90 * 86_400 };
  }

  #page<Item>(items: readonly Item[], request: { next?: string | undefined; maxPageSize: number }) {
    const from = Number(request.next ?? '0');
    const to = from + request.maxPageSize;
    return { items: items.slice(from, to), ...(to < items.length ? { next: String(to) } : {}) };
  }
}

function current(key: Stored): KeyRecord {
  return key.records.at(-1) as KeyRecord;
}

/** Settings whose clock stands still until moved, and whose sleeps return at once and are written down. */
export function stillSettings(): {
  settings: { clock: () => number; sleep: (milliseconds: number) => Promise<void>; random: () => number };
  sleeps: number[];
  move(milliseconds: number): void;
} {
  let now = Date.UTC(2026, 0, 1);
  const sleeps: number[] = [];
  return {
    settings: {
      clock: () => now,
      sleep: async (milliseconds) => {
        sleeps.push(milliseconds);
      },
      random: () => 0.5,
    },
    sleeps,
    move: (milliseconds) => {
      now += milliseconds;
    },
  };
}
