import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ensure, requirements } from '../requirements.ts';
import { root } from '../run-program.ts';

describe('ensure', () => {
  it('finds what is there, and installs nothing then', async () => {
    expect(await ensure(['openssl'])).toEqual([]);
  });

  it('refuses a name that no row has', async () => {
    await expect(ensure(['no-such-program'])).rejects.toThrow(TypeError);
  });
});

it('has a row for everything that something here asks for', () => {
  const asked = globSync('{scripts,tour,bench,crash,fuzz}/**/*.ts', {
    cwd: root,
    exclude: ['**/test/**'],
  }).flatMap((file) =>
    [...readFileSync(`${root}${file}`, 'utf8').matchAll(/\bensure\(\[([^\]]*)\]/g)].flatMap(
      ([, names = '']) => [...names.matchAll(/'([^']+)'/g)].map(([, name]) => name),
    ),
  );
  expect(asked).toEqual(expect.arrayContaining(['go', 'openssl']));
  const known = requirements.map(({ name }) => name);
  expect(asked.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
});

it('says of every requirement what it is for and how to install it', () => {
  expect(requirements.length).toBeGreaterThan(0);
  for (const { name, why, install } of requirements) {
    expect([name, why, install].every((text) => text.length > 0)).toBe(true);
  }
});
