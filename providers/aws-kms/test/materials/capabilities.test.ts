import { algorithmRows, operations } from '@keyway/core';
import type { KeyType, Operation, Support } from '@keyway/core';
import { expect, test } from 'vitest';
import { createCapabilities } from '../../src/capabilities.ts';
import { createMaterialCapabilities } from '../../src/materials/material-capabilities.ts';
import { expectedKinds } from '../expected-capabilities.ts';

/*
 * What KMS was found to do where versions are key materials, written from its documentation and not from the provider's
 * tables: everything else is refused.
 */
const expectedOperations: Readonly<Partial<Record<Operation, Support>>> = {
  getKey: 'emulated',
  listPropertiesOfKeys: 'emulated',
  listPropertiesOfKeyVersions: 'emulated',
  updateKeyProperties: 'emulated',
  adoptKey: 'native',
  beginDeleteKey: 'emulated',
  getDeletedKey: 'emulated',
  listDeletedKeys: 'emulated',
  beginRecoverDeletedKey: 'emulated',
  rotateKey: 'native',
  rotateDueKeys: 'emulated',
  getKeyRotationPolicy: 'emulated',
  updateKeyRotationPolicy: 'emulated',
  getRandomBytes: 'native',
};
const refusedOperations: readonly Operation[] = [
  'purgeDeletedKey',
  'backupKey',
  'restoreKeyBackup',
  'releaseKey',
];

const capabilities = createMaterialCapabilities();

test('the operations are as studied', () => {
  for (const [operation, support] of Object.entries(expectedOperations) as [Operation, Support][])
    expect([operation, capabilities.supports({ operation }).support]).toEqual([operation, support]);
  for (const operation of refusedOperations)
    expect(capabilities.supports({ operation }).support).toBe('unsupported');
  // Making keys and using them are asked for with a kind or an algorithm.
  expect(Object.keys(expectedOperations).length + refusedOperations.length + 10).toBe(operations.length);
});

test('symmetric keys of 256 bits are made and imported, and no others', () => {
  for (const operation of ['createKey', 'importKey'] as const) {
    for (const hardware of ['', '-HSM'] as const) {
      const support = (family: string, size?: number): Support =>
        capabilities.supports({ operation, keyType: `${family}${hardware}` as KeyType, size }).support;
      expect(support('oct', 256)).toBe('emulated');
      for (const kind of [...expectedKinds.createKey.yes, ...expectedKinds.createKey.no]) {
        const [family = '', size] = kind.split(' ');
        if (kind !== 'oct 256' && !Number.isNaN(Number(size)))
          expect([kind, support(family, Number(size))]).toEqual([kind, 'unsupported']);
      }
      for (const family of ['EC', 'OKP', 'AKP', 'RSA']) expect(support(family)).toBe('unsupported');
    }
  }
});

test('provider is the one algorithm, and every refusal has its reason and an alternative', () => {
  const served: string[] = [];
  for (const { name } of algorithmRows) {
    for (const operation of ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey', 'sign', 'signData'] as const) {
      const rows = capabilities.rows.filter((row) => row.algorithm === name && row.operation === operation);
      if (rows.length === 0) continue;
      const answer = capabilities.supports({ operation, algorithm: name });
      if (answer.support === 'native') served.push(`${operation} ${name}`);
      else if (!/^A\d/.test(name)) expect(answer.reason).toMatch(/key materials/);
      else expect([answer.reason, answer.alternative]).toEqual([expect.any(String), expect.any(String)]);
    }
  }
  expect(served).toEqual(['encrypt provider', 'decrypt provider', 'wrapKey provider', 'unwrapKey provider']);
});

test('what is lost is data: one state for all versions, no claim, 25 rotations, half the tags', () => {
  const { state, exclusive, requestId, limits, rotationRunBy, members } = capabilities;
  expect(Object.values(state).map(({ scope }) => scope)).toEqual(Array.from({ length: 5 }, () => 'key'));
  expect([exclusive, rotationRunBy]).toEqual(['none', 'caller']);
  expect(requestId).toEqual(createCapabilities().requestId);
  expect(capabilities.supports({ operation: 'rotateKey' }).limits).toEqual({ maxRotationsPerKey: 25 });
  expect(limits.maxTagsTotalBytes).toBe(1024);
  expect(members.rotateKey).toEqual(['expectedCurrent']);
});

test('an endpoint without imports, or without symmetric keys, says so here too', () => {
  const none = createMaterialCapabilities(['ImportKeyMaterial']);
  expect(none.supports({ operation: 'importKey', keyType: 'oct', size: 256 }).support).toBe('unsupported');
  expect(none.supports({ operation: 'createKey', keyType: 'oct', size: 256 }).support).toBe('emulated');
});
