import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleChecksum, prepareVectors } from '../../scripts/vectors.ts';
import { checkCases } from '../src/case.ts';
import { checkReport, judgeVectors } from '../src/vectors/judge-vectors.ts';
import type { Judge } from '../src/vectors/judge-vectors.ts';
import { verifyJudge } from '../src/vectors/judge-signatures.ts';
import { readWycheproof } from '../src/vectors/read-wycheproof.ts';
import type { Vector, VectorGroup } from '../src/vectors/read-wycheproof.ts';
import { vectorCases } from '../src/vectors/vector-cases.ts';
import { formatVectorReports } from '../src/vectors/vector-report.ts';
import { wycheproofFiles } from '../src/vectors/wycheproof-files.ts';

let folder = '';
let scratch = '';

beforeAll(async () => {
  folder = await prepareVectors();
  scratch = await mkdtemp(join(tmpdir(), 'keyway-vectors-test-'));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

function group(...results: readonly (readonly [Vector['result'], string])[]): VectorGroup {
  const tests = results.map(([result, flag], index) => ({
    tcId: index + 1,
    comment: '',
    flags: [flag],
    result,
    texts: {},
  }));
  return { texts: {}, numbers: {}, jwk: undefined, key: {}, tests };
}

const always =
  (verdict: Awaited<ReturnType<Judge>>): (() => Judge) =>
  () =>
  () =>
    Promise.resolve(verdict);

describe('vector cases', () => {
  it('are well-formed, and one for each file and each known answer', () => {
    expect(() => checkCases(vectorCases)).not.toThrow();
    expect(vectorCases.filter(({ id }) => id.startsWith('vectors/wycheproof/'))).toHaveLength(
      wycheproofFiles.length,
    );
    expect(vectorCases.length - wycheproofFiles.length).toBeGreaterThanOrEqual(50);
  });
});

describe('judging vectors', () => {
  it('fails on a verdict that is not the published one, in both directions', async () => {
    const groups = [group(['valid', 'Normal'], ['invalid', 'Normal'])];
    const credulous = await judgeVectors('x', groups, always('valid'));
    const strict = await judgeVectors('x', groups, always('invalid'));
    expect([credulous.failures, strict.failures].map((failures) => failures.length)).toEqual([1, 1]);
    expect(() => checkReport(credulous)).toThrow('1 of 2 vectors failed');
  });

  it('fails where no vector was run, be it that all were skipped', async () => {
    const report = await judgeVectors('x', [group(['valid', 'Normal'])], always({ lacks: 'OAEP label' }));
    expect(report.skipped).toEqual({ 'OAEP label': 1 });
    expect(() => checkReport(report)).toThrow('no vector was run');
  });

  it('decides about acceptable vectors by the table, and stops where there is no decision', async () => {
    const missingNull = await judgeVectors('x', [group(['acceptable', 'MissingNull'])], always('invalid'));
    expect(missingNull).toMatchObject({ acceptable: 1, failures: [] });
    await expect(judgeVectors('x', [group(['acceptable', 'Unheard'])], always('valid'))).rejects.toThrow(
      'No decision',
    );
  });

  it('prints what was run, valid, invalid, acceptable and skipped', async () => {
    const report = await judgeVectors(
      'x',
      [group(['valid', 'Normal'], ['valid', 'Normal'])],
      always('valid'),
    );
    expect(formatVectorReports([report])).toContain('x: 2 run, 2 valid, 0 invalid, 0 acceptable, 0 skipped');
  });

  it('holds the contract to every Ed25519 vector, and notices one that is turned round', async () => {
    const groups = await readWycheproof('ed25519', folder);
    const report = await judgeVectors('ed25519', groups, verifyJudge('Ed25519'));
    expect(report).toMatchObject({ failures: [], skipped: {} });
    expect(Math.min(report.valid, report.invalid)).toBeGreaterThan(60);
    const [first, ...others] = groups;
    const turned = first?.tests.map((test): Vector => ({
      ...test,
      result: test.result === 'valid' ? 'invalid' : 'valid',
    }));
    const lying = first === undefined ? [] : [{ ...first, tests: turned ?? [] }, ...others];
    const caught = await judgeVectors('ed25519', lying, verifyJudge('Ed25519'));
    expect(caught.failures).toHaveLength(turned?.length ?? -1);
  });
});

describe('the cache of vectors', () => {
  it('refuses a file that was changed after it was fetched', async () => {
    const copy = join(scratch, 'changed');
    await cp(folder, copy, { recursive: true });
    const file = join(copy, 'ed25519_test.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"valid"', '"invalid"'));
    await expect(readWycheproof('ed25519', copy)).rejects.toThrow('has been changed');
  });

  it('says how to get the vectors where they are not there', async () => {
    await expect(readWycheproof('ed25519', join(scratch, 'nowhere'))).rejects.toThrow('scripts/vectors.ts');
  });

  it('computes the checksum of a Go module as Go does', async () => {
    const module = join(scratch, 'module');
    await mkdir(join(module, 'b'), { recursive: true });
    await writeFile(join(module, 'z'), 'last');
    await writeFile(join(module, 'b', 'a'), 'first');
    const sha256 = (text: string): ReturnType<typeof createHash> => createHash('sha256').update(text);
    const lines = `${sha256('first').digest('hex')}  m@v1/b/a\n${sha256('last').digest('hex')}  m@v1/z\n`;
    expect(await moduleChecksum(module, 'm@v1')).toBe(`h1:${sha256(lines).digest('base64')}`);
  });
});
