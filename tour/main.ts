import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openKeyManager } from 'keyway';
import { ensure } from '../scripts/requirements.ts';
import { OutsideRefusal } from './outside-program.ts';
import { makeWorkbench } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';
import { createKeys } from './steps/create-keys.ts';
import { deleteAndRestore } from './steps/delete-and-restore.ts';
import { listKeys } from './steps/list-keys.ts';
import { printCapabilities } from './steps/print-capabilities.ts';
import { releaseKey } from './steps/release-key.ts';
import { rotateKey } from './steps/rotate-key.ts';
import { runRotationPolicy } from './steps/run-rotation-policy.ts';
import { showRefusals } from './steps/show-refusals.ts';
import { signFiles } from './steps/sign-files.ts';
import { wrapDataKeys } from './steps/wrap-data-keys.ts';

const help = `Usage: npm start -- [--tamper] [--keep]

Shows what Keyway does, on files of this repository and a vault in a temporary folder. openssl and jose, in processes of
their own, verify what it makes. Their command lines and output are printed; they can be run again in the folder, which is
left there.

  --tamper  flip one bit of a signed file; openssl then refuses, and the tour ends with 1
  --keep    leave the vault and the secrets of the tour in the folder too
  --help    print this
`;

/** The stops. Each stands on what those before it have put into the vault and the folder. */
const steps = (tamper: boolean): readonly Step[] => [
  createKeys,
  signFiles(tamper),
  rotateKey,
  runRotationPolicy,
  wrapDataKeys,
  showRefusals,
  deleteAndRestore,
  releaseKey,
  listKeys,
  printCapabilities,
];

async function walk(stage: Stage, tamper: boolean): Promise<void> {
  const started = performance.now();
  for (const [index, step] of steps(tamper).entries()) {
    process.stdout.write(`\n${index + 1}. ${step.title}\n`);
    await step.run(stage);
  }
  process.stdout.write(`\nDone in ${((performance.now() - started) / 1000).toFixed(1)} s.\n`);
}

/** Opens a new vault in a new folder and walks through it. What is secret is taken away, unless it is to be kept. */
async function tour(tamper: boolean, keep: boolean): Promise<void> {
  const bench = makeWorkbench(mkdtempSync(join(tmpdir(), 'keyway-tour-')));
  process.stdout.write(`Outside programs run in ${bench.folder}\n`);
  bench.write(bench.secret('passphrase'), randomBytes(18).toString('base64url'));
  const file = join(bench.folder, 'vault.db');
  const vaultUri = `local:${file}?passphrase-source=file:${join(bench.folder, 'passphrase')}`;
  try {
    await using vault = await openKeyManager(vaultUri);
    process.stdout.write(
      `Opened ${vaultUri}\nIts identity, the prefix of every key id, is ${vault.vaultUri}\n`,
    );
    await walk({ ...bench, vault, vaultUri }, tamper);
  } finally {
    if (!keep) {
      bench.clean();
      for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    }
    process.stdout.write(`What outside programs read is left in ${bench.folder}\n`);
  }
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { tamper: flag, keep: flag, help: flag } });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  for (const { name, install } of await ensure(['openssl']))
    throw new OutsideRefusal(`The tour needs ${name}: ${install}`);
  await tour(values.tamper, values.keep);
}

main().catch((error: unknown) => {
  const refused = error instanceof OutsideRefusal;
  process.stderr.write(
    `\n${refused ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
