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

it('says of every requirement what it is for and how to install it', () => {
  expect(requirements.length).toBeGreaterThan(0);
  for (const { name, why, install } of requirements) {
    expect([name, why, install].every((text) => text.length > 0)).toBe(true);
  }
});
