/** `npm run conformance`: the suite's own command, with the vectors at hand that it runs. */
import process from 'node:process';
import { prepareVectors } from './vectors.ts';

const opensNoVault = ['--list', '--help'];

if (!process.argv.some((argument) => opensNoVault.includes(argument))) {
  try {
    await prepareVectors();
  } catch (error) {
    // The cases that need them then fail, and say so.
    process.stderr.write(
      `conformance: ${error instanceof Error ? error.message : 'the vectors cannot be had'}\n`,
    );
  }
}
await import('../conformance/src/cli/main.ts');
