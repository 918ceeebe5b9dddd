import type { CapabilityRow, Operation } from '@keyway/core/driver';

/**
 * Leaves out the methods that no capability names: core takes a driver only where both say the same.
 *
 * @param operationsOf The operations that each method serves. A method that is not in it stays.
 */
export function keepOffered<Methods extends object>(
  methods: Methods,
  rows: readonly CapabilityRow[],
  operationsOf: Readonly<Partial<Record<keyof Methods, readonly Operation[]>>>,
): Methods {
  const offered = new Set(
    rows
      .filter(({ by, support }) => by === 'driver' && support !== 'unsupported')
      .map(({ operation }) => operation),
  );
  const kept = Object.entries(methods).filter(([name]) => {
    const served = operationsOf[name as keyof Methods];
    return served === undefined || served.some((operation) => offered.has(operation));
  });
  return Object.fromEntries(kept) as Methods;
}
