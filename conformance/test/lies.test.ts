import { describe, expect, it } from 'vitest';
import { promiseCases } from '../src/all-cases.ts';
import { runConformance } from '../src/run.ts';
import { allLies } from '../src/self-test/all-lies.ts';
import { readVault } from '../src/self-test/honest-vault.ts';
import { lying } from '../src/self-test/lie.ts';
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

describe('a vault that lies are told about', () => {
  it('is the local one, or the target of a module with what cannot be told about it', async () => {
    expect(await readVault(undefined)).toEqual({ target: trueVault, untold: {} });
    const { target, untold } = await readVault('providers/aws-kms/test/own-target.ts');
    expect(target).toMatchObject({ provider: 'aws-kms', own: true });
    const known = new Set(allLies.map(({ id }) => id));
    expect(Object.keys(untold).filter((id) => !known.has(id))).toEqual([]);
    for (const reason of Object.values(untold)) expect(reason.length).toBeGreaterThan(15);
    await expect(readVault('conformance/src/case.ts')).rejects.toBeInstanceOf(TypeError);
  });

  it('gets no method by a lie that it does not have', async () => {
    const driver = await trueVault.open({ clock: Date.now });
    const { release: _, ...other } = driver.other;
    const less = { ...driver, other };
    const lied = lying(less, {
      other: { release: (honest) => honest, random: () => () => Promise.resolve(new Uint8Array()) },
    });
    expect(lied.other.release).toBeUndefined();
    expect(await lied.other.random?.({ count: 1 }, {} as never)).toHaveLength(0);
    await driver.close();
  });
});
