import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocal } from '@keyway/local';
import type { CrashReport } from './campaign.ts';
import { changeKinds } from './protocol.ts';
import { runCrash } from './run-crash.ts';

const help = `Usage: npm run crash [-- --kills N] [--short] [--seed S] [--unsafe] [--help]

Lets three processes change one local vault and kills them with SIGKILL, one at a time and most of
the time in the middle of a change. Every acknowledged change must be there afterwards; every other
one must have happened wholly or not at all. The file is read by bare SQLite, and every key used.

  --kills N  at least so many kills (25); more where a kind of change was not hit yet, or
             most kills came too late
  --short    12 kills
  --seed S   the same plan again; the seed is printed. The moment of a kill within a change is the
             machine's, too
  --unsafe   takes the safeguard out: changes that are struck at are answered before they are on the
             disk. Must show a loss

Kinds of changes: ${changeKinds.join(', ')}
`;

class UsageError extends Error {}

function wholeNumber(text: string, what: string): number {
  if (!/^[0-9]{1,10}$/.test(text)) throw new UsageError(`${what} must be a whole number`);
  return Number(text);
}

function progress(text: string): void {
  process.stderr.write(`crash: ${text}\n`);
}

/** What was promised of the campaign itself and was not kept. */
function shortcomings(report: CrashReport, asked: number): readonly string[] {
  const missed = changeKinds.filter((kind) => asked >= changeKinds.length && !report.inFlight.has(kind));
  const found = missed.map((kind) => `no kill landed in a change of kind ${kind}`);
  if (2 * report.unacknowledged < report.kills) found.push('fewer than half of the kills landed in a change');
  return found;
}

function print(report: CrashReport, asked: number): void {
  const kinds = changeKinds.map((kind) => `${kind} ${report.inFlight.get(kind) ?? 0}`).join(', ');
  const lines = [
    ...report.lost.map((text) => `LOST ${text}`),
    ...report.torn.map((text) => `TORN ${text}`),
    ...shortcomings(report, asked).map((text) => `FAILED ${text}`),
    `${report.acknowledged} changes acknowledged; ${report.unacknowledged} of ${report.kills} kills landed in a change: ${report.whole} whole, ${report.absent} absent, the rest re-sealings`,
    `under way at a kill: ${kinds}`,
    `${report.kills} kills, ${report.lost.length} lost, ${report.torn.length} torn`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function campaign(kills: number, seed: number, unsafe: boolean): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'keyway-crash-'));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const [keyFile, otherKeyFile] = [join(folder, 'sealing.key'), join(folder, 'other.key')];
    for (const path of [keyFile, otherKeyFile]) writeFileSync(path, randomBytes(32), { mode: 0o600 });
    const file = join(folder, 'vault.db');
    await (await openLocal(file, { keyFile })).close();
    const setup = { file, keyFile, unsafe };
    return await runCrash({
      setup,
      otherKeyFile,
      kills,
      seed,
      writers: 3,
      onProgress: progress,
      signal: stop.signal,
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      unsafe: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const kills = values.kills === undefined ? (values.short ? 12 : 25) : wholeNumber(values.kills, '--kills');
  if (kills < 1) throw new UsageError('--kills must be at least 1');
  const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : wholeNumber(values.seed, '--seed');
  process.stdout.write(`seed ${seed}\n`);
  const report = await campaign(kills, seed, values.unsafe);
  print(report, kills);
  if (report.lost.length + report.torn.length + shortcomings(report, kills).length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  // parseArgs tells a wrong option by a TypeError.
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    progress(`${error.message}; see --help`);
    process.exitCode = 2;
    return;
  }
  progress(error instanceof Error ? String(error.stack) : String(error));
  process.exitCode = 1;
});
