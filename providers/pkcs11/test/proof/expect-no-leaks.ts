import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { startToken } from '@keyway/conformance/emulators';
import type { LibraryToken } from '@keyway/conformance/emulators';
import { expect } from 'vitest';
import { leakRun } from '../../proof/leaks/leak-run.ts';
import { faultModule } from '../../proof/shim/fault-module.ts';

const operations = process.env['KEYWAY_FULL'] === undefined ? 1_000 : 10_000;

/**
 * Octets that memory may have grown by after the first fifth. It grows in steps, as heaps do, and not with every operation:
 * over 24,000 without faults by 47 MiB on NSS and 68 MiB on SoftHSM2, 41 and 59 of these in two steps each.
 */
const bound = 96 * 2 ** 20;

/**
 * Runs operations of all kinds on a fresh token, and expects that they leave nothing. The process must have loaded no
 * PKCS #11 library before.
 */
export async function expectNoLeaks(library: LibraryToken): Promise<void> {
  const token = await startToken(library);
  const folder = join(token.folder, 'faults');
  mkdirSync(folder);
  const module = await faultModule(token.module, folder);
  Object.assign(process.env, token.environment, module.environment);
  const report = await leakRun(token, module, library === 'nss' ? 'file' : 'token', operations);
  const { refused, faulted, calm, all, grown } = report;
  const line = `${operations} operations, ${refused} refused, ${faulted} failed by faults, ${all.opened} sessions opened`;
  process.stdout.write(`${library}: ${line}, ${Math.round(grown / 2 ** 20)} MiB more\n`);
  expect(report.operations).toBe(operations);
  expect(refused).toBeGreaterThan(operations / 4);
  expect(faulted).toBeGreaterThan(operations / 20);
  expect(refused + faulted).toBeLessThan(operations * 0.75);
  // A session that is closed after an error takes its objects with it.
  const ended = calm.objects - report.lasting;
  expect(ended).toBeGreaterThanOrEqual(0);
  expect(ended).toBeLessThanOrEqual(calm.closed);
  expect(report.sessionObjects).toEqual([0, 0]);
  expect([calm.searches, all.searches]).toEqual([0, 0]);
  // Four workers and those that look on, twice: a session is opened before the log has the line of one that closed.
  expect(all.mostSessions).toBeLessThanOrEqual(10);
  expect(all.opened).toBeGreaterThan(faulted / 2);
  // No call opened one and failed after that: every session could be closed, and was.
  expect([all.sessions, all.lostSessions]).toEqual([0, 0]);
  expect(grown).toBeLessThan(bound);
}
