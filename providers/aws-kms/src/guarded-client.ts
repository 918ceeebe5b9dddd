import { UnexpectedAnswer } from './answers.ts';
import { retryAfterOf } from './classify.ts';
import type { SdkError } from './classify.ts';
import type { KmsCall, KmsCallOptions, KmsClient } from './client.ts';

type Method = Exclude<keyof KmsClient, 'destroy'>;

/** Every operation in use; the type makes sure that none is forgotten. */
const methods: Readonly<Record<Method, null>> = {
  cancelKeyDeletion: null,
  createAlias: null,
  createKey: null,
  decrypt: null,
  deleteAlias: null,
  deleteImportedKeyMaterial: null,
  describeKey: null,
  disableKey: null,
  disableKeyRotation: null,
  enableKey: null,
  enableKeyRotation: null,
  encrypt: null,
  generateMac: null,
  generateRandom: null,
  getKeyPolicy: null,
  getKeyRotationStatus: null,
  getParametersForImport: null,
  getPublicKey: null,
  importKeyMaterial: null,
  listAliases: null,
  listKeyRotations: null,
  listKeys: null,
  listResourceTags: null,
  rotateKeyOnDemand: null,
  scheduleKeyDeletion: null,
  sign: null,
  tagResource: null,
  untagResource: null,
  updateAlias: null,
  updateKeyDescription: null,
  verify: null,
  verifyMac: null,
};

/** Their messages repeat the signed request, with the session token in it. */
const repeatsRequest: ReadonlySet<unknown> = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignatureException',
  'IncompleteSignature',
]);

/**
 * What may leave the provider in place of an error of the SDK. One that came up while an answer was read holds the answer,
 * which may be a plaintext or half of it; what is not an error of KMS has no name of one.
 */
function withoutSecrets(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const sdkError = error as SdkError & { readonly $fault?: unknown; message?: unknown };
  const { $fault, $response, $metadata, name } = sdkError;
  const isRead = $response !== undefined && $fault === undefined;
  if (isRead || ($fault !== undefined && name === 'Unknown')) {
    const status = $metadata?.httpStatusCode;
    return new UnexpectedAnswer(
      'The endpoint gave an answer that is not one of KMS',
      typeof status === 'number' ? status : undefined,
      retryAfterOf(sdkError),
    );
  }
  // The body of a response leads to its connection, and that to the headers of the request.
  if (typeof $response === 'object' && $response !== null) Reflect.set($response, 'body', undefined);
  if (repeatsRequest.has(name)) sdkError.message = 'KMS does not accept the signature of the request';
  return error;
}

/** The client with errors that hold nothing secret, whoever made it. */
export function guardClient(client: KmsClient): KmsClient {
  const guarded = Object.keys(methods).map((name) => {
    const method = name as Method;
    // Each operation takes its own input; what goes in and comes out stays as it is.
    const call = async (input: unknown, options: unknown): Promise<unknown> => {
      try {
        return await (client[method] as KmsCall<unknown, unknown>)(input, options as KmsCallOptions);
      } catch (error) {
        throw withoutSecrets(error);
      }
    };
    return [method, call];
  });
  return Object.freeze(Object.fromEntries(guarded) as KmsClient);
}
