import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createChangeSign, createPragmaSign } from '../src/change-sign.ts';
import { afterwards, makePlace } from './fixture.ts';

function openWal(file: string): DatabaseSync {
  const connection = new DatabaseSync(file);
  connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (x)');
  return connection;
}

/** How many descriptors of a WAL index, removed or not, this process has beside SQLite's own. */
const descriptorsOf = (file: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(`${file}-shm`);
    } catch {
      return false;
    }
  }).length;

/** Commits one row in another process, and is back when that is over. */
function changeElsewhere(file: string): void {
  const program = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)}).exec('INSERT INTO t VALUES (1)')`;
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', program]);
}

describe.for([
  ['the header of the WAL index', createChangeSign],
  ['the PRAGMA', createPragmaSign],
] as const)('%s', ([, create]) => {
  it("tells of another process's change and of another connection's, once each", () => {
    const file = `${makePlace().file}.sign`;
    const connection = openWal(file);
    const other = openWal(file);
    const sign = create(connection);
    afterwards(() => {
      for (const each of [connection, other]) each.close();
      sign.close();
    });
    sign.moved();
    expect(sign.moved()).toBe(false);
    changeElsewhere(file);
    expect(sign.moved()).toBe(true);
    expect(sign.moved()).toBe(false);
    other.exec('INSERT INTO t VALUES (2)');
    expect(sign.moved()).toBe(true);
    expect(sign.moved()).toBe(false);
  });
});

describe('the descriptor of a WAL index', () => {
  it('is one for all connections, and is closed only when SQLite has removed the file', ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux lists the descriptors of a process as files');
    const file = `${makePlace().file}.sign`;
    const [one, other] = [openWal(file), openWal(file)];
    const before = descriptorsOf(file);
    const signs = [createChangeSign(one), createChangeSign(other)];
    for (const sign of signs) sign.moved();
    expect(descriptorsOf(file)).toBe(before + 1);
    one.close();
    signs[0]?.close();
    // Closing it now would take the other connection's locks away.
    expect(descriptorsOf(file)).toBeGreaterThanOrEqual(1);
    const third = openWal(file);
    createChangeSign(third).moved();
    expect(descriptorsOf(file)).toBe(before + 1);
    third.close();
    other.close();
    signs[1]?.close();
    expect(descriptorsOf(file)).toBe(0);
  });

  it('is not needed: without one SQLite is asked', () => {
    const file = `${makePlace().file}.sign`;
    const connection = new DatabaseSync(file);
    afterwards(() => connection.close());
    connection.exec('CREATE TABLE t (x)');
    const sign = createChangeSign(connection);
    sign.moved();
    changeElsewhere(file);
    expect(sign.moved()).toBe(true);
    rmSync(`${file}-journal`, { force: true });
  });
});
