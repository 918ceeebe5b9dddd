import { describe, expect, it } from 'vitest';
import { defineCapabilities } from '../src/capabilities.ts';
import type { CapabilityRow } from '../src/capabilities.ts';
import { fakeCapabilities } from './fake-vault.ts';

const define = (rows: readonly CapabilityRow[]) => defineCapabilities({ ...fakeCapabilities(), rows });
const native = { support: 'native', by: 'driver' } as const;
const refused = { support: 'unsupported', by: 'driver', note: 'no' } as const;

describe('supports', () => {
  const capabilities = define([
    { operation: 'createKey', ...native },
    { operation: 'createKey', hardware: true, ...refused, note: 'no hardware', alternative: 'software' },
    { operation: 'createKey', keyType: 'RSA', size: 4096, ...refused },
    { operation: 'createKey', curve: 'P-521', ...refused },
    { operation: 'sign', algorithm: 'ES256', ...native, limits: { maxBytes: 4 } },
    { operation: 'encrypt', algorithm: 'A128GCM', ...refused },
    { operation: 'encrypt', algorithm: 'A256GCM', support: 'emulated', by: 'core' },
  ]);

  it('answers by the most specific row that fits', () => {
    expect(capabilities.supports({ operation: 'createKey' }).support).toBe('native');
    expect(capabilities.supports({ operation: 'createKey', keyType: 'RSA', size: 2048 }).support).toBe(
      'native',
    );
    expect(capabilities.supports({ operation: 'createKey', keyType: 'RSA', size: 4096 }).support).toBe(
      'unsupported',
    );
    expect(capabilities.supports({ operation: 'createKey', keyType: 'EC', curve: 'P-521' }).support).toBe(
      'unsupported',
    );
  });

  it('knows hardware by the key type, and the curve by the algorithm', () => {
    const answer = capabilities.supports({ operation: 'createKey', keyType: 'EC-HSM' });
    expect(answer).toMatchObject({ support: 'unsupported', reason: 'no hardware', alternative: 'software' });
    expect(capabilities.supports({ operation: 'createKey', keyType: 'EC', algorithm: 'ES512' }).support).toBe(
      'unsupported',
    );
  });

  it('gives limits and who does it', () => {
    expect(capabilities.supports({ operation: 'sign', algorithm: 'ES256' })).toEqual({
      support: 'native',
      by: 'driver',
      limits: { maxBytes: 4 },
      reason: undefined,
      alternative: undefined,
    });
    expect(capabilities.supports({ operation: 'encrypt', algorithm: 'A256GCM' })).toMatchObject({
      support: 'emulated',
      by: 'core',
    });
  });

  it('says why where no row fits', () => {
    const answer = capabilities.supports({ operation: 'sign', algorithm: 'RS256', size: 2048 });
    expect(answer).toMatchObject({ support: 'unsupported', by: undefined });
    expect(answer.reason).toContain('sign (RS256, 2048 bits)');
    expect(capabilities.supports({ operation: 'backupKey' }).reason).toContain('backupKey');
  });

  it('takes an open question as "is there any way": a supported row wins over an unsupported one', () => {
    expect(capabilities.supports({ operation: 'encrypt' }).support).toBe('emulated');
  });
});

describe('defineCapabilities', () => {
  it('freezes everything', () => {
    const capabilities = define([
      { operation: 'sign', algorithm: 'ES256', ...native, limits: { maxBytes: 4 } },
    ]);
    const parts: unknown[] = [
      capabilities,
      capabilities.rows,
      capabilities.rows[0],
      capabilities.rows[0]?.limits,
    ];
    for (const part of [
      ...parts,
      capabilities.state,
      capabilities.state.enabled,
      capabilities.limits,
      capabilities.members,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it.each<[string, CapabilityRow, RegExp?]>([
    ['an unknown operation', { operation: 'dance' as never, ...native }, /unknown operation: dance/],
    ['an unknown algorithm', { operation: 'sign', algorithm: 'ES257' as never, ...native }],
    ['the older name of an algorithm', { operation: 'signData', algorithm: 'EdDSA' as never, ...native }],
    ['an unknown curve', { operation: 'createKey', curve: 'P-257' as never, ...native }],
    ['no support without a reason', { operation: 'sign', support: 'unsupported', by: 'driver' }],
  ])('refuses %s', (_what, row, message = /./) => {
    expect(() => define([row])).toThrow(TypeError);
    expect(() => define([row])).toThrow(message);
  });
});
