import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const imported = /^(?:import|export) (?!type)[^;]*? from '([^']+)'/gmu;

/** All that is loaded with a file, types aside. */
function loadedWith(file: URL, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file.href)) return seen;
  seen.add(file.href);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(imported))
    if (name.startsWith('.')) loadedWith(new URL(name, file), seen);
    else seen.add(name);
  return seen;
}

test('a worker loads nothing of core, and neither binding before it is asked for', () => {
  const loaded = loadedWith(new URL('../../src/token/worker.ts', import.meta.url));
  expect(loaded.size).toBeGreaterThan(10);
  const packages = [...loaded].filter((name) => !name.startsWith('file:') && !name.startsWith('node:'));
  expect(packages).toEqual([]);
});
