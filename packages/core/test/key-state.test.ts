import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyState } from '../src/key-state.ts';
import { keyStateRefusal, neededKeyOperation, updateRefusal } from '../src/key-state.ts';
import { keyOperations } from '../src/key-types.ts';
import type { KeyOperation } from '../src/key-types.ts';
import type { CryptographicOperation } from '../src/operations.ts';

const now = 1000;
const usable: KeyState = { enabled: true, keyOperations, status: 'ready', intact: true, ownership: 'own' };

const operations: readonly CryptographicOperation[] = [
  'encrypt',
  'decrypt',
  'wrapKey',
  'unwrapKey',
  'sign',
  'verify',
  'signData',
  'verifyData',
];
const dates = [undefined, now - 1, now, now + 1];

/** The rules of the contract said once more, in another way: the first sentence that applies. */
function expected(state: KeyState, operation: CryptographicOperation): string | undefined {
  const makes = /^(encrypt|wrapKey|sign|signData)$/.test(operation);
  if (state.status === 'pending' || state.status === 'failed') return 'ERR_KEY_NOT_READY';
  if (makes && state.ownership !== 'external' && !state.intact) return 'ERR_INTEGRITY';
  if (!state.enabled) return 'ERR_KEY_DISABLED';
  const operationName = operation.replace('Data', '') as KeyOperation;
  if (state.keyOperations.indexOf(operationName) === -1) return 'ERR_OPERATION_NOT_PERMITTED';
  if (makes && (state.notBefore ?? 0) > now) return 'ERR_KEY_NOT_YET_VALID';
  if (makes && !((state.expiresOn ?? Infinity) > now)) return 'ERR_KEY_EXPIRED';
  return undefined;
}

function* everyState(): Generator<KeyState> {
  const operationSets: readonly (readonly KeyOperation[])[] = [
    keyOperations,
    [],
    ['sign', 'verify'],
    ['encrypt', 'wrapKey'],
    ['decrypt'],
  ];
  for (const enabled of [true, false])
    for (const notBefore of dates)
      for (const expiresOn of dates)
        for (const status of ['ready', 'pending', 'failed'] as const)
          for (const intact of [true, false])
            for (const ownership of ['own', 'external'] as const)
              for (const operationSet of operationSets)
                yield {
                  enabled,
                  notBefore,
                  expiresOn,
                  status,
                  intact,
                  ownership,
                  keyOperations: operationSet,
                };
}

describe('keyStateRefusal', () => {
  it('agrees with the rules for every combination of state and operation', () => {
    let combinations = 0;
    for (const state of everyState()) {
      for (const operation of operations) {
        expect(keyStateRefusal(state, operation, now)?.code, JSON.stringify({ state, operation })).toBe(
          expected(state, operation),
        );
        combinations++;
      }
    }
    expect(combinations).toBe(2 * 4 * 4 * 3 * 2 * 2 * 5 * 8);
  });

  it('agrees with the rules for any set of operations and any moment', () => {
    const date = fc.option(fc.integer({ min: now - 2, max: now + 2 }), { nil: undefined });
    const states: fc.Arbitrary<KeyState> = fc.record({
      enabled: fc.boolean(),
      notBefore: date,
      expiresOn: date,
      keyOperations: fc.subarray([...keyOperations]),
      status: fc.constantFrom('ready', 'pending', 'failed'),
      intact: fc.boolean(),
      ownership: fc.constantFrom('own', 'external'),
    });
    fc.assert(
      fc.property(states, fc.constantFrom(...operations), (state, operation) => {
        expect(keyStateRefusal(state, operation, now)?.code).toBe(expected(state, operation));
      }),
      { numRuns: 2000 },
    );
  });

  it('allows everything with a usable key', () => {
    for (const operation of operations) expect(keyStateRefusal(usable, operation, now)).toBeUndefined();
  });

  it('refuses everything with a disabled key', () => {
    for (const operation of operations) {
      expect(keyStateRefusal({ ...usable, enabled: false }, operation, now)?.code).toBe('ERR_KEY_DISABLED');
    }
  });

  it.each([
    ['ERR_KEY_NOT_YET_VALID', { notBefore: now + 1 }],
    ['ERR_KEY_EXPIRED', { expiresOn: now }],
    ['ERR_INTEGRITY', { intact: false }],
  ])('lets old data be opened and checked where new data is %s', (code, state) => {
    for (const operation of ['encrypt', 'wrapKey', 'sign', 'signData'] as const) {
      expect(keyStateRefusal({ ...usable, ...state }, operation, now)?.code).toBe(code);
    }
    for (const operation of ['decrypt', 'unwrapKey', 'verify', 'verifyData'] as const) {
      expect(keyStateRefusal({ ...usable, ...state }, operation, now)).toBeUndefined();
    }
  });

  it('begins validity at notBefore and ends it at expiresOn, to the second', () => {
    expect(keyStateRefusal({ ...usable, notBefore: now }, 'sign', now)).toBeUndefined();
    expect(keyStateRefusal({ ...usable, notBefore: now + 1 }, 'sign', now)?.code).toBe(
      'ERR_KEY_NOT_YET_VALID',
    );
    expect(keyStateRefusal({ ...usable, expiresOn: now + 1 }, 'sign', now)).toBeUndefined();
    expect(keyStateRefusal({ ...usable, expiresOn: now }, 'sign', now)?.code).toBe('ERR_KEY_EXPIRED');
  });

  it('does not mistake one operation of a pair for the other', () => {
    expect(keyStateRefusal({ ...usable, keyOperations: ['verify'] }, 'signData', now)?.code).toBe(
      'ERR_OPERATION_NOT_PERMITTED',
    );
    expect(keyStateRefusal({ ...usable, keyOperations: ['verify'] }, 'verifyData', now)).toBeUndefined();
    expect(operations.map(neededKeyOperation)).toEqual([
      'encrypt',
      'decrypt',
      'wrapKey',
      'unwrapKey',
      'sign',
      'verify',
      'sign',
      'verify',
    ]);
  });

  it('says first what passes by itself, and last what the clock says', () => {
    const state: KeyState = {
      enabled: false,
      keyOperations: [],
      status: 'pending',
      intact: false,
      ownership: 'own',
      notBefore: now + 1,
      expiresOn: now,
    };
    const code = (change: Partial<KeyState>): string | undefined =>
      keyStateRefusal({ ...state, ...change }, 'sign', now)?.code;
    expect(code({})).toBe('ERR_KEY_NOT_READY');
    expect(code({ status: 'ready' })).toBe('ERR_INTEGRITY');
    expect(code({ status: 'ready', intact: true })).toBe('ERR_KEY_DISABLED');
    expect(code({ status: 'ready', intact: true, enabled: true })).toBe('ERR_OPERATION_NOT_PERMITTED');
    expect(code({ status: 'ready', intact: true, enabled: true, keyOperations })).toBe(
      'ERR_KEY_NOT_YET_VALID',
    );
    expect(code({ status: 'ready', intact: true, enabled: true, keyOperations, notBefore: now })).toBe(
      'ERR_KEY_EXPIRED',
    );
  });
});

describe('updateRefusal', () => {
  it('lets only intact keys of our own be changed', () => {
    expect(updateRefusal({ intact: true, ownership: 'own' })).toBeUndefined();
    expect(updateRefusal({ intact: false, ownership: 'own' })?.code).toBe('ERR_INTEGRITY');
    expect(updateRefusal({ intact: true, ownership: 'external' })?.code).toBe('ERR_OPERATION_NOT_PERMITTED');
    expect(updateRefusal({ intact: false, ownership: 'external' })?.code).toBe('ERR_OPERATION_NOT_PERMITTED');
  });
});
