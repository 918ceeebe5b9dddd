/** `npm run conformance`: the suite's own command, with the vectors at hand that it runs and the targets of every provider. */
import process from 'node:process';
import type { ConformanceTarget } from '@keyway/conformance';
import { runCommand } from '../conformance/src/cli/run-command.ts';
import { targets as localTargets } from '../conformance/src/targets.ts';
import { prepareVectors } from './vectors.ts';

const opensNoVault = ['--list', '--help', '--self-test'];

/** All targets. The vendors' SDKs are loaded for them, which is not needed for what opens no vault. */
async function allTargets(): Promise<readonly ConformanceTarget[]> {
  const { awsKmsTargets } = await import('../providers/aws-kms/proof/targets.ts');
  const { pkcs11Targets } = await import('../providers/pkcs11/proof/targets.ts');
  return [...localTargets, ...awsKmsTargets, ...pkcs11Targets];
}

async function prepare(): Promise<void> {
  try {
    await prepareVectors();
  } catch (error) {
    // The cases that need them then fail, and say so.
    process.stderr.write(
      `conformance: ${error instanceof Error ? error.message : 'the vectors cannot be had'}\n`,
    );
  }
}

const given = process.argv.slice(2);
const opens = !given.some((argument) => opensNoVault.includes(argument));
if (opens || given.includes('--self-test')) await prepare();
process.exitCode = await runCommand(given, opens ? await allTargets() : localTargets);
