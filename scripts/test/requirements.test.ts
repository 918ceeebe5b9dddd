import { describe, expect, it } from 'vitest';
import { ensure, requirements } from '../requirements.ts';

describe('ensure', () => {
  it('finds what is there, and installs nothing then', async () => {
    expect(await ensure(['openssl'])).toEqual([]);
  });

  it('refuses a name that no row has', async () => {
    await expect(ensure(['no-such-program'])).rejects.toThrow(TypeError);
  });
});

it('says of every requirement what it is for and which packages bring it', () => {
  for (const { name, probe, packages, why } of requirements) {
    expect([name, ...probe, ...packages, why].every((text) => text.length > 0)).toBe(true);
    expect(packages.length).toBeGreaterThan(0);
  }
});
