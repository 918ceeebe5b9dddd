import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulatorCatalogue, emulatorRow } from '../../src/emulators/catalogue.ts';
import { pinsFolder } from '../../src/emulators/cache-folder.ts';
import { addressVariable } from '../../src/emulators/emulator-row.ts';
import type { EmulatorRow } from '../../src/emulators/emulator-row.ts';
import { boto3Environment } from '../../src/emulators/python-environment.ts';

const read = (...path: readonly string[]): string => readFileSync(join(pinsFolder, ...path), 'utf8');

/** Distributions of a lock: a line each, without its hashes. */
const distributions = (lock: string): readonly string[] =>
  lock.split('\n').filter((line) => line !== '' && !line.startsWith(' '));

function pinsOf({ source, version }: EmulatorRow): readonly string[] {
  if (source.kind === 'go') {
    expect(read(source.pins, 'go.mod')).toContain(`require ${source.module} ${version}\n`);
    expect(read(source.pins, 'go.mod')).toContain(`tool ${source.module}\n`);
    expect(read(source.pins, 'go.sum')).toContain(`${source.module} ${version} h1:`);
    return [source.pins];
  }
  expect(distributions(read(source.requirements)).join('\n')).toContain(`==${version} `);
  return [source.requirements];
}

describe.each(emulatorCatalogue.map((row) => [row.name, row] as const))('%s', (name, row) => {
  it('is found by its name, and an address of it by a variable of that name', () => {
    expect(emulatorRow(name)).toBe(row);
    expect(addressVariable(row)).toMatch(/^KEYWAY_EMULATOR_[A-Z0-9_]+$/);
  });

  it('has its version among the committed pins', () => {
    expect(pinsOf(row).every((path) => existsSync(join(pinsFolder, path)))).toBe(true);
  });

  it('is told its port, in the only places that there are', () => {
    const texts = [...row.command, ...Object.values(row.environment)];
    expect(texts.some((text) => text.includes('{port}'))).toBe(true);
    const places = texts.flatMap((text) => [...text.matchAll(/\{(\w*)\}/g)].map(([, place]) => place));
    expect(['port', 'folder', 'program']).toEqual(expect.arrayContaining(places));
  });

  it('says what it is not', () => {
    expect(row.limits.length).toBeGreaterThan(0);
    expect(row.readyWithin).toBeGreaterThan(0);
    expect(row.health.path).toMatch(/^\//);
    for (const { id, what } of row.defects) expect([id, what]).not.toContain('');
  });
});

it('has each name once', () => {
  const names = emulatorCatalogue.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(() => emulatorRow('no-such-emulator')).toThrow(TypeError);
});

it('pins every distribution of Python to one version with hashes', () => {
  const locks = readdirSync(pinsFolder).filter((name) => name.endsWith('.requirements.txt'));
  expect(locks).toContain(boto3Environment.requirements);
  for (const lock of locks) {
    const entries = read(lock).split(/\n(?=\S)/);
    expect(entries.length).toBeGreaterThan(5);
    for (const entry of entries) expect(entry).toMatch(/^[a-z0-9-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}/s);
  }
});
