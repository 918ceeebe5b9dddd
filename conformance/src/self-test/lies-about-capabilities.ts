import { defineCapabilities } from '@keyway/core/driver';
import type { CapabilityData, CapabilityRow, KeyDriver } from '@keyway/core/driver';
import { capabilityLie } from './lie.ts';
import type { Lie } from './lie.ts';

/** The same driver with other statements about it. */
function saying(honest: KeyDriver, change: (data: CapabilityData) => Partial<CapabilityData>): KeyDriver {
  const { supports: _, ...data } = honest.capabilities;
  return { ...honest, capabilities: defineCapabilities({ ...data, ...change(data) }) };
}

const rowsBut = (change: (row: CapabilityRow) => CapabilityRow) => (data: CapabilityData) => ({
  rows: data.rows.map(change),
});

/** Saying what is not so. */
export const capabilityLies: readonly Lie[] = [
  capabilityLie('reports-emulated-as-native', (honest) =>
    saying(
      honest,
      rowsBut((row) => (row.operation === 'rotateDueKeys' ? { ...row, by: 'core', support: 'native' } : row)),
    ),
  ),
  capabilityLie('hides-an-algorithm-it-has', (honest) =>
    saying(
      honest,
      rowsBut((row) =>
        row.algorithm === 'ES384' ? { ...row, support: 'unsupported', note: 'This vault has no ES384' } : row,
      ),
    ),
  ),
  capabilityLie('declares-hardware-it-does-not-have', (honest) =>
    saying(
      honest,
      rowsBut((row) =>
        row.operation === 'createKey' && row.hardware === true ? { ...row, support: 'native' } : row,
      ),
    ),
  ),
  capabilityLie('hides-that-keys-may-have-any-usage', (honest) => saying(honest, () => ({ usage: 'one' }))),
  capabilityLie('changes-its-stamp-each-time', (honest) => {
    let stamp = 0;
    return { ...honest, stamp: () => ++stamp };
  }),
  capabilityLie('never-changes-its-stamp', (honest) => ({ ...honest, stamp: () => 1 })),
];
