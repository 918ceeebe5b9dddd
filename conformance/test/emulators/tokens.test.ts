import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addressVariable,
  emulatorRuns,
  ensureEngine,
  EmulatorError,
  findInPath,
  findLibrary,
  libraryOf,
  startServedToken,
  startToken,
  sweepProcesses,
  tokenCatalogue,
  tokenRow,
} from '../../src/emulators.ts';
import type { Engine, SoftToken } from '../../src/emulators.ts';
import { end, firstLine, start } from './run-program.ts';
import { serverArguments } from '../../src/emulators/tokens/served-token.ts';

const run = promisify(execFile);
const silent = (): void => {};

/** Logs in to a token by a program that is not of here. Gives what the program says. */
async function logIn(token: SoftToken, pin: string = token.pin): Promise<string> {
  const args = ['--module', token.module, '--token-label', token.label, '--pin', pin, '--list-objects'];
  const env = { ...process.env, ...token.environment };
  const { stdout, stderr } = await run('pkcs11-tool', args, { env }).catch((error: unknown) => {
    return error as { stdout: string; stderr: string };
  });
  return stdout + stderr;
}

describe('the catalogue of tokens', () => {
  it('names each once, with packages and what it is not', () => {
    const names = tokenCatalogue.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { packages, limits } of tokenCatalogue) {
      expect(packages.length).toBeGreaterThan(0);
      for (const limit of limits) expect(limit).toMatch(/^[A-Z].*\.$/);
    }
    expect(() => tokenRow('hsm')).toThrow(/softhsm2, nss, p11-kit/);
  });

  it('is of libraries that are found, or given by a variable', () => {
    for (const row of tokenCatalogue) expect(existsSync(libraryOf(row.name))).toBe(true);
    const row = tokenRow('softhsm2');
    const given = libraryOf('softhsm2');
    expect(addressVariable(row)).toBe('KEYWAY_EMULATOR_SOFTHSM2');
    expect(findLibrary(row, { KEYWAY_EMULATOR_SOFTHSM2: given }, [])).toBe(given);
    expect(findLibrary(row, {}, [])).toBeUndefined();
    expect(() => findLibrary(row, { KEYWAY_EMULATOR_SOFTHSM2: '/nowhere.so' })).toThrow(EmulatorError);
  });
});

describe('a token of SoftHSM2', () => {
  it('is fresh, takes its PIN and no other, and goes with its folder', async () => {
    const token = await startToken('softhsm2');
    expect(await logIn(token)).not.toMatch(/CKR_/);
    expect(await logIn(token, 'wrong-pin')).toMatch(/CKR_PIN_INCORRECT/);
    expect(statSync(token.folder).mode & 0o077).toBe(0);
    expect(statSync(token.pinFile).mode & 0o077).toBe(0);
    expect(emulatorRuns().map(({ id }) => id)).toContain(token.id);
    await token.stop();
    expect(existsSync(token.folder)).toBe(false);
    expect(emulatorRuns().map(({ id }) => id)).not.toContain(token.id);
    await token.stop();
  });

  it('can be put beside another one', async () => {
    const first = await startToken('softhsm2', { label: 'one', pin: '1234' });
    const second = await startToken('softhsm2', { label: 'two', beside: first });
    expect(second.folder).toBe(first.folder);
    expect(await logIn(first)).not.toMatch(/CKR_/);
    expect(await logIn(second)).not.toMatch(/CKR_/);
    await second.stop();
    expect(existsSync(first.folder)).toBe(true);
    await first.stop();
  });
});

describe('a token whose starter ends', () => {
  it('goes with one that is asked to end', async () => {
    const starter = start('start-token');
    const folder = await firstLine(starter);
    expect(existsSync(folder)).toBe(true);
    await end(starter, 'SIGTERM');
    expect(existsSync(folder)).toBe(false);
  });

  it('stays behind one that is killed, until the next start sweeps it away', async () => {
    const starter = start('start-token');
    const folder = await firstLine(starter);
    sweepProcesses();
    expect(existsSync(folder)).toBe(true);
    await end(starter, 'SIGKILL');
    sweepProcesses();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('a database of NSS', () => {
  it('is told to its module, and has the PIN', async () => {
    const token = await startToken('nss');
    const { stdout } = await run('certutil', ['-K', '-d', `sql:${token.folder}`, '-f', token.pinFile]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toContain('NSS Certificate DB');
    expect(token.libraryParameters).toContain(`configdir='sql:${token.folder}'`);
    await expect(startToken('nss', { beside: token })).rejects.toThrow(/one NSS database/);
    await token.stop();
  });
});

describe('a token that is served', () => {
  let engine: Engine | undefined;

  it.for(['process', 'container'] as const)(
    'from a %s can be killed and started again, and keeps what it had',
    { timeout: 240_000 },
    async (how, { skip }) => {
      if (how === 'container') {
        skip(findInPath('mmdebstrap') === undefined, 'needs mmdebstrap: apt-get install mmdebstrap');
        engine = await ensureEngine(silent);
        skip(engine === undefined, 'needs a container engine: apt-get install docker.io');
      }
      const token = await startServedToken({ how, say: silent });
      expect(token.how).toBe(how);
      expect(token.module).toMatch(/p11-kit-client/);
      expect(await logIn(token)).not.toMatch(/CKR_|No slots/);
      await token.kill();
      expect(await logIn(token)).toMatch(/CKR_|No slot|not found/i);
      await token.restart();
      expect(await logIn(token)).not.toMatch(/CKR_|No slots/);
      await token.restart();
      expect(await logIn(token, 'wrong-pin')).toMatch(/CKR_PIN_INCORRECT/);
      const { id, folder } = token;
      await token.stop();
      expect(existsSync(folder)).toBe(false);
      expect(emulatorRuns().map((run) => run.id)).not.toContain(id);
    },
  );

  afterAll(() => engine?.stop());

  it('is the one that is named to the server', async () => {
    const token = await startToken('softhsm2', { label: 'a b' });
    const args = serverArguments({ token, socket: '/s', version: '' });
    expect(args.at(-1)).toBe('pkcs11:token=a%20b');
    await token.stop();
  });
});
