import { KeyManagerError } from '@keyway/core';
import { defineCapabilities } from '@keyway/core/driver';
import type { KeyDriver } from '@keyway/core/driver';
import { describe, expect, it } from 'vitest';
import { createTinyDriver } from '../../docs/implementing/tiny-driver.ts';
import { promiseCases } from '../src/all-cases.ts';
import type { Case } from '../src/case.ts';
import { isGreen } from '../src/report.ts';
import type { TargetReport } from '../src/report.ts';
import { runConformance } from '../src/run.ts';
import type { RunOptions } from '../src/run.ts';
import type { ConformanceTarget, KnownFailure } from '../src/target.ts';
import { localMemory } from '../src/targets.ts';

function tiny(change: (driver: KeyDriver) => KeyDriver = (driver) => driver): ConformanceTarget {
  return { name: 'tiny', provider: 'tiny', open: async () => change(createTinyDriver()) };
}

const run = (target: ConformanceTarget, options: RunOptions): Promise<TargetReport> =>
  runConformance(target, { openssl: false, ...options });

function only(report: TargetReport, id: string) {
  const result = report.results.find((each) => each.id === id);
  if (result === undefined) throw new Error(`no result for ${id}`);
  return result;
}

const failing: Case = {
  id: 'made/up/failing',
  title: 'fails',
  requires: [],
  run: () => Promise.reject(new KeyManagerError('ERR_CONFLICT', 'the emulator is confused')),
};
const passing: Case = {
  id: 'made/up/passing',
  title: 'passes',
  requires: [],
  run: (): Promise<void> => Promise.resolve(),
};
const cases = [failing, passing];

describe('a run', () => {
  it('is red where a case fails, and where nothing passed', async () => {
    expect(isGreen([await run(tiny(), { cases: [passing] })])).toBe(true);
    expect(isGreen([await run(tiny(), { cases })])).toBe(false);
    expect(isGreen([])).toBe(false);
    expect(isGreen([await run(tiny(), { cases: promiseCases, only: ['release'] })])).toBe(false);
  });

  it('reports a case that does not end', async () => {
    const hanging: Case = { ...passing, run: () => new Promise(() => undefined) };
    const result = only(await run(tiny(), { cases: [hanging], patience: 30 }), passing.id);
    expect(result.outcome).toBe('failed');
    expect(String(result.error)).toContain('did not end');
  });

  it('lists a case as not run, with the reason, where its fixture is missing', async () => {
    const needy: Case = { ...passing, requires: [{ fixture: 'attestation' }] };
    const result = only(await run(tiny(), { cases: [needy] }), passing.id);
    expect(result.outcome).toBe('notRun');
    expect(result.reason).toContain('attestation');
  });

  it('leaves nothing behind in the vault', async () => {
    let driver: KeyDriver | undefined;
    const target: ConformanceTarget = {
      ...localMemory,
      open: async (fixture) => {
        driver = await localMemory.open(fixture);
        return { ...driver, close: () => Promise.resolve() };
      },
    };
    await run(target, {
      cases: promiseCases,
      only: ['create/p-256', 'delete', 'sign/es256', 'rotate/p-256', 'backup'],
    });
    const now = Math.floor(Date.now() / 1000);
    const call = {
      signal: new AbortController().signal,
      deadline: Date.now() + 1000,
      requestId: undefined,
      now,
    };
    expect((await driver?.keys.list?.({ maxPageSize: 100 }, call))?.items).toEqual([]);
    expect((await driver?.deletion.listDeleted?.({ maxPageSize: 100 }, call))?.items).toEqual([]);
    await driver?.close();
  });
});

describe('what a vault does not declare', () => {
  const undeclared = [
    'sign/es256/data-verified-outside',
    'random/count/exact',
    'create/rsa-2048/made-as-asked',
  ];

  it('is unsupported where trying it past the declaration fails', async () => {
    const report = await run(tiny(), { cases: promiseCases, only: undeclared });
    expect(report.results.map(({ outcome }) => outcome)).toEqual([
      'unsupported',
      'unsupported',
      'unsupported',
    ]);
  });

  it('is red where the driver does it all the same', async () => {
    const hides = tiny((driver) => {
      const { supports: _, ...data } = driver.capabilities;
      const rows = data.rows.filter(({ algorithm }) => algorithm !== 'HS384');
      return { ...driver, capabilities: defineCapabilities({ ...data, rows }) };
    });
    const report = await run(hides, { cases: promiseCases, only: ['sign/hs384'] });
    const result = only(report, 'sign/hs384/data-verified-outside');
    expect(result.outcome).toBe('failed');
    expect(String(result.error)).toContain('not declared, but the driver does it');
  });

  it('is red where it fails by an outage only', async () => {
    const down = tiny((driver) => ({
      ...driver,
      keys: { ...driver.keys, create: () => Promise.reject(new KeyManagerError('ERR_UNAVAILABLE', 'down')) },
    }));
    const report = await run(down, { cases: promiseCases, only: ['create/rsa-2048/made-as-asked'] });
    expect(report.results[0]?.outcome).toBe('failed');
    expect(String(report.results[0]?.error)).toContain('outage');
  });
});

describe('a known failure', () => {
  const known: KnownFailure = {
    case: failing.id,
    emulatorVersion: 'emulator 1.2',
    reason: 'It is confused',
    expected: { code: 'ERR_CONFLICT', pattern: /confused/ },
    reproduction: { run: (): Promise<string> => Promise.resolve('409 confused'), observes: /^409/ },
  };
  const withKnown = (entry: KnownFailure): ConformanceTarget => ({ ...tiny(), knownFailures: [entry] });

  it('is no failure as long as it fails as recorded, and its reproduction shows it', async () => {
    const result = only(await run(withKnown(known), { cases }), failing.id);
    expect(result.outcome).toBe('knownFailure');
    expect(result.reason).toContain('emulator 1.2');
  });

  it.each([
    ['the case passes again', { ...known, case: passing.id }, passing.id, 'no longer fails'],
    [
      'it fails with another code',
      { ...known, expected: { code: 'ERR_UNKNOWN', pattern: /./ } },
      failing.id,
      'another way',
    ],
    [
      'it fails with other words',
      { ...known, expected: { pattern: /exhausted/ } },
      failing.id,
      'another way',
    ],
    [
      'the reproduction shows something else',
      {
        ...known,
        reproduction: { run: (): Promise<string> => Promise.resolve('200 fine'), observes: /^409/ },
      },
      failing.id,
      'does not show',
    ],
  ] as const)('is red where %s', async (_, entry, id, words) => {
    const result = only(await run(withKnown(entry), { cases }), id);
    expect(result.outcome).toBe('failed');
    expect(String(result.error)).toContain(words);
  });

  it('is refused where it names a case that does not exist', async () => {
    await expect(run(withKnown({ ...known, case: 'made/up/nothing' }), { cases })).rejects.toThrow(
      'made/up/nothing',
    );
  });
});
