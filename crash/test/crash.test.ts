import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

async function run(...options: string[]): Promise<{ code: number | null; lines: readonly string[] }> {
  const node = ['--conditions=@keyway/source', '--disable-warning=ExperimentalWarning', main, ...options];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { code, lines: text.trim().split('\n') };
}

const seed = '20261124';

describe('killing writers', () => {
  it('loses nothing and tears nothing, and most kills land in a change', async () => {
    const { code, lines } = await run('--kills', '8', '--seed', seed);
    expect(lines[0]).toBe(`seed ${seed}`);
    // First of all what is wrong, so that a failure shows it.
    expect(lines.filter((line) => /^(?:LOST|TORN|FAILED) /.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^(?:8|9|[12][0-9]|3[0-2]) kills, 0 lost, 0 torn$/);
    expect(code).toBe(0);
  });

  it('shows the loss, with the same seed, where writers answer before they commit', async () => {
    const { code, lines } = await run('--kills', '8', '--seed', seed, '--unsafe');
    const [, lost] = /^8 kills, (\d+) lost, \d+ torn$/.exec(lines.at(-1) ?? '') ?? [];
    expect(Number(lost)).toBeGreaterThan(0);
    expect(lines.some((line) => line.startsWith('LOST '))).toBe(true);
    expect(code).toBe(1);
  });
});
