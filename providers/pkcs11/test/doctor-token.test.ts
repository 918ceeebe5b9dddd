import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { diagnose } from '../src/doctor.ts';
import { findInToken } from '../src/doctor-token.ts';
import type { Finding } from '../src/finding.ts';
import { createDescribe } from '../src/token-report.ts';
import type { TokenStanding } from '../src/token/token-standing.ts';
import { create } from './acts.ts';
import { changedToken } from './changed-token.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import { expectedFeatures } from './expected-features.ts';
import { testCall } from './test-call.ts';
import { closeTokens, libraries, tokenOf } from './token-of.ts';

const run = promisify(execFile);

afterAll(closeTokens);

/** The token with one answer to how it stands changed. */
async function findWith(changes: Partial<TokenStanding>): Promise<readonly Finding[]> {
  const opened = await doctorVault('softhsm2');
  const token = changedToken(opened.vault.token, async (name, _request, run) => {
    const answer = await run();
    return (name === 'standing' ? { ...(answer as TokenStanding), ...changes } : answer) as typeof answer;
  });
  try {
    return await diagnose({ ...opened.vault, token }, { probes: false }, testCall());
  } finally {
    await opened.end();
  }
}

describe('a token', () => {
  test('to which another process gave a wrong PIN is found, until somebody logs in with the right one', async () => {
    const opened = await doctorVault('softhsm2');
    const { facts } = opened.vault.token;
    // A program of its own, since this process is logged in.
    const program = `
      const { PKCS11 } = require('pkcs11js');
      const [, path, label, pin] = process.argv;
      const library = new PKCS11();
      library.load(path);
      library.C_Initialize({ flags: 2 });
      const slot = library.C_GetSlotList(true).find((each) => library.C_GetTokenInfo(each).label.trimEnd() === label);
      const session = library.C_OpenSession(slot, 6);
      try { library.C_Login(session, 1, pin); } catch (error) { process.stdout.write(error.message); }
      library.C_Finalize();`;
    const logIn = async (pin: string): Promise<string> => {
      const cwd = new URL('..', import.meta.url);
      const { stdout } = await run(process.execPath, ['-e', program, facts.module.path, facts.label, pin], {
        cwd,
      });
      return stdout;
    };
    expect(await opened.examine()).toEqual([]);
    expect(await logIn('not the PIN')).toContain('CKR_PIN_INCORRECT');
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'pin-count-low' }]);
    await opened.end();
  });

  test('that something in this process has logged out of is found, and works again', async () => {
    const opened = await doctorVault('softhsm2');
    const { library, session } = opened.bare;
    library.C_Logout(session);
    const findings = await diagnose(opened.vault, { probes: false }, testCall());
    expect(whats(findings).filter((what) => what !== 'pin-count-low')).toEqual(['logged-out']);
    await create(opened.vault, testCall());
    expect(whats(await opened.examine())).toEqual([]);
    await opened.end();
  });

  it.each<[string, number, Finding['what'], Finding['severity']]>([
    ['counts wrong PINs', 0x1_0000, 'pin-count-low', 'warning'],
    ['has one try left', 0x3_0000, 'pin-final-try', 'error'],
    ['is locked', 0x7_0000, 'pin-locked', 'error'],
    ['wants another PIN', 0x8_0000, 'pin-to-be-changed', 'warning'],
    ['is write-protected', 0x2, 'read-only', 'warning'],
    ['has failed its self-test', 0x100_0000, 'token-failed', 'error'],
  ])('that %s is found', async (_what, flag, what, severity) => {
    const { flags } = (await tokenOf('softhsm2')).facts;
    const findings = await findWith({ flags: (flags & ~0xff_0000) | flag });
    expect(findings).toMatchObject([{ severity, what }]);
  });

  const stamp = (seconds: number): string =>
    new Date(Date.now() + seconds * 1000).toISOString().replaceAll(/[-:TZ]|\..*/gu, '');

  it.each<[string, Partial<TokenStanding>, readonly Finding['what'][]]>([
    ['asks nobody for a PIN', { flags: 0x4_29 }, ['login-not-required']],
    ['is nearly full', { privateMemory: { total: 100_000n, free: 5_000n } }, ['memory-low']],
    ['is full', { publicMemory: { total: 100_000n, free: 0n } }, ['memory-low']],
    ['has room', { publicMemory: { total: 100_000n, free: 50_000n } }, []],
    ['tells no room worth the name', { publicMemory: { total: 1n, free: 0n } }, []],
    ['has no session left', { sessions: 8, sessionLimit: 8 }, ['sessions-used-up']],
    ['has sessions left', { sessions: 7, sessionLimit: 8 }, []],
    ['is an hour late', { utcTime: stamp(-3_600) }, ['clock-skew']],
    ['is an hour early', { utcTime: stamp(3_600) }, ['clock-skew']],
    ['is about right', { utcTime: stamp(20) }, []],
    ['shows no time', { utcTime: '99999999999999' }, ['clock-skew']],
    ['has another firmware', { firmware: '9.9' }, ['token-changed']],
    ['has another serial number', { serial: 'other' }, ['token-changed']],
  ])('that %s is told so, or nothing is', async (_what, changes, expected) => {
    const { facts } = await tokenOf('softhsm2');
    const standing = await (await tokenOf('softhsm2')).run('standing', {}, testCall());
    const sound = { ...standing, flags: standing.flags & ~0xff_0000, ...changes };
    expect(whats(findInToken(sound, facts, Date.now() / 1000))).toEqual(expected);
  });

  test('whose memory is full is an error, and nearly full a warning', async () => {
    const full = await findWith({ publicMemory: { total: 100_000n, free: 0n } });
    const nearly = await findWith({ publicMemory: { total: 100_000n, free: 9_000n } });
    const memory = [...full, ...nearly].filter(({ what }) => what === 'memory-low');
    expect(memory.map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });
});

describe('what a token can do', () => {
  test('is found lost where a mechanism is not listed any more that features need', async () => {
    const { mechanisms } = (await tokenOf('softhsm2')).facts;
    const findings = await findWith({
      mechanisms: [...mechanisms.keys()].filter((number) => number !== pkcs11js.CKM_ECDSA),
    });
    const lost = findings.filter(({ what }) => what === 'mechanism-lost');
    expect(lost).toMatchObject([{ severity: 'error' }]);
    expect(lost[0]?.message).toMatch(/CKM_ECDSA .*sign ES256/u);
  });

  test('is noted as new where a mechanism is listed that was not', async () => {
    const { mechanisms } = (await tokenOf('softhsm2')).facts;
    const findings = await findWith({ mechanisms: [...mechanisms.keys(), 0x21_0b] });
    expect(findings.filter(({ what }) => what === 'mechanism-new')).toMatchObject([{ severity: 'note' }]);
  });

  test('is compared with what an old probe cache says', { timeout: 60_000 }, async () => {
    const opened = await doctorVault('softhsm2', {
      features: {
        ...expectedFeatures.softhsm2,
        'decrypt RSA-OAEP-256': { works: true },
        'sign ES256': { works: true, form: 'data' },
        'sign ES384': { works: false, reason: 'it once could not' },
      },
    });
    const found = await opened.examine({ probes: true });
    const features = found.filter(({ what }) => what.startsWith('feature-'));
    expect(features.map(({ severity, what }) => `${severity} ${what}`).toSorted()).toEqual([
      'error feature-changed',
      'error feature-lost',
      'note feature-new',
    ]);
    await opened.end();
  });
});

describe.each(libraries)('the description of %s', (library) => {
  it('has module, slots, flags and mechanisms with what they are used for', async () => {
    const opened = await doctorVault(library);
    const { facts } = opened.vault.token;
    const report = await createDescribe(opened.vault)();
    expect(report.module).toEqual(facts.module);
    expect(report.token).toMatchObject({ label: facts.label, serial: facts.serial, loggedIn: true });
    expect(report.token).toMatchObject({ model: facts.model, firmware: facts.firmware });
    expect(report.token.flags).toContain('CKF_LOGIN_REQUIRED');
    const slot = report.slots.find(({ slotId }) => slotId === facts.slotId);
    expect(slot).toMatchObject({ token: { label: facts.label } });
    const ecdsa = report.mechanisms.find(({ name }) => name === 'CKM_ECDSA');
    expect(ecdsa?.usedFor).toContain('sign ES256');
    expect(report.mechanisms).toHaveLength(facts.mechanisms.size);
    expect(report.features).toEqual(expectedFeatures[library]);
    await opened.end();
  });
});
