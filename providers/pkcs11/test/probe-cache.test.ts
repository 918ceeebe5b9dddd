import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenFeatures } from '../src/probe-cache.ts';
import type { Token, TokenFacts } from '../src/token/token.ts';
import { changedToken } from './changed-token.ts';
import { expectedFeatures } from './expected-features.ts';
import { closeTokens, testCall, tokenOf } from './token-of.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyway-probes-'));
});
afterAll(async () => {
  await closeTokens();
  await rm(folder, { recursive: true });
});

/** The token, with the jobs that it was asked. */
async function watched(
  facts: Partial<TokenFacts> = {},
): Promise<{ readonly token: Token; readonly jobs: string[] }> {
  const jobs: string[] = [];
  const token = changedToken(await tokenOf('softhsm2'), (name, _request, run) => {
    jobs.push(name);
    return run();
  });
  return { token: { ...token, facts: { ...token.facts, ...facts } }, jobs };
}

const known = expectedFeatures.softhsm2;

describe('the probes of a token that was probed before', () => {
  it('are read from the file, without asking the token anything', async () => {
    const file = join(folder, 'one.json');
    const first = await watched();
    expect(await tokenFeatures(first.token, file, testCall())).toEqual({ features: known, cached: false });
    expect(first.jobs.length).toBeGreaterThan(50);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await watched();
    expect(await tokenFeatures(second.token, file, testCall())).toEqual({ features: known, cached: true });
    expect(second.jobs).toEqual([]);
    expect(await readdir(folder)).toEqual(['one.json']);
  });

  it.each([
    ['another serial', { serial: 'other' }],
    ['another firmware', { firmware: '9.9' }],
    ['another model', { model: 'other' }],
    ['another manufacturer', { manufacturer: 'other' }],
    ['another mechanism', { mechanisms: new Map() }],
  ] as const)('are run again on a token with %s', async (_what, facts) => {
    const file = join(folder, 'one.json');
    const { token } = await watched(facts);
    // The time is up: what is wanted here is only whether it starts.
    const call = { ...testCall(), deadline: 0 };
    await expect(tokenFeatures(token, file, call).then(({ cached }) => cached)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
    });
  });

  it.each([
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['another type', () => '[]'],
    ['a finding that is none', (text: string) => text.replace('"works": true', '"works": 1')],
    ['a probe that is missing', (text: string) => text.replace('"sign RS256"', '"sign XX256"')],
  ])('are run again where the file has %s', async (_what, damage) => {
    const file = join(folder, 'damaged.json');
    await writeFile(file, damage(await readFile(join(folder, 'one.json'), 'utf8')));
    const { token } = await watched();
    const call = { ...testCall(), deadline: 0 };
    await expect(tokenFeatures(token, file, call)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    await rm(file);
  });
});

describe('a cache that cannot be written', () => {
  it('costs nothing but time, and leaves nothing', async () => {
    const { token } = await watched();
    const found = await tokenFeatures(token, join(folder, 'no-such-folder', 'x.json'), testCall());
    expect(found).toEqual({ features: known, cached: false });
  });
});
