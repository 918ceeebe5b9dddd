import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensure, mayInstall, requirements } from '../requirements.ts';
import type { Requirement } from '../requirements.ts';
import { testRows } from '../test-rows.ts';

/** A requirement that is there from the start, can be provided, or cannot be had. */
function requirement(
  name: string,
  kind: 'there' | 'providable' | 'not to be had',
): Requirement & { provided: number } {
  return {
    name,
    why: 'for this test',
    install: `install ${name}`,
    provided: 0,
    async isThere() {
      return kind === 'there' || (kind === 'providable' && this.provided > 0);
    },
    async provide() {
      this.provided++;
    },
  };
}

describe('ensuring requirements', () => {
  it('provides what is not there and can be had, once, and leaves alone what is', async () => {
    const [there, providable] = [requirement('a', 'there'), requirement('b', 'providable')];
    await expect(ensure(['a', 'b'], [there, providable])).resolves.toEqual([]);
    expect([there.provided, providable.provided]).toEqual([0, 1]);
  });

  it('names what cannot be had, with the line that installs it', async () => {
    const missing = await ensure(['c'], [requirement('c', 'not to be had')]);
    expect(missing).toMatchObject([{ name: 'c', why: 'for this test', install: 'install c' }]);
  });

  it('knows every requirement that a part of the tests names', () => {
    const known = requirements.map(({ name }) => name);
    expect(testRows.flatMap(({ needs }) => needs).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('installing packages', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyway-ensure-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['ID=debian', 0, true],
    ['ID=ubuntu\nID_LIKE=debian', 0, true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', 0, true],
    ['ID=fedora\nID_LIKE="rhel"', 0, false],
    ['ID=debian', 1000, false],
  ])('is done only as root, on Debian and its descendants: %j, user %i', (text, uid, may) => {
    const file = join(folder, 'os-release');
    writeFileSync(file, text);
    expect(mayInstall(uid, file)).toBe(may);
  });

  it('is not done on a system that does not say what it is', () => {
    expect(mayInstall(0, join(folder, 'nowhere'))).toBe(false);
  });
});
