import { keyManagerErrorCodes } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { classify, returnValues } from '../src/classify.ts';
import { returnValue, returnValueNames, TokenError } from '../src/token/return-values.ts';

/** What each return value must come to, written down apart from the table. */
const expected: Readonly<Record<string, readonly string[]>> = {
  ERR_KEY_NOT_FOUND: [
    'KEY_HANDLE_INVALID',
    'OBJECT_HANDLE_INVALID',
    'UNWRAPPING_KEY_HANDLE_INVALID',
    'WRAPPING_KEY_HANDLE_INVALID',
  ],
  ERR_CONFLICT: [
    'OPERATION_ACTIVE',
    'SESSION_EXISTS',
    'SESSION_READ_ONLY_EXISTS',
    'SESSION_READ_WRITE_SO_EXISTS',
  ],
  ERR_UNAUTHENTICATED: [
    'PIN_INCORRECT',
    'PIN_INVALID',
    'PIN_LEN_RANGE',
    'PIN_EXPIRED',
    'PIN_LOCKED',
    'PIN_TOO_WEAK',
    'NEW_PIN_MODE',
    'NEXT_OTP',
    'USER_NOT_LOGGED_IN',
    'USER_PIN_NOT_INITIALIZED',
    'USER_TYPE_INVALID',
    'USER_ANOTHER_ALREADY_LOGGED_IN',
    'USER_TOO_MANY_TYPES',
  ],
  ERR_PERMISSION_DENIED: [
    'ACTION_PROHIBITED',
    'SESSION_READ_ONLY',
    'TOKEN_WRITE_PROTECTED',
    'FUNCTION_REJECTED',
  ],
  ERR_OPERATION_NOT_PERMITTED: [
    'KEY_FUNCTION_NOT_PERMITTED',
    'ATTRIBUTE_SENSITIVE',
    'INFORMATION_SENSITIVE',
    'KEY_EXHAUSTED',
  ],
  ERR_INVALID_ARGUMENT: [
    'ARGUMENTS_BAD',
    'ATTRIBUTE_VALUE_INVALID',
    'DATA_INVALID',
    'DATA_LEN_RANGE',
    'KEY_SIZE_RANGE',
    'KEY_TYPE_INCONSISTENT',
    'MECHANISM_PARAM_INVALID',
    'TEMPLATE_INCOMPLETE',
    'TEMPLATE_INCONSISTENT',
    'UNWRAPPING_KEY_SIZE_RANGE',
    'UNWRAPPING_KEY_TYPE_INCONSISTENT',
    'WRAPPING_KEY_SIZE_RANGE',
    'WRAPPING_KEY_TYPE_INCONSISTENT',
    'DOMAIN_PARAMS_INVALID',
    'EXCEEDED_MAX_ITERATIONS',
    'PUBLIC_KEY_INVALID',
  ],
  ERR_UNSUPPORTED: [
    'NEED_TO_CREATE_THREADS',
    'CANT_LOCK',
    'ATTRIBUTE_READ_ONLY',
    'ATTRIBUTE_TYPE_INVALID',
    'FUNCTION_NOT_SUPPORTED',
    'KEY_INDIGESTIBLE',
    'KEY_NOT_WRAPPABLE',
    'KEY_UNEXTRACTABLE',
    'MECHANISM_INVALID',
    'SESSION_PARALLEL_NOT_SUPPORTED',
    'RANDOM_SEED_NOT_SUPPORTED',
    'RANDOM_NO_RNG',
    'CURVE_NOT_SUPPORTED',
  ],
  ERR_INTEGRITY: [
    'ENCRYPTED_DATA_INVALID',
    'ENCRYPTED_DATA_LEN_RANGE',
    'AEAD_DECRYPT_FAILED',
    'SIGNATURE_INVALID',
    'SIGNATURE_LEN_RANGE',
    'WRAPPED_KEY_INVALID',
    'WRAPPED_KEY_LEN_RANGE',
  ],
  ERR_QUOTA_EXCEEDED: ['DEVICE_MEMORY', 'SESSION_COUNT', 'TOKEN_RESOURCE_EXCEEDED'],
  ERR_UNAVAILABLE: [
    'HOST_MEMORY',
    'SLOT_ID_INVALID',
    'GENERAL_ERROR',
    'FUNCTION_FAILED',
    'DEVICE_ERROR',
    'DEVICE_REMOVED',
    'OPERATION_NOT_INITIALIZED',
    'SESSION_CLOSED',
    'SESSION_HANDLE_INVALID',
    'TOKEN_NOT_PRESENT',
    'TOKEN_NOT_RECOGNIZED',
    'CRYPTOKI_NOT_INITIALIZED',
    'FIPS_SELF_TEST_FAILED',
    'LIBRARY_LOAD_FAILED',
  ],
  ERR_ABORTED: ['CANCEL', 'FUNCTION_CANCELED'],
  ERR_UNKNOWN: [
    'NO_EVENT',
    'FUNCTION_NOT_PARALLEL',
    'KEY_NOT_NEEDED',
    'KEY_CHANGED',
    'KEY_NEEDED',
    'USER_ALREADY_LOGGED_IN',
    'BUFFER_TOO_SMALL',
    'SAVED_STATE_INVALID',
    'STATE_UNSAVEABLE',
    'CRYPTOKI_ALREADY_INITIALIZED',
    'MUTEX_BAD',
    'MUTEX_NOT_LOCKED',
    'OPERATION_CANCEL_FAILED',
  ],
};

const codeOf = new Map(
  Object.entries(expected).flatMap(([code, names]) =>
    names.map((name) => [returnValue(`CKR_${name}`), code]),
  ),
);

/** Nobody can say how far the call came. */
const doubtful = new Set(
  ['CANCEL', 'FUNCTION_CANCELED', 'HOST_MEMORY', 'GENERAL_ERROR', 'FUNCTION_FAILED', 'DEVICE_ERROR']
    .concat('DEVICE_REMOVED', 'SESSION_CLOSED')
    .map((name) => returnValue(`CKR_${name}`)),
);

describe('a return value of a token', () => {
  for (const [ckr, name] of returnValueNames) {
    if (ckr === 0) continue;
    it(`${name} means ${codeOf.get(ckr)}`, () => {
      const meaning = classify(new TokenError(ckr, 'C_Sign'));
      expect(meaning.code).toBe(codeOf.get(ckr));
      expect(keyManagerErrorCodes).toContain(meaning.code);
      expect(meaning.outcome).toBe(doubtful.has(ckr) ? 'unknown' : 'none');
    });
  }

  it('has an expectation for each row, and a row for each name', () => {
    const named = new Set([...returnValueNames.keys()].filter((ckr) => ckr !== 0));
    expect(new Set(returnValues.keys())).toEqual(named);
    expect(new Set(codeOf.keys())).toEqual(named);
  });

  it('is never tried again where a login failed, since tokens count', () => {
    for (const ckr of [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x102]) {
      expect(classify(new TokenError(ckr, 'C_Login')).retry).toBe('never');
    }
  });

  it('is tried again where it passes: sessions, memory, devices', () => {
    const passing = [...returnValues].filter(([, { retry }]) => retry === 'safe').map(([ckr]) => ckr);
    expect(passing).toEqual([
      0x002, 0x005, 0x006, 0x030, 0x031, 0x032, 0x090, 0x091, 0x0b0, 0x0b1, 0x0b3, 0x0e0, 0x190, 0x201,
    ]);
  });

  it('is read out of the native errors that have it in their message only', () => {
    expect(classify(new Error('CKR_ATTRIBUTE_READ_ONLY:16')).code).toBe('ERR_UNSUPPORTED');
    expect(classify(Object.assign(new Error('x'), { code: 49 })).code).toBe('ERR_QUOTA_EXCEEDED');
  });

  it.each([0x8000_0001, 0x7777])('that is not known (%i) leaves the outcome open', (ckr) => {
    const meaning = classify(new TokenError(ckr, 'C_GenerateKey'));
    expect(meaning).toMatchObject({ code: 'ERR_UNKNOWN', retry: 'never', outcome: 'unknown' });
  });

  it.each([undefined, 'text', new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT' })])(
    'is not found in %s',
    (error) => {
      expect(classify(error).code).toBe('ERR_UNKNOWN');
    },
  );
});

describe('the answer to a ciphertext', () => {
  const said = ['GENERAL_ERROR', 'FUNCTION_FAILED', 'ENCRYPTED_DATA_INVALID', 'ENCRYPTED_DATA_LEN_RANGE']
    .concat('WRAPPED_KEY_INVALID', 'DATA_LEN_RANGE', 'DOMAIN_PARAMS_INVALID', 'TEMPLATE_INCONSISTENT')
    .map((name) => new TokenError(returnValue(`CKR_${name}`), 'C_Decrypt'));

  it.each(['decrypt', 'unwrapKey', 'restoreKeyBackup'] as const)(
    'of %s tells nothing of the damage',
    (operation) => {
      const answers = new Set(said.map((error) => JSON.stringify(classify(error, { operation }))));
      expect([...answers]).toEqual([
        JSON.stringify({ code: 'ERR_INTEGRITY', retry: 'never', outcome: 'none' }),
      ]);
    },
  );

  it('still tells what is no damage', () => {
    const at = { operation: 'decrypt' } as const;
    expect(classify(new TokenError(returnValue('CKR_DEVICE_REMOVED'), 'C_Decrypt'), at).code).toBe(
      'ERR_UNAVAILABLE',
    );
    expect(
      classify(new TokenError(returnValue('CKR_KEY_FUNCTION_NOT_PERMITTED'), 'C_Decrypt'), at).code,
    ).toBe('ERR_OPERATION_NOT_PERMITTED');
  });

  it('is about ciphertexts only', () => {
    const error = new TokenError(returnValue('CKR_GENERAL_ERROR'), 'C_Sign');
    expect(classify(error, { operation: 'sign' }).code).toBe('ERR_UNAVAILABLE');
  });
});
