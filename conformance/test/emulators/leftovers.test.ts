import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runMark } from '../../src/emulators/end-run.ts';
import { isAlive, processIdentity } from '../../src/emulators/process-identity.ts';
import type { ProcessIdentity } from '../../src/emulators/process-identity.ts';
import { freshRecord, readRecords, writeRecord } from '../../src/emulators/run-record.ts';
import { sweepProcesses } from '../../src/emulators/sweep.ts';
import { end, firstLine, start } from './run-program.ts';

let cache = '';

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'keyway-leftovers-test-'));
  vi.stubEnv('KEYWAY_CACHE', cache);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

const nobody: ProcessIdentity = { pid: process.pid, started: 'long ago' };

async function untilDead(identity: ProcessIdentity): Promise<void> {
  await vi.waitUntil(() => !isAlive(identity), { timeout: 10_000 });
}

/** A process that does nothing, and is ended after the test. */
async function withBystander(
  environment: Record<string, string>,
  run: (identity: ProcessIdentity) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 60_000)'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await firstLine(child);
    const identity = processIdentity(child.pid ?? 0);
    if (identity === undefined) throw new Error('It does not run');
    await run(identity);
  } finally {
    child.kill('SIGKILL');
  }
}

describe('an emulator whose starter ends', () => {
  it('stays behind a starter that is killed, until the next start sweeps it away', async () => {
    const starter = start('start-toy');
    const address = await firstLine(starter);
    const [record] = readRecords();
    expect(sweepProcesses()).toBe(0);
    await end(starter, 'SIGKILL');
    expect((await fetch(address)).status).toBe(200);
    expect(sweepProcesses()).toBe(1);
    await untilDead(record?.process ?? nobody);
    await expect(fetch(address)).rejects.toThrow('fetch failed');
    expect(existsSync(record?.folder ?? cache)).toBe(false);
    expect(readRecords()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with one that is ended by %s', async (signal) => {
    const starter = start('start-toy');
    await firstLine(starter);
    const [record] = readRecords();
    await end(starter, signal);
    expect(starter.signalCode).toBe(signal);
    await untilDead(record?.process ?? nobody);
    expect(existsSync(record?.folder ?? cache)).toBe(false);
    expect(readRecords()).toEqual([]);
  });
});

describe('sweeping', () => {
  const about = { name: 'toy', version: '1', how: 'process' } as const;

  it('does not touch a process that only has the id of one that was started here', async () => {
    await withBystander({}, async (bystander) => {
      const stale = { ...bystander, started: 'earlier' };
      writeRecord({ ...freshRecord('toy'), ...about, owner: nobody, process: stale });
      expect(sweepProcesses()).toBe(1);
      expect(isAlive(bystander)).toBe(true);
      expect(readRecords()).toEqual([]);
    });
  });

  it.runIf(process.platform === 'linux')(
    'finds a process whose starter was killed before it wrote down which it is',
    async () => {
      const record = { ...freshRecord('toy'), ...about, owner: nobody };
      await withBystander({ [runMark]: record.id }, async (unknown) => {
        writeRecord(record);
        expect(sweepProcesses()).toBe(1);
        await untilDead(unknown);
        expect(isAlive(unknown)).toBe(false);
      });
    },
  );

  it('removes no folder but those that are called as its own', async () => {
    const folder = await mkdtemp(join(cache, 'of-somebody-else-'));
    writeRecord({ ...freshRecord('toy'), ...about, owner: nobody, folder });
    sweepProcesses();
    expect(existsSync(folder)).toBe(true);
  });

  it('does not mind records of another machine', () => {
    const record = { ...freshRecord('toy'), ...about, owner: nobody, host: 'another-machine' };
    writeRecord(record);
    expect(sweepProcesses()).toBe(0);
    expect(existsSync(join(cache, 'run', `${record.id}.json`))).toBe(true);
  });
});
