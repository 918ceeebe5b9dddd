import { describe, expect, it } from 'vitest';
import { counted } from '../checks.ts';
import { runProgram, runScript } from '../run-program.ts';

describe('stdout', () => {
  it('has ids only, one a line, of conformance --list, through npm too', { timeout: 60_000 }, async () => {
    const { stdout } = await runProgram('npm', ['run', 'conformance', '--', '--list']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => !/^[a-z0-9-]+(?:\/[\w.-]+)+$/i.test(line))).toEqual([]);
  });

  it.each([
    ['scripts/check.ts', ['nothing']],
    ['scripts/test.ts', ['--only', 'nothing']],
    ['scripts/docs.ts', ['nothing']],
  ])('stays empty where %s is asked for what it does not know', async (file, args) => {
    const { code, stdout, output } = await runScript(file, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(output).toMatch(/see --(?:list|help)$/m);
  });
});

describe('a check that looked at nothing', () => {
  const pattern = /on (\d+) files/;

  it.each([
    [true, 'Finished on 12 files', true],
    [true, 'Finished on 0 files', false],
    [true, 'Finished', false],
    [false, 'Finished on 12 files', false],
  ])('has failed: its tool ended well %s and said %j', (ok, output, passes) => {
    expect(counted({ ok, output }, pattern).ok).toBe(passes);
  });
});
