import { describe, expect, it } from 'vitest';
import {
  integrityError,
  invalidArgument,
  isKeyManagerError,
  KeyManagerError,
  keyManagerErrorCodes,
  located,
} from '../src/errors.ts';

describe('KeyManagerError', () => {
  it('carries what is known and nothing else', () => {
    const cause = new Error('sdk');
    const error = new KeyManagerError('ERR_THROTTLED', 'slow down', {
      provider: 'p',
      retryable: true,
      retryAfterMs: 5,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'KeyManagerError',
      code: 'ERR_THROTTLED',
      provider: 'p',
      retryable: true,
      retryAfterMs: 5,
      cause,
    });
    expect(new KeyManagerError('ERR_CLOSED', 'x')).toMatchObject({ retryable: false, provider: undefined });
    expect('cause' in new KeyManagerError('ERR_CLOSED', 'x')).toBe(false);
  });

  it('has a closed set of codes, each once', () => {
    expect(new Set(keyManagerErrorCodes).size).toBe(22);
    expect(keyManagerErrorCodes.every((code) => /^ERR_[A-Z_]+$/.test(code))).toBe(true);
  });

  it('says nothing of what was wrong with data', () => {
    expect(integrityError().message).toBe(integrityError({ keyId: 'x' }).message);
    expect(integrityError().code).toBe('ERR_INTEGRITY');
    expect(invalidArgument('bad').code).toBe('ERR_INVALID_ARGUMENT');
  });
});

describe('isKeyManagerError', () => {
  it('knows the error of another copy of the library by its brand', () => {
    const foreign = Object.defineProperty(new Error('other copy'), Symbol.for('keyway.KeyManagerError'), {
      value: true,
    });
    expect(isKeyManagerError(foreign)).toBe(true);
    expect(isKeyManagerError(new KeyManagerError('ERR_CLOSED', 'x'))).toBe(true);
  });

  it.each([new Error('x'), { code: 'ERR_CLOSED' }, null, undefined, 'ERR_CLOSED', 7])(
    'does not take %s for one',
    (value) => {
      expect(isKeyManagerError(value)).toBe(false);
    },
  );
});

describe('located', () => {
  const at = { provider: 'p', operation: 'getKey', keyId: 'id' };

  it('fills in what is missing, and keeps cause, stack and the rest', () => {
    const error = new KeyManagerError('ERR_OUTCOME_UNKNOWN', 'x', {
      versions: ['v'],
      alternative: 'a',
      cause: 1,
      keyId: 'own',
    });
    const copy = located(error, at);
    expect(copy).toMatchObject({
      provider: 'p',
      operation: 'getKey',
      keyId: 'own',
      versions: ['v'],
      alternative: 'a',
      cause: 1,
    });
    expect(copy.stack).toBe(error.stack);
    expect('cause' in located(new KeyManagerError('ERR_CLOSED', 'x'), at)).toBe(false);
  });

  it('leaves an error alone that knows its place', () => {
    const error = new KeyManagerError('ERR_CLOSED', 'x', { provider: 'q', operation: 'close' });
    expect(located(error, at)).toBe(error);
  });
});
