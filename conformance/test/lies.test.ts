import { describe, expect, it } from 'vitest';
import { promiseCases } from '../src/all-cases.ts';
import { runConformance } from '../src/run.ts';
import { allLies } from '../src/self-test/all-lies.ts';
import { trueVault } from '../src/self-test/true-vault.ts';

/** One lie of each kind with the cases that must catch it; `npm run conformance -- --self-test` tries all of them in full. */
const sample: Readonly<Record<string, string>> = {
  'swaps-r-and-s': 'sign/es256/data-verified-outside',
  'drops-the-aad': 'encrypt/a256gcm/aad-bound',
  'loses-tags-on-update': 'update/enabled/changes',
  'truncates-a-page': 'list/keys/pages-hold-all',
  'recovers-as-disabled': 'recover/versions/all-as-they-were',
  'hides-an-algorithm-it-has': 'sign/es384/data-verified-outside',
  'core-makes-errors-anew': 'errors/unknown/reaches-the-caller',
};

describe('the lies', () => {
  it('are many, and each has its own name', () => {
    expect(allLies.length).toBeGreaterThanOrEqual(30);
    expect(new Set(allLies.map(({ id }) => id)).size).toBe(allLies.length);
  });

  for (const [id, caughtBy] of Object.entries(sample)) {
    it(`${id} is caught by ${caughtBy}, which the truth passes`, async () => {
      const lie = allLies.find((each) => each.id === id);
      const options = { cases: promiseCases, only: [caughtBy], openssl: false } as const;
      const honest = await runConformance(trueVault, options);
      expect(honest.results[0]?.outcome).toBe('passed');
      const target: typeof trueVault = {
        ...trueVault,
        open: async (fixture) => {
          const driver = await trueVault.open(fixture);
          return lie?.driver?.(driver) ?? driver;
        },
      };
      const told = await runConformance(target, { ...options, wrapManager: lie?.manager });
      expect(told.results[0]?.outcome).toBe('failed');
    });
  }
});
