import { constants, createHash, createPublicKey, publicEncrypt, verify } from 'node:crypto';
import type { KMS } from '@aws-sdk/client-kms';
import type { KnownFailure } from '@keyway/conformance';

/** A defect of an emulator, and all the cases that it makes fail. */
interface Defect {
  readonly reason: string;
  readonly link?: string;
  readonly cases: readonly string[];
  readonly expected: KnownFailure['expected'];
  /** Shows the defect by the bare SDK. */
  readonly shows: (client: KMS) => Promise<string>;
  readonly observes: RegExp;
}

const pss = ['ps256', 'ps384', 'ps512'];
const forEach = (algorithms: readonly string[], ...cases: readonly string[]): readonly string[] =>
  algorithms.flatMap((algorithm) => cases.map((id) => id.replace('*', algorithm)));

const message = new Uint8Array(100).fill(7);

/** Whether a PSS signature of the emulator has a salt of the hash's length, or of another. */
async function saltOfPss(client: KMS): Promise<string> {
  const { KeyMetadata } = await client.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  const KeyId = KeyMetadata?.KeyId ?? '';
  const digest = createHash('sha256').update(message).digest();
  const { Signature } = await client.sign({
    KeyId,
    Message: digest,
    MessageType: 'DIGEST',
    SigningAlgorithm: 'RSASSA_PSS_SHA_256',
  });
  const { PublicKey } = await client.getPublicKey({ KeyId });
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  const verifies = (saltLength: number): boolean =>
    verify(
      'sha256',
      message,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
      Signature ?? message,
    );
  return `salt of 32 octets: ${verifies(32)}, any salt: ${verifies(constants.RSA_PSS_SALTLEN_AUTO)}`;
}

/** The state of a key whose deletion was cancelled; AWS documents Disabled. */
async function stateAfterCancel(client: KMS): Promise<string> {
  const { KeyMetadata } = await client.createKey({});
  const KeyId = KeyMetadata?.KeyId ?? '';
  await client.disableKey({ KeyId });
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  await client.cancelKeyDeletion({ KeyId });
  const { KeyMetadata: after } = await client.describeKey({ KeyId });
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  return `after CancelKeyDeletion: ${after?.KeyState}`;
}

/** What becomes of an RSA ciphertext: the emulator's own, and one made outside. */
async function rsaEncryption(client: KMS): Promise<string> {
  const { KeyMetadata } = await client.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { PublicKey } = await client.getPublicKey({ KeyId });
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  const { CiphertextBlob } = await client.encrypt({
    KeyId,
    Plaintext: message,
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  });
  const outside = publicEncrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    message,
  );
  const opened = await client
    .decrypt({ KeyId, CiphertextBlob: outside, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })
    .then(
      () => 'opened',
      (error: unknown) => (error instanceof Error ? error.name : 'failed'),
    );
  const damaged = publicEncrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    message,
  );
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  const refused = await client
    .decrypt({ KeyId, CiphertextBlob: damaged, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })
    .then(
      () => 'opened',
      (error: unknown) => (error instanceof Error ? error.name : 'failed'),
    );
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  return `Encrypt gives ${CiphertextBlob?.length} octets for a key of 256, SHA-1 from outside: ${opened}, a damaged ciphertext: ${refused}`;
}

/** Cases in which the emulator's own RSA ciphertext, which is none, is opened outside. */
const openedOutside = forEach(
  ['rsa-oaep', 'rsa-oaep-256'],
  'encrypt/*/decrypts-outside',
  'encrypt/*/too-long-refused',
  'wrap/*/unwraps-outside',
);

/** Cases in which a ciphertext with SHA-1, or any that does not open, is given to the emulator. */
const failsToOpen = [
  'decrypt/rsa-oaep/outside-ciphertext-decrypts',
  'encrypt/rsa-oaep/round-trip',
  'decrypt/rsa-oaep/version-pinned',
  ...forEach(['rsa-oaep', 'rsa-oaep-256'], 'decrypt/*/tampered-refused', 'decrypt/*/other-key-does-not-open'),
  'unwrap/rsa-oaep/outside-wrapped-unwraps',
  'wrap/rsa-oaep/round-trip',
  'wrap/rsa-oaep-256/round-trip',
  'vectors/rfc7516/a1-rsa-oaep',
  'vectors/rfc7520/5.2-rsa-oaep',
  'vectors/wycheproof/rsa-oaep-2048-sha1-mgf1sha1',
  ...forEach(['2048', '3072', '4096'], 'vectors/wycheproof/rsa-oaep-*-sha256-mgf1sha256'),
];

const defects: Readonly<Record<string, readonly Defect[]>> = {
  localstack: [
    {
      reason: 'Encrypt with an RSA key gives a sealed blob of its own, not an RSA ciphertext',
      cases: openedOutside,
      expected: { pattern: /oaep decoding error|data greater than mod len/ },
      shows: rsaEncryption,
      observes: /^Encrypt gives (?!256 )/,
    },
    {
      reason: 'Decrypt with RSAES_OAEP_SHA_1, and of what does not open, fails inside the emulator',
      cases: failsToOpen,
      expected: { code: 'ERR_UNAVAILABLE', pattern: /ERR_UNAVAILABLE|cannot be reached or failed/ },
      shows: rsaEncryption,
      observes:
        /outside: KMSInternalException|outside: InternalError|outside: 500|a damaged ciphertext: (?!opened|InvalidCiphertext)/,
    },
  ],
  'local-kms': [
    {
      reason: 'PSS signatures have a salt of the maximal length; AWS documents that of the hash',
      cases: [
        ...forEach(
          pss,
          'sign/*/data-verified-outside',
          'sign/*/digest-verified-outside',
          'sign/*/chunks-verified-outside',
          'sign/*/version-pinned',
          'sign/*/wrong-digest-length-refused',
          'sign/*/wrong-key-refused',
          'verify/*/malformed-is-false',
        ),
        'verify/ps256/not-taken-for-rs256',
        'verify/ps384/not-taken-for-ps512',
      ],
      expected: { pattern: /node:crypto verifies the signature|the signature itself/ },
      shows: saltOfPss,
      observes: /^salt of 32 octets: false, any salt: true$/,
    },
    {
      reason: 'CancelKeyDeletion leaves a key enabled that was disabled; AWS documents Disabled',
      cases: ['recover/versions/all-as-they-were'],
      expected: { pattern: /deep-equal/ },
      shows: stateAfterCancel,
      observes: /: Enabled$/,
    },
  ],
};

/** What fails on an emulator because of the emulator. `client` reaches the one that runs. */
export function knownFailuresOf(
  emulator: string,
  emulatorVersion: string,
  client: () => KMS,
): readonly KnownFailure[] {
  return (defects[emulator] ?? []).flatMap(({ cases, expected, shows, observes, reason, link }) => {
    let shown: Promise<string> | undefined;
    const run = (): Promise<string> => (shown ??= shows(client()));
    return cases.map((id) => ({
      case: id,
      emulatorVersion,
      reason,
      link,
      expected,
      reproduction: { run, observes },
    }));
  });
}
