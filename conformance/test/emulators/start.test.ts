import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { byAddress } from '../../src/emulators/by-address.ts';
import type { Emulator } from '../../src/emulators/emulator.ts';
import { EmulatorError } from '../../src/emulators/emulator.ts';
import { freePort } from '../../src/emulators/free-port.ts';
import { readRecords } from '../../src/emulators/run-record.ts';
import { startRow } from '../../src/emulators/start-emulator.ts';
import { startAsProcess } from '../../src/emulators/start-process.ts';
import type { ChoosePort } from '../../src/emulators/start-process.ts';
import { toyRow } from './toy-row.ts';

let cache = '';
const started: Emulator[] = [];

/** Starts the toy, which is stopped after the test. */
async function startToy(choosePort?: ChoosePort): Promise<Emulator> {
  const toy = await startAsProcess(toyRow(), process.execPath, {}, choosePort);
  started.push(toy);
  return toy;
}

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'keyway-start-test-'));
  vi.stubEnv('KEYWAY_CACHE', cache);
});

afterEach(async () => {
  for (const toy of started.splice(0)) await toy.stop();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

describe('an emulator started as a process', () => {
  it('answers, is written down while it runs, and leaves nothing', async () => {
    const toy = await startToy();
    expect(await (await fetch(toy.address)).text()).toBe('toy answers');
    const [record] = readRecords();
    expect(record).toMatchObject({ id: toy.id, name: 'toy', how: 'process', address: toy.address });
    expect(existsSync(record?.folder ?? '')).toBe(true);
    await toy.stop();
    await toy.stop();
    await expect(fetch(toy.address)).rejects.toThrow('fetch failed');
    expect(existsSync(record?.folder ?? '')).toBe(false);
    expect(readRecords()).toEqual([]);
  });

  it('has a port of its own beside another one', async () => {
    const [one, other] = await Promise.all([startToy(), startToy()]);
    expect(one.address).not.toBe(other.address);
  });

  it('is given another port where somebody was quicker', async () => {
    const somebody = createServer((_, response) => response.end('somebody else')).listen(0, '127.0.0.1');
    await once(somebody, 'listening');
    const taken = (somebody.address() as AddressInfo).port;
    const ports = [taken, await freePort([taken])];
    const [, second] = ports;
    const toy = await startToy(async () => ports.shift() ?? 0);
    somebody.close();
    expect(toy.address).toBe(`http://127.0.0.1:${second}`);
  });

  it('is never told a port that another one was told', async () => {
    const { address } = await startToy();
    const asked: (readonly number[])[] = [];
    await startToy(async (given) => {
      asked.push(given);
      return await freePort(given);
    });
    expect(asked).toEqual([[Number(new URL(address).port)]]);
  });

  it('says how it ended and what it wrote last, where it ends first, and leaves nothing', async () => {
    const failing = startAsProcess(toyRow('dies'), process.execPath);
    await expect(failing).rejects.toThrow(EmulatorError);
    await expect(failing).rejects.toThrow(
      /^toy ended before it answered \(exit status 3\)\nIt wrote last:\nthe reason why it dies$/,
    );
    expect(readRecords()).toEqual([]);
  });

  it('says what it answered instead, where it is not ready in time, and leaves nothing', async () => {
    const failing = startAsProcess(toyRow('silent', 1_000), process.execPath);
    await expect(failing).rejects.toThrow(/within 1000 ms: (?:an answer without toy answers|connect)/);
    expect(readRecords()).toEqual([]);
  });

  it('is an error where there is no such program', async () => {
    await expect(startAsProcess(toyRow(), join(cache, 'nothing'))).rejects.toThrow('ENOENT');
    expect(readRecords()).toEqual([]);
  });
});

describe('an address in the environment', () => {
  it('wins, and what is there is not stopped', async () => {
    const toy = await startToy();
    vi.stubEnv('KEYWAY_EMULATOR_TOY', `${toy.address}/`);
    const lines: string[] = [];
    const given = await startRow(toyRow(), { say: (line) => void lines.push(line) });
    vi.stubEnv('KEYWAY_EMULATOR_TOY', undefined);
    expect(given).toMatchObject({ name: 'toy', address: toy.address, how: 'address', version: 'given' });
    expect(lines.join()).toMatch(/^toy: address at http/);
    await given.stop();
    expect((await fetch(toy.address)).status).toBe(200);
  });

  it.each([
    'localhost:1',
    'ftp://127.0.0.1',
    'http://127.0.0.1/path',
    'http://user:word@127.0.0.1',
    'nonsense',
  ])('is refused where it is %s, and is not repeated', async (given) => {
    const refused = byAddress(toyRow(), { KEYWAY_EMULATOR_TOY: given });
    await expect(refused).rejects.toThrow(/^KEYWAY_EMULATOR_TOY is not an HTTP address/);
    await expect(refused).rejects.not.toThrow(given);
  });

  it('is an error where nothing answers there', async () => {
    const given = `http://127.0.0.1:${await freePort()}`;
    const environment = { KEYWAY_EMULATOR_TOY: given };
    await expect(byAddress(toyRow(), environment, 200)).rejects.toThrow(
      /^toy of KEYWAY_EMULATOR_TOY does not answer/,
    );
  });
});

describe('a way that is asked for', () => {
  it('is not replaced by another one', async () => {
    await expect(startRow(toyRow(), { how: 'container' })).rejects.toThrow('cannot be had in a container');
    await expect(startRow(toyRow(), { how: 'address' })).rejects.toThrow(
      'KEYWAY_EMULATOR_TOY gives no address',
    );
  });
});
