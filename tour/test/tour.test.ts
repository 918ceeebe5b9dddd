import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const folders: string[] = [];

interface Tour {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
  readonly folder: string;
  /** Of the tour and every program that it ran: one after the other, so on an idle machine it takes hardly longer. */
  readonly cpuSeconds: number;
}

const timed = 'TIMEFORMAT="cpu %U %S"; time "$@"';

async function tour(...args: readonly string[]): Promise<Tour> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const ended = Promise.withResolvers<{ status: number; output: string; stderr: string }>();
  execFile(
    'bash',
    ['-c', timed, 'bash', process.execPath, ...flags, main, ...args],
    (error, output, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      ended.resolve({ status, output, stderr });
    },
  );
  const { status, output, stderr } = await ended.promise;
  const folder = /^Outside programs run in (.+)$/m.exec(output)?.[1] ?? '';
  if (folder !== '') folders.push(folder);
  const [line = '', user, system] = /^cpu (\S+) (\S+)$/m.exec(stderr) ?? [];
  const cpuSeconds = Number(user) + Number(system);
  return { status, output, errors: stderr.replace(line, '').trim(), folder, cpuSeconds };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('the tour', () => {
  it('ends well in less than ten seconds, with openssl and jose agreeing', async () => {
    const { status, output, errors, cpuSeconds } = await tour();
    expect(errors).toBe('');
    expect(status).toBe(0);
    expect(output.match(/^ {6}Verified OK$/gm)?.length).toBeGreaterThanOrEqual(6);
    expect(output.match(/^ {6}jose: (?:ES256|RS256) signature verified/gm)?.length).toBe(2);
    expect(output).toContain('Verification failure');
    expect(cpuSeconds).toBeLessThan(10);
  });

  it('leaves what outside programs read, and nothing that is secret', async () => {
    const { folder } = await tour();
    expect(existsSync(`${folder}/README.md.sig`)).toBe(true);
    expect(readdirSync(folder).filter((file) => /vault\.db|passphrase|private|\.key$/.test(file))).toEqual(
      [],
    );
  });

  it('ends with 1 where a bit of a signed file is flipped, because openssl says so', async () => {
    const { status, output, errors } = await tour('--tamper');
    expect(status).toBe(1);
    expect(output).toMatch(
      /TAMPERED[^\n]*\n {4}\$ openssl dgst [^\n]* README\.md\n {6}Verification failure\n/,
    );
    expect(errors).toBe('openssl says: Verification failure');
    expect(output).not.toContain('\n3. ');
  });

  it('explains itself', async () => {
    const { status, output } = await tour('--help');
    expect(status).toBe(0);
    expect(output).toMatch(/--tamper.*--keep/s);
  });
});
