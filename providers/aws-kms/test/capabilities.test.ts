import { algorithmRows, findAlgorithm, operations } from '@keyway/core';
import type { CapabilityQuery, KeyCurveName, KeyType, Operation, Support } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { createCapabilities } from '../src/capabilities.ts';
import {
  deviations,
  expectedAlgorithms,
  expectedKinds,
  expectedOperations,
} from './expected-capabilities.ts';

const capabilities = createCapabilities();
const deviating = new Map(deviations.map(({ of, says }) => [of, says]));

function expected(of: string, support: Support): Support {
  return deviating.get(of) ?? support;
}

function queryOf(operation: Operation, kind: string, hardware: boolean): CapabilityQuery {
  const [family = '', what = ''] = kind.split(' ');
  const keyType = `${family}${hardware ? '-HSM' : ''}` as KeyType;
  const algorithm = findAlgorithm(what)?.name;
  if (/^[0-9]+$/.test(what)) return { operation, keyType, size: Number(what) };
  return family === 'AKP'
    ? { operation, keyType, algorithm }
    : { operation, keyType, curve: what as KeyCurveName };
}

describe('what KMS can do', () => {
  it('has the limit that KMS documents, 4,096 octets for a message and a plaintext', () => {
    for (const query of [
      { operation: 'signData', algorithm: 'Ed25519' },
      { operation: 'signData', algorithm: 'HS256' },
      { operation: 'encrypt', algorithm: 'provider' },
      { operation: 'wrapKey', algorithm: 'provider' },
    ] as const) {
      const row = capabilities.rows.find(
        ({ operation, algorithm, limits }) =>
          operation === query.operation && algorithm === query.algorithm && limits !== undefined,
      );
      expect([query, row?.limits]).toEqual([query, { maxBytes: 4096 }]);
    }
  });

  for (const [name, uses] of Object.entries(expectedAlgorithms)) {
    it(`is as studied for ${name}`, () => {
      const row = findAlgorithm(name);
      for (const [operation, support] of Object.entries(uses) as [Operation, Support][]) {
        const answer = capabilities.supports({ operation, algorithm: row?.name });
        expect([operation, answer.support]).toEqual([operation, expected(`${operation} ${name}`, support)]);
        if (support === 'unsupported') expect(answer.alternative).toBeTypeOf('string');
      }
      const stated = capabilities.rows.filter(({ algorithm }) => algorithm === name);
      const using = stated.filter(({ operation }) => operation !== 'createKey' && operation !== 'importKey');
      expect(new Set(using.map(({ operation }) => operation))).toEqual(new Set(Object.keys(uses)));
    });
  }

  it('is as studied for what uses no key material', () => {
    const own = operations.filter((operation) => operation in expectedOperations || operation === 'adoptKey');
    for (const operation of own) {
      const { support } = capabilities.supports({ operation });
      expect([operation, support]).toEqual([
        operation,
        expected(operation, expectedOperations[operation] ?? 'unsupported'),
      ]);
    }
    expect(own.length + 8).toBe(operations.length);
  });

  it('is as studied for each kind of key, in hardware and without asking for it', () => {
    for (const operation of ['createKey', 'importKey'] as const) {
      for (const hardware of [false, true]) {
        for (const kind of expectedKinds[operation].yes) {
          expect([kind, capabilities.supports(queryOf(operation, kind, hardware)).support]).toEqual([
            kind,
            'emulated',
          ]);
        }
        for (const kind of expectedKinds[operation].no) {
          const { support, reason, alternative } = capabilities.supports(queryOf(operation, kind, hardware));
          expect([kind, support]).toEqual([kind, 'unsupported']);
          expect(reason).toMatch(/KMS/);
          expect(alternative).toBeTypeOf('string');
        }
      }
    }
  });

  it('has a deviation for nothing that it says as expected', () => {
    for (const { of, says } of deviations) {
      const [operation, algorithm] = of.split(' ') as [Operation, string | undefined];
      const wanted =
        algorithm === undefined
          ? expectedOperations[operation]
          : expectedAlgorithms[algorithm as keyof typeof expectedAlgorithms][operation];
      expect(wanted).not.toBe(says);
    }
  });

  it('names every algorithm of the contract', () => {
    expect(Object.keys(expectedAlgorithms).toSorted()).toEqual(
      algorithmRows.map(({ name }) => name).toSorted(),
    );
  });

  it('ties each HMAC to keys of its size', () => {
    const answer = (size: number): Support =>
      capabilities.supports({ operation: 'signData', algorithm: 'HS256', keyType: 'oct', size }).support;
    expect([256, 384, 512].map(answer)).toEqual(['native', 'unsupported', 'unsupported']);
  });

  it('has a reason and an alternative for every no', () => {
    for (const row of capabilities.rows.filter(({ support }) => support === 'unsupported')) {
      expect([row.operation, row.note, row.alternative]).toEqual([
        row.operation,
        expect.any(String),
        expect.any(String),
      ]);
    }
  });
});
