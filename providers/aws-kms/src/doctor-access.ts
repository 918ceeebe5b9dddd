import type { Call } from '@keyway/core/driver';
import { classify } from './classify.ts';
import type { Finding } from './finding.ts';
import type { KmsKey } from './kms-key.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

/** A permission that KMS lets a caller try without doing anything: `DryRun`, or reading. */
interface Trial {
  readonly action: string;
  readonly fits: (key: KmsKey) => boolean;
  readonly run: (vault: KmsVault, key: KmsKey, call: Call) => Promise<unknown>;
}

const uses = (usage: string) => (key: KmsKey) => key.keyUsage === usage && key.state === 'Enabled';
const octets = new Uint8Array(32);
const isSymmetric = ({ keySpec }: KmsKey): boolean => keySpec === 'SYMMETRIC_DEFAULT';

/** Only keys whose versions are their materials have no number in their record. */
const isOfMaterials = ({ record }: KmsKey): boolean => record?.sequence === 0;

/** An algorithm that keys of this kind have; what is refused for another reason than permission was permitted. */
function signing({ keySpec = '' }: KmsKey): {
  SigningAlgorithm:
    | 'RSASSA_PSS_SHA_256'
    | 'ECDSA_SHA_256'
    | 'ECDSA_SHA_384'
    | 'ECDSA_SHA_512'
    | 'ED25519_SHA_512'
    | 'ML_DSA_SHAKE_256';
} {
  if (keySpec.startsWith('RSA_')) return { SigningAlgorithm: 'RSASSA_PSS_SHA_256' };
  if (keySpec.startsWith('ML_DSA_')) return { SigningAlgorithm: 'ML_DSA_SHAKE_256' };
  if (keySpec === 'ECC_NIST_EDWARDS25519') return { SigningAlgorithm: 'ED25519_SHA_512' };
  if (keySpec === 'ECC_NIST_P384') return { SigningAlgorithm: 'ECDSA_SHA_384' };
  return { SigningAlgorithm: keySpec === 'ECC_NIST_P521' ? 'ECDSA_SHA_512' : 'ECDSA_SHA_256' };
}

const encryption = (key: KmsKey): { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_256' } => ({
  EncryptionAlgorithm: isSymmetric(key) ? 'SYMMETRIC_DEFAULT' : 'RSAES_OAEP_SHA_256',
});
const mac = ({
  keySpec = '',
}: KmsKey): { MacAlgorithm: 'HMAC_SHA_256' | 'HMAC_SHA_384' | 'HMAC_SHA_512' } => ({
  MacAlgorithm:
    keySpec === 'HMAC_384' ? 'HMAC_SHA_384' : keySpec === 'HMAC_512' ? 'HMAC_SHA_512' : 'HMAC_SHA_256',
});

const trials: readonly Trial[] = [
  {
    action: 'kms:GetPublicKey',
    fits: (key) => key.state === 'Enabled' && !isSymmetric(key) && key.keySpec?.startsWith('HMAC_') === false,
    run: ({ client }, { id }, call) => client.getPublicKey({ KeyId: id }, { abortSignal: call.signal }),
  },
  {
    action: 'kms:ListResourceTags',
    fits: () => true,
    run: ({ client }, { id }, call) => client.listResourceTags({ KeyId: id }, { abortSignal: call.signal }),
  },
  {
    action: 'kms:ListKeyRotations',
    fits: isOfMaterials,
    run: ({ client }, { id }, call) => client.listKeyRotations({ KeyId: id }, { abortSignal: call.signal }),
  },
  {
    action: 'kms:GetKeyRotationStatus',
    fits: isOfMaterials,
    run: ({ client }, { id }, call) =>
      client.getKeyRotationStatus({ KeyId: id }, { abortSignal: call.signal }),
  },
  {
    action: 'kms:Sign',
    fits: uses('SIGN_VERIFY'),
    run: ({ client }, key, call) =>
      client.sign(
        { KeyId: key.id, Message: octets, ...signing(key), DryRun: true },
        { abortSignal: call.signal },
      ),
  },
  {
    action: 'kms:Verify',
    fits: uses('SIGN_VERIFY'),
    run: ({ client }, key, call) =>
      client.verify(
        { KeyId: key.id, Message: octets, Signature: octets, ...signing(key), DryRun: true },
        { abortSignal: call.signal },
      ),
  },
  {
    action: 'kms:Encrypt',
    fits: uses('ENCRYPT_DECRYPT'),
    run: ({ client }, key, call) =>
      client.encrypt(
        { KeyId: key.id, Plaintext: octets, ...encryption(key), DryRun: true },
        { abortSignal: call.signal },
      ),
  },
  {
    action: 'kms:Decrypt',
    fits: uses('ENCRYPT_DECRYPT'),
    run: ({ client }, key, call) =>
      client.decrypt(
        {
          KeyId: key.id,
          ...encryption(key),
          DryRun: true,
          ...(isSymmetric(key) ? { DryRunModifiers: ['IGNORE_CIPHERTEXT'] } : { CiphertextBlob: octets }),
        },
        { abortSignal: call.signal },
      ),
  },
  {
    action: 'kms:GenerateMac',
    fits: uses('GENERATE_VERIFY_MAC'),
    run: ({ client }, key, call) =>
      client.generateMac(
        { KeyId: key.id, Message: octets, ...mac(key), DryRun: true },
        { abortSignal: call.signal },
      ),
  },
  {
    action: 'kms:VerifyMac',
    fits: uses('GENERATE_VERIFY_MAC'),
    run: ({ client }, key, call) =>
      client.verifyMac(
        { KeyId: key.id, Message: octets, Mac: octets, ...mac(key), DryRun: true },
        { abortSignal: call.signal },
      ),
  },
];

/** What the operations need beside that where the versions of a key are its materials. */
const notTriedOfMaterials: readonly string[] = [
  'kms:RotateKeyOnDemand',
  'kms:EnableKeyRotation',
  'kms:DisableKeyRotation',
  'kms:DeleteImportedKeyMaterial',
];

/** What the operations need that changes something: KMS lets nobody try these. */
const notTried: readonly string[] = [
  'kms:CreateKey',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:CreateAlias',
  'kms:UpdateAlias',
  'kms:DeleteAlias',
  'kms:UpdateKeyDescription',
  'kms:EnableKey',
  'kms:DisableKey',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
  'kms:GetParametersForImport',
  'kms:ImportKeyMaterial',
];

/** Whether an error says that the caller may not do it. Anything else means that permission was not the obstacle. */
export const isForbidden = (error: unknown): boolean => classify(error).code === 'ERR_PERMISSION_DENIED';

async function isPermitted(running: Promise<unknown>): Promise<boolean> {
  try {
    await running;
  } catch (error) {
    const { code } = classify(error);
    if (code === 'ERR_UNAUTHENTICATED' || code === 'ERR_UNAVAILABLE' || code === 'ERR_THROTTLED') throw error;
    return !isForbidden(error);
  }
  return true;
}

/** The finding for something that the caller may not do. */
export function forbidden(action: string, keyId?: string): Finding {
  return {
    severity: 'error',
    what: 'permission-missing',
    message: `The caller is not allowed ${action}${keyId === undefined ? '' : ' with this key'}`,
    advice: `Allow ${action} to the caller in IAM, in the key's policy or by a grant`,
    keyId,
  };
}

/** Tries the permissions to use keys, each with every key that it fits. */
export async function findInPermissions(
  vault: KmsVault,
  keys: readonly KmsKey[],
  call: Call,
): Promise<readonly Finding[]> {
  const cells = keys.flatMap((key) =>
    trials.filter(({ fits }) => fits(key)).map((trial) => ({ key, trial })),
  );
  const tried = await pipelined(cells, async ({ key, trial: { action, run } }) =>
    (await isPermitted(run(vault, key, call))) ? [] : [forbidden(action, key.id)],
  );
  return [
    ...tried.flat(),
    {
      severity: 'note',
      what: 'permissions-not-tried',
      message: `KMS lets nobody try without doing: ${[...notTried, ...(vault.materials === undefined ? [] : notTriedOfMaterials)].join(', ')}`,
      advice: "Compare the caller's policy with the one in the documentation of this provider",
    },
  ];
}
