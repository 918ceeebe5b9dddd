import {
  constants,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KmsCallOptions, KmsClient } from '../src/client.ts';

/** Our own: an in-memory KMS that keeps to what AWS documents of keys, aliases, states, tags and descriptions. */
export interface FakeKms {
  readonly client: KmsClient;
  readonly keys: Map<string, FakeKey>;
  /** Alias names with the ids of their keys. */
  readonly aliases: Map<string, string>;
  /** Runs before each request; what it throws is the answer, and nothing happens. */
  before: (operation: string, input: Readonly<Record<string, unknown>>) => unknown;
  /** Runs after each request, before its answer is given; what it throws takes the answer's place. */
  after: (operation: string, input: Readonly<Record<string, unknown>>) => unknown;
  /** The names of the operations asked for. */
  readonly requests: string[];
  /** Makes a key as other software would. */
  make(input?: Readonly<Record<string, unknown>>): FakeKey;
  /** What KMS does when the window of a key is over: the key goes, and its aliases. */
  destroy(id: string): void;
  /** Aliases with the descriptions and states behind them, in order. */
  dump(): readonly string[];
}

interface FakeKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  manager: string;
  description: string;
  state: string;
  readonly created: Date;
  deletion: Date | undefined;
  readonly tags: Map<string, string>;
  publicKey: Uint8Array<ArrayBuffer> | undefined;
  material: Uint8Array | undefined;
}

export const account = '111122223333';
export const region = 'eu-central-1';

/** An error as the SDK throws it. */
export function kmsError(name: string, message = name, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: {}, ...extra });
}

const arnOf = (id: string): string => `arn:aws:kms:${region}:${account}:key/${id}`;

const rsaPairs = new Map<number, { publicKey: KeyObject; privateKey: KeyObject }>();
/** RSA keys are slow to make, and none of these protects anything: one of each size serves all. */
function rsaPair(modulusLength: number): { publicKey: KeyObject; privateKey: KeyObject } {
  const known = rsaPairs.get(modulusLength) ?? generateKeyPairSync('rsa', { modulusLength });
  rsaPairs.set(modulusLength, known);
  return known;
}

const curveNames: Readonly<Record<string, string>> = {
  ECC_NIST_P256: 'P-256',
  ECC_NIST_P384: 'P-384',
  ECC_NIST_P521: 'P-521',
  ECC_SECG_P256K1: 'secp256k1',
};

function freshPublicKey(spec: string): Uint8Array<ArrayBuffer> | undefined {
  const namedCurve = curveNames[spec];
  const key = spec.startsWith('RSA_')
    ? rsaPair(Number(spec.slice(4))).publicKey
    : namedCurve !== undefined
      ? generateKeyPairSync('ec', { namedCurve }).publicKey
      : spec === 'ECC_NIST_EDWARDS25519'
        ? generateKeyPairSync('ed25519').publicKey
        : undefined;
  return key === undefined ? undefined : new Uint8Array(key.export({ format: 'der', type: 'spki' }));
}

const typeOf = (spec: string): string =>
  spec === 'SYMMETRIC_DEFAULT' ? 'symmetric' : spec.startsWith('HMAC_') ? 'hmac' : 'asymmetric';

/** The material that KMS would unwrap. */
function unwrap(algorithm: string, wrapped: Uint8Array): Uint8Array {
  const { privateKey } = rsaPair(4096);
  const oaep = (octets: Uint8Array): Buffer =>
    privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      octets,
    );
  if (algorithm === 'RSAES_OAEP_SHA_256') return oaep(wrapped);
  const iv = Buffer.from('a65959a6', 'hex');
  const decipher = createDecipheriv('id-aes256-wrap-pad', oaep(wrapped.subarray(0, 512)), iv);
  return Buffer.concat([decipher.update(wrapped.subarray(512)), decipher.final()]);
}

type Input = Readonly<Record<string, unknown>>;
const text = (input: Input, member: string): string => {
  const value = input[member];
  if (typeof value !== 'string') throw kmsError('ValidationException', `${member} is missing`);
  return value;
};

/** Makes an empty one. */
export function createFakeKms(): FakeKms {
  const keys = new Map<string, FakeKey>();
  const aliases = new Map<string, string>();
  const tokens = new Map<string, string>();
  const requests: string[] = [];

  function find(input: Input, member = 'KeyId'): FakeKey {
    const given = text(input, member);
    const id = given.startsWith('alias/') ? aliases.get(given) : (given.split(':key/')[1] ?? given);
    const key = given.startsWith('arn:') && !given.startsWith(arnOf('')) ? undefined : keys.get(id ?? '');
    if (key === undefined) {
      const arn = given.startsWith('arn:')
        ? given
        : `arn:aws:kms:${region}:${account}:${given.includes('/') ? '' : 'key/'}${given}`;
      throw kmsError(
        'NotFoundException',
        given.startsWith('alias/') ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`,
      );
    }
    return key;
  }
  function requireState(key: FakeKey, ...states: readonly string[]): FakeKey {
    if (states.includes(key.state)) return key;
    throw kmsError('KMSInvalidStateException', `${key.arn} is ${key.state}`);
  }
  const metadata = (key: FakeKey): object => ({
    KeyId: key.id,
    Arn: key.arn,
    AWSAccountId: account,
    CreationDate: key.created,
    Description: key.description,
    Enabled: key.state === 'Enabled',
    KeyState: key.state,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    KeyManager: key.manager,
    Origin: key.origin,
    ...(key.deletion === undefined ? {} : { DeletionDate: key.deletion }),
  });
  const pageOf = <Item>(
    items: readonly Item[],
    input: Input,
    limit: number,
  ): { page: readonly Item[]; next?: string } => {
    const from = Number(input['Marker'] ?? 0);
    const to = from + Math.min(Number(input['Limit'] ?? 50), limit);
    return to < items.length
      ? { page: items.slice(from, to), next: String(to) }
      : { page: items.slice(from, to) };
  };
  const paged = (page: object, next: string | undefined): object => ({
    ...page,
    Truncated: next !== undefined,
    ...(next === undefined ? {} : { NextMarker: next }),
  });
  function dryRun(input: Input, usage: string): never {
    const key = requireState(find(input), 'Enabled');
    if (key.usage !== usage) throw kmsError('InvalidKeyUsageException');
    throw input['DryRun'] === true
      ? kmsError('DryRunOperationException')
      : kmsError('UnsupportedOperationException');
  }

  function make(input: Input = {}): FakeKey {
    const id = randomUUID();
    const spec = (input['KeySpec'] as string | undefined) ?? 'SYMMETRIC_DEFAULT';
    const origin = (input['Origin'] as string | undefined) ?? 'AWS_KMS';
    const tags = (input['Tags'] ?? []) as readonly { TagKey: string; TagValue: string }[];
    const external = origin === 'EXTERNAL';
    const key: FakeKey = {
      id,
      arn: arnOf(id),
      spec,
      usage: (input['KeyUsage'] as string | undefined) ?? 'ENCRYPT_DECRYPT',
      origin,
      manager: 'CUSTOMER',
      description: (input['Description'] as string | undefined) ?? '',
      state: external ? 'PendingImport' : 'Enabled',
      created: new Date(),
      deletion: undefined,
      tags: new Map(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
      publicKey: external ? undefined : freshPublicKey(spec),
      material: undefined,
    };
    keys.set(id, key);
    return key;
  }

  const live = ['Enabled', 'Disabled', 'PendingImport'] as const;
  const operations: Readonly<Record<string, (input: Input) => object>> = {
    createKey: (input) => {
      if (text(input, 'Description').length > 8192) throw kmsError('ValidationException');
      return { KeyMetadata: metadata(make(input)) };
    },
    describeKey: (input) => ({ KeyMetadata: metadata(find(input)) }),
    getPublicKey: (input) => {
      const key = requireState(find(input), 'Enabled');
      if (key.publicKey === undefined) throw kmsError('UnsupportedOperationException');
      return { KeyId: key.arn, PublicKey: key.publicKey };
    },
    createAlias: (input) => {
      const alias = text(input, 'AliasName');
      if (alias.length > 256 || !/^alias\/[A-Za-z0-9/_-]+$/.test(alias))
        throw kmsError('ValidationException');
      const key = find(input, 'TargetKeyId');
      if (aliases.has(alias)) throw kmsError('AlreadyExistsException', `${alias} exists`);
      requireState(key, ...live);
      if ([...aliases.values()].filter((id) => id === key.id).length >= 50)
        throw kmsError('LimitExceededException');
      aliases.set(alias, key.id);
      return {};
    },
    updateAlias: (input) => {
      const key = find(input, 'TargetKeyId');
      const former = keys.get(aliases.get(text(input, 'AliasName')) ?? '');
      if (former === undefined)
        throw kmsError('NotFoundException', `Alias ${text(input, 'AliasName')} is not found.`);
      if (typeOf(former.spec) !== typeOf(key.spec) || former.usage !== key.usage)
        throw kmsError('ValidationException');
      requireState(key, ...live);
      aliases.set(text(input, 'AliasName'), key.id);
      return {};
    },
    deleteAlias: (input) => {
      if (!aliases.delete(text(input, 'AliasName'))) throw kmsError('NotFoundException');
      return {};
    },
    listAliases: (input) => {
      const of = input['KeyId'] === undefined ? undefined : find(input).id;
      const all = [...aliases.entries()]
        .filter(([, id]) => of === undefined || id === of)
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
      const { page, next } = pageOf(all, input, 100);
      return paged({ Aliases: page.map(([AliasName, TargetKeyId]) => ({ AliasName, TargetKeyId })) }, next);
    },
    listKeys: (input) => {
      const { page, next } = pageOf([...keys.keys()], input, 1000);
      return paged({ Keys: page.map((KeyId) => ({ KeyId, KeyArn: arnOf(KeyId) })) }, next);
    },
    listResourceTags: (input) => {
      const { page, next } = pageOf([...find(input).tags.entries()], input, 50);
      return paged({ Tags: page.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }, next);
    },
    tagResource: (input) => {
      const key = requireState(find(input), ...live);
      for (const { TagKey, TagValue } of input['Tags'] as { TagKey: string; TagValue: string }[])
        key.tags.set(TagKey, TagValue);
      return {};
    },
    untagResource: (input) => {
      const key = requireState(find(input), ...live);
      for (const tag of input['TagKeys'] as string[]) key.tags.delete(tag);
      return {};
    },
    updateKeyDescription: (input) => {
      if (text(input, 'Description').length > 8192) throw kmsError('ValidationException');
      requireState(find(input), ...live).description = text(input, 'Description');
      return {};
    },
    enableKey: (input) => {
      requireState(find(input), 'Enabled', 'Disabled').state = 'Enabled';
      return {};
    },
    disableKey: (input) => {
      requireState(find(input), 'Enabled', 'Disabled').state = 'Disabled';
      return {};
    },
    scheduleKeyDeletion: (input) => {
      const key = requireState(find(input), ...live);
      const days = Number(input['PendingWindowInDays'] ?? 30);
      if (days < 7 || days > 30) throw kmsError('ValidationException');
      key.state = 'PendingDeletion';
      key.deletion = new Date(Date.now() + days * 86_400_000);
      return { KeyId: key.arn, DeletionDate: key.deletion, KeyState: key.state };
    },
    cancelKeyDeletion: (input) => {
      const key = requireState(find(input), 'PendingDeletion');
      key.state = 'Disabled';
      key.deletion = undefined;
      return { KeyId: key.arn };
    },
    getParametersForImport: (input) => {
      const key = find(input);
      if (key.origin !== 'EXTERNAL') throw kmsError('UnsupportedOperationException');
      const algorithm = text(input, 'WrappingAlgorithm');
      const symmetric = typeOf(key.spec) !== 'asymmetric';
      if (symmetric !== (algorithm === 'RSAES_OAEP_SHA_256')) throw kmsError('ValidationException');
      if (text(input, 'WrappingKeySpec') !== 'RSA_4096') throw kmsError('ValidationException');
      const token = randomBytes(32);
      tokens.set(token.toString('hex'), `${key.id}/${algorithm}`);
      const spki = rsaPair(4096).publicKey.export({ format: 'der', type: 'spki' });
      return { KeyId: key.arn, ImportToken: new Uint8Array(token), PublicKey: new Uint8Array(spki) };
    },
    importKeyMaterial: (input) => {
      const key = find(input);
      const [id, algorithm = ''] = (
        tokens.get(Buffer.from(input['ImportToken'] as Uint8Array).toString('hex')) ?? ''
      ).split('/');
      if (id !== key.id) throw kmsError('InvalidImportTokenException');
      if (input['ExpirationModel'] !== 'KEY_MATERIAL_DOES_NOT_EXPIRE') throw kmsError('ValidationException');
      const material = unwrap(algorithm, input['EncryptedKeyMaterial'] as Uint8Array);
      if (key.material !== undefined && !Buffer.from(key.material).equals(material))
        throw kmsError('IncorrectKeyMaterialException');
      key.material = material;
      if (typeOf(key.spec) === 'asymmetric') {
        const publicKey = createPublicKey({
          key: Buffer.from(
            `-----BEGIN PRIVATE KEY-----\n${Buffer.from(material).toString('base64')}\n-----END PRIVATE KEY-----`,
          ),
          format: 'pem',
        });
        key.publicKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
      }
      key.state = 'Enabled';
      return { KeyId: key.arn };
    },
    getKeyPolicy: (input) => {
      find(input);
      return { Policy: JSON.stringify(defaultPolicy), PolicyName: 'default' };
    },
    sign: (input) => dryRun(input, 'SIGN_VERIFY'),
    verify: (input) => dryRun(input, 'SIGN_VERIFY'),
    encrypt: (input) => dryRun(input, 'ENCRYPT_DECRYPT'),
    decrypt: (input) => dryRun(input, 'ENCRYPT_DECRYPT'),
    generateMac: (input) => dryRun(input, 'GENERATE_VERIFY_MAC'),
    verifyMac: (input) => dryRun(input, 'GENERATE_VERIFY_MAC'),
    generateRandom: (input) => ({ Plaintext: new Uint8Array(randomBytes(Number(input['NumberOfBytes']))) }),
  };

  const fake: FakeKms = {
    keys,
    aliases,
    requests,
    before: () => undefined,
    after: () => undefined,
    make,
    destroy(id) {
      keys.delete(id);
      for (const [alias, target] of aliases) if (target === id) aliases.delete(alias);
    },
    dump: () =>
      [...aliases.entries()]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([alias, id]) => {
          const key = keys.get(id);
          return `${alias} ${id} ${key?.state} ${key?.description}`;
        }),
    client: Object.fromEntries(
      Object.entries(operations).map(([operation, run]) => [
        operation,
        async (input: Input, options?: KmsCallOptions) => {
          if (options?.abortSignal?.aborted === true) throw options.abortSignal.reason;
          requests.push(operation);
          await fake.before(operation, input);
          const answer = run(input);
          await fake.after(operation, input);
          return answer;
        },
      ]),
    ) as object as KmsClient,
  };
  return fake;
}

/** The policy that KMS gives a key that is made without one. */
export const defaultPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};
