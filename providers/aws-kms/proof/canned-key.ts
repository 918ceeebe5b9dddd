import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signingAlgorithms } from './signing-algorithms.ts';

/** What is fixed about a key spec of KMS. */
interface SpecRow {
  /** The usage where none is asked for. */
  readonly usage: 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC';
  readonly signing?: readonly string[];
  readonly encryption?: readonly string[];
  readonly mac?: readonly string[];
  generate(): KeyObject | Buffer;
}

const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const named = (pattern: RegExp): readonly string[] =>
  signingAlgorithms.map(({ name }) => name).filter((name) => pattern.test(name));

const rsa = (modulusLength: number): SpecRow => ({
  usage: 'SIGN_VERIFY',
  signing: named(/^RSASSA/),
  encryption: oaep,
  generate: () => generateKeyPairSync('rsa', { modulusLength }).privateKey,
});
const ec = (namedCurve: string, algorithm: string): SpecRow => ({
  usage: 'SIGN_VERIFY',
  signing: [algorithm],
  generate: () => generateKeyPairSync('ec', { namedCurve }).privateKey,
});
const mlDsa = (level: 44 | 65 | 87): SpecRow => ({
  usage: 'SIGN_VERIFY',
  signing: ['ML_DSA_SHAKE_256'],
  generate: () => generateKeyPairSync(`ml-dsa-${level}`).privateKey,
});
const hmac = (bits: number): SpecRow => ({
  usage: 'GENERATE_VERIFY_MAC',
  mac: [`HMAC_SHA_${bits}`],
  generate: () => randomBytes(bits / 8),
});

/** Key specs by name. */
const specs = {
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec('prime256v1', 'ECDSA_SHA_256'),
  ECC_NIST_P384: ec('secp384r1', 'ECDSA_SHA_384'),
  ECC_NIST_P521: ec('secp521r1', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: ec('secp256k1', 'ECDSA_SHA_256'),
  ECC_NIST_EDWARDS25519: {
    usage: 'SIGN_VERIFY',
    signing: ['ED25519_SHA_512'],
    generate: () => generateKeyPairSync('ed25519').privateKey,
  },
  ML_DSA_44: mlDsa(44),
  ML_DSA_65: mlDsa(65),
  ML_DSA_87: mlDsa(87),
  SYMMETRIC_DEFAULT: {
    usage: 'ENCRYPT_DECRYPT',
    encryption: ['SYMMETRIC_DEFAULT'],
    generate: () => randomBytes(32),
  },
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
} as const satisfies Readonly<Record<string, SpecRow>>;

/** A key spec that the canned server has. */
export type CannedSpec = keyof typeof specs;

/** All of them. */
export const cannedSpecs: readonly CannedSpec[] = Object.keys(specs) as CannedSpec[];

/** A key that the canned server is to hold. */
export interface CannedKeyOptions {
  readonly spec: CannedSpec;
  /** Default: signing for RSA. */
  readonly usage?: SpecRow['usage'] | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly aliases?: readonly string[] | undefined;
  /** Default `Enabled`. */
  readonly state?: 'Enabled' | 'Disabled' | 'PendingDeletion' | undefined;
  /** Default `CUSTOMER`. */
  readonly manager?: 'CUSTOMER' | 'AWS' | undefined;
}

/** A key that the canned server holds. */
export interface CannedKey {
  readonly id: string;
  readonly arn: string;
  readonly options: CannedKeyOptions;
  /** As `DescribeKey` tells it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** A private key, or the octets of a symmetric one. */
  readonly secret: KeyObject | Buffer;
  /** SubjectPublicKeyInfo in DER; absent for symmetric keys. */
  readonly publicKey: Buffer | undefined;
}

/** Account and region of the canned server. */
export const cannedOwner = 'arn:aws:kms:eu-central-1:111122223333';

/** Makes a key with fresh material. */
export function makeCannedKey(options: CannedKeyOptions): CannedKey {
  const row: SpecRow = specs[options.spec];
  const id = randomUUID();
  const arn = `${cannedOwner}:key/${id}`;
  const usage = options.usage ?? row.usage;
  const state = options.state ?? 'Enabled';
  const now = Math.floor(Date.now() / 1000);
  const secret = row.generate();
  const publicKey = Buffer.isBuffer(secret)
    ? undefined
    : createPublicKey(secret).export({ type: 'spki', format: 'der' });
  const algorithms = {
    SIGN_VERIFY: { SigningAlgorithms: row.signing },
    ENCRYPT_DECRYPT: { EncryptionAlgorithms: row.encryption },
    GENERATE_VERIFY_MAC: { MacAlgorithms: row.mac },
  }[usage];
  const metadata = {
    AWSAccountId: '111122223333',
    KeyId: id,
    Arn: arn,
    CreationDate: now,
    Enabled: state === 'Enabled',
    Description: options.description ?? '',
    KeyUsage: usage,
    KeyState: state,
    ...(state === 'PendingDeletion' ? { DeletionDate: now + 604_800 } : {}),
    Origin: 'AWS_KMS',
    KeyManager: options.manager ?? 'CUSTOMER',
    KeySpec: options.spec,
    CustomerMasterKeySpec: options.spec,
    MultiRegion: false,
    ...algorithms,
  };
  return { id, arn, options, metadata, secret, publicKey };
}
