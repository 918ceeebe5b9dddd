import * as sdk from '@aws-sdk/client-kms';
import { keyManagerErrorCodes } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { UnexpectedAnswer } from '../src/answers.ts';
import { classify, errorNames, networkCodes } from '../src/classify.ts';

/** What each error must come to, written down apart from the table: code, and whether it may be repeated. */
const expected: Readonly<Record<string, readonly string[]>> = {
  ERR_KEY_NOT_FOUND: ['NotFoundException'],
  ERR_CONFLICT: ['AlreadyExistsException', 'ConflictException', 'KMSInvalidStateException'],
  ERR_KEY_DISABLED: ['DisabledException'],
  ERR_OPERATION_NOT_PERMITTED: ['InvalidKeyUsageException'],
  ERR_INVALID_ARGUMENT: [
    'ValidationException',
    'ValidationError',
    'InvalidArnException',
    'InvalidAliasNameException',
    'InvalidMarkerException',
    'TagException',
    'MalformedPolicyDocumentException',
    'SerializationException',
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'MissingParameter',
    'IncorrectKeyMaterialException',
    'InvalidImportTokenException',
    'ExpiredImportTokenException',
    'InvalidGrantTokenException',
    'InvalidGrantIdException',
  ],
  ERR_UNSUPPORTED: ['UnsupportedOperationException', 'UnknownOperationException', 'InvalidAction'],
  ERR_INTEGRITY: [
    'InvalidCiphertextException',
    'IncorrectKeyException',
    'KMSInvalidSignatureException',
    'KMSInvalidMacException',
  ],
  ERR_PERMISSION_DENIED: ['AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'OptInRequired'],
  ERR_UNAUTHENTICATED: [
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'InvalidClientTokenId',
    'InvalidAccessKeyId',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'CredentialsProviderError',
    'TokenProviderError',
  ],
  ERR_QUOTA_EXCEEDED: ['LimitExceededException'],
  ERR_THROTTLED: [
    'ThrottlingException',
    'Throttling',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'SlowDown',
  ],
  ERR_UNAVAILABLE: [
    'KMSInternalException',
    'InternalFailure',
    'InternalServerError',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'DependencyTimeoutException',
    'KeyUnavailableException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'CloudHsmClusterNotActiveException',
    'CloudHsmClusterInvalidConfigurationException',
    'XksProxyUriUnreachableException',
    'XksProxyInvalidResponseException',
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
  ],
  ERR_ABORTED: ['AbortError'],
};

const codeOf = new Map(
  Object.entries(expected).flatMap(([code, names]) => names.map((name) => [name, code])),
);

/** Nobody can say how far these came. */
const doubtful = new Set([
  ...(expected['ERR_UNAVAILABLE'] ?? []).filter((name) => !/^(CustomKeyStore|CloudHsm)/.test(name)),
  'AbortError',
]);

const named = (name: string, extra: object = {}): Error => Object.assign(new Error('x'), { name }, extra);

describe('an error of KMS', () => {
  for (const name of Object.keys(errorNames)) {
    it(`${name} means ${codeOf.get(name)}`, () => {
      const { code, retry, outcome } = classify(named(name));
      expect(code).toBe(codeOf.get(name));
      expect(keyManagerErrorCodes).toContain(code);
      const passing = code === 'ERR_THROTTLED' || (doubtful.has(name) && code !== 'ERR_ABORTED');
      expect(retry === 'safe').toBe(passing);
      expect(outcome).toBe(doubtful.has(name) ? 'unknown' : 'none');
      expect(retry === 'afterReopen').toBe(code === 'ERR_UNAUTHENTICATED');
    });
  }

  it('has an expectation for each row, and a row for each expectation', () => {
    expect(Object.keys(errorNames).toSorted()).toEqual([...codeOf.keys()].toSorted());
  });

  it('asks for the state of the key where that is to blame', () => {
    const asking = Object.keys(errorNames).filter((name) => classify(named(name)).readState === true);
    expect(asking).toEqual(['KMSInvalidStateException', 'DisabledException']);
  });

  it('is recognised as the SDK throws it, as a class of its own or as a plain service exception', () => {
    const about = { message: 'x', $metadata: {} };
    expect(classify(new sdk.LimitExceededException(about))).toMatchObject({
      code: 'ERR_QUOTA_EXCEEDED',
      retry: 'never',
    });
    expect(classify(new sdk.KMSInternalException(about)).code).toBe('ERR_UNAVAILABLE');
    const plain = new sdk.KMSServiceException({ ...about, name: 'ThrottlingException', $fault: 'client' });
    expect(classify(plain)).toMatchObject({ code: 'ERR_THROTTLED', retry: 'safe', outcome: 'none' });
  });

  it('with a Retry-After says how long to wait, within reason', () => {
    const after = (text: unknown): unknown =>
      classify(named('ThrottlingException', { $response: { headers: { 'Retry-After': text } } }))
        .retryAfterMs;
    expect(
      ['7', '0', '999999', '-1', '1e3', 'Wed, 21 Oct 2026 07:28:00 GMT', 7, undefined].map(after),
    ).toEqual([7000, 0, 3_600_000, undefined, undefined, undefined, undefined, undefined]);
    const refused = named('AccessDeniedException', { $response: { headers: { 'retry-after': '7' } } });
    expect(classify(refused).retryAfterMs).toBeUndefined();
  });

  it('that refuses the form of a ciphertext says no more than that it does not decrypt', () => {
    const error = named('ValidationException');
    const at = { step: 'x', keyId: undefined } as const;
    expect(classify(error, { ...at, operation: 'decrypt' }).code).toBe('ERR_INTEGRITY');
    expect(classify(error, { ...at, operation: 'unwrapKey' }).code).toBe('ERR_INTEGRITY');
    expect(classify(error, { ...at, operation: 'encrypt' }).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('after which the SDK has set its clock may be repeated', () => {
    const error = named('InvalidSignatureException', { $metadata: { clockSkewCorrected: true } });
    expect(classify(error)).toMatchObject({ code: 'ERR_UNAUTHENTICATED', retry: 'safe', outcome: 'none' });
  });

  it('with a name that is not known is judged by its status', () => {
    const withStatus = (httpStatusCode: number) =>
      classify(named('NewException', { $metadata: { httpStatusCode } }));
    expect([400, 401, 403, 413, 429, 500, 503, 200].map((status) => withStatus(status).code)).toEqual([
      'ERR_UNKNOWN',
      'ERR_UNAUTHENTICATED',
      'ERR_PERMISSION_DENIED',
      'ERR_INVALID_ARGUMENT',
      'ERR_THROTTLED',
      'ERR_UNAVAILABLE',
      'ERR_UNAVAILABLE',
      'ERR_UNKNOWN',
    ]);
    expect(withStatus(400)).toMatchObject({ retry: 'never', outcome: 'none' });
    expect(classify(named('New', { $retryable: { throttling: true } })).code).toBe('ERR_THROTTLED');
  });
});

describe('an answer that KMS does not give', () => {
  it('is an outage, and leaves in doubt what a success or failure of KMS could be', () => {
    const of = (status?: number) => classify(new UnexpectedAnswer('x', status, 9));
    for (const status of [undefined, 200, 502]) {
      expect(of(status)).toEqual({
        code: 'ERR_UNAVAILABLE',
        retry: 'safe',
        outcome: 'unknown',
        retryAfterMs: 9,
      });
    }
    for (const status of [302, 404]) {
      expect(of(status)).toEqual({ code: 'ERR_UNAVAILABLE', retry: 'never', outcome: 'none' });
    }
    expect(of(429)).toMatchObject({ code: 'ERR_THROTTLED', retry: 'safe', outcome: 'none' });
  });
});

describe('an error of the network', () => {
  const sent = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'HPE_INVALID_CONSTANT'];
  for (const code of Object.keys(networkCodes)) {
    it(`${code} is an outage`, () => {
      const meaning = classify(Object.assign(new Error('x'), { code }));
      expect(meaning.code).toBe('ERR_UNAVAILABLE');
      expect(meaning.outcome).toBe(sent.includes(code) ? 'unknown' : 'none');
      expect(meaning.retry).toBe(/CERT|LEAF/.test(code) ? 'never' : 'safe');
    });
  }

  it('goes before the name of a timeout that the SDK gives it', () => {
    expect(classify(named('TimeoutError', { code: 'ECONNREFUSED' })).outcome).toBe('none');
  });
});

describe('anything else', () => {
  it('is unknown, and never throws', () => {
    for (const error of [
      undefined,
      null,
      'text',
      7,
      {},
      new Error('x'),
      { code: 'toString' },
      { name: '__proto__' },
    ]) {
      expect(classify(error)).toEqual({ code: 'ERR_UNKNOWN', retry: 'never', outcome: 'unknown' });
    }
  });
});
