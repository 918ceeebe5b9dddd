import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const docsFolder = fileURLToPath(new URL('../', import.meta.url));

/** The first TypeScript of a README. */
function codeOf(readme: string): string {
  const code = /^```ts\n(.*?)^```$/ms.exec(readFileSync(root + readme, 'utf8'))?.[1];
  if (code === undefined) throw new Error(`${readme} has no code`);
  return code;
}

/** Runs it as the program of somebody who has installed the packages. */
async function output(code: string): Promise<string> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const { stdout, stderr } = await run(
    process.execPath,
    [...flags, '--input-type=module-typescript', '--eval', code],
    { cwd: docsFolder },
  );
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

describe('the code of the READMEs', () => {
  it.each([
    ['README.md', 'signed by the version that was created: true, verified: true'],
    ['packages/core/README.md', ''],
    ['packages/keyway/README.md', 'a small secret'],
    [
      'providers/aws-kms/README.md',
      'awskms://aws/111122223333/eu-west-1/payments\nA256KW is unsupported, instead: wrapKey with provider',
    ],
    ['providers/local/README.md', 'wrapped into 256 octets\nintact: true'],
  ])('runs as it stands: %s', async (readme, expected) => {
    expect(await output(codeOf(readme))).toBe(expected);
  });

  it('is ten lines or fewer in the first one', () => {
    const lines = codeOf('README.md')
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(10);
  });
});
