import { spawn } from 'node:child_process';
import { once } from 'node:events';
import pkcs11js from 'pkcs11js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, FaultAction } from '../../proof/shim/fault-script.ts';
import { countCalls, countSessions } from '../../proof/shim/fault-log.ts';
import type { LoggedCall } from '../../proof/shim/fault-log.ts';
import { faultyToken } from '../fixtures/faulty-token.ts';
import type { FaultyToken } from '../fixtures/faulty-token.ts';

let fixture: FaultyToken;
let lib: pkcs11js.PKCS11;
let session: Buffer;
let key: Buffer;
let publicKey: Buffer;

const mechanism = { mechanism: pkcs11js.CKM_SHA256_RSA_PKCS };
const data = Buffer.from('data');

beforeAll(async () => {
  fixture = await faultyToken();
  const { token, faults } = fixture;
  lib = new pkcs11js.PKCS11();
  lib.load(faults.module);
  lib.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  const slot = lib.C_GetSlotList(true).find((slot) => lib.C_GetTokenInfo(slot).label.trim() === token.label);
  if (slot === undefined) throw new Error('The token is not there');
  session = lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  lib.C_Login(session, pkcs11js.CKU_USER, token.pin);
  const made = lib.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN },
    [
      { type: pkcs11js.CKA_VERIFY, value: true },
      { type: pkcs11js.CKA_MODULUS_BITS, value: 2048 },
    ],
    [{ type: pkcs11js.CKA_SIGN, value: true }],
  );
  ({ privateKey: key, publicKey } = made);
});

beforeEach(() => fixture.faults.setFaults([]));

function sign(): Buffer {
  lib.C_SignInit(session, mechanism, key);
  return lib.C_Sign(session, data, Buffer.alloc(256));
}

/** Makes things go wrong, and gives what is logged of what runs. */
function during(faults: readonly Fault[], run: () => void): readonly LoggedCall[] {
  fixture.faults.setFaults(faults);
  const before = fixture.faults.calls().length;
  run();
  return fixture.faults.calls().slice(before);
}

const on = (name: string, when: Fault['when'], action: FaultAction, calls?: Fault['calls']): Fault => ({
  function: name,
  when,
  action,
  calls,
});
const fail = (ckr: number): FaultAction => ({ do: 'fail', ckr });
const code = (ckr: number) => expect.objectContaining({ code: ckr }) as Error;

describe('the fault module', () => {
  it('hands calls on, and logs each with its result', () => {
    const calls = during([], () => expect(sign()).toEqual(sign()));
    expect(calls.map(({ function: name, told, real }) => [name, told, real])).toEqual([
      ['C_SignInit', 0, 0],
      ['C_Sign', 0, 0],
      ['C_SignInit', 0, 0],
      ['C_Sign', 0, 0],
    ]);
    expect(countCalls(calls)).toEqual(
      new Map([
        ['C_SignInit', 2],
        ['C_Sign', 2],
      ]),
    );
    expect(calls.map(({ pid }) => pid)).toEqual(calls.map(() => process.pid));
    expect(calls.some(({ microseconds }) => microseconds > 100)).toBe(true);
  });

  it('fails a call before it is done', () => {
    const calls = during([on('C_GenerateKey', 'before', fail(0x31))], () => {
      const make = (): unknown =>
        lib.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
          { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
        ]);
      expect(make).toThrow(code(0x31));
    });
    expect(calls).toMatchObject([{ function: 'C_GenerateKey', told: 0x31, action: 'fail' }]);
    expect(calls[0]?.real).toBeUndefined();
  });

  it('fails a call after it was done', () => {
    const found = (): number => {
      lib.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_LABEL, value: 'after' }]);
      const handles = lib.C_FindObjects(session, 10);
      lib.C_FindObjectsFinal(session);
      return handles.length;
    };
    expect(found()).toBe(0);
    const calls = during([on('C_GenerateKey', 'after', fail(0x30))], () => {
      const make = (): unknown =>
        lib.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
          { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
          { type: pkcs11js.CKA_LABEL, value: 'after' },
        ]);
      expect(make).toThrow(code(0x30));
    });
    expect(calls).toMatchObject([{ told: 0x30, real: 0, action: 'fail' }]);
    fixture.faults.setFaults([]);
    expect(found()).toBe(1);
  });

  it.each([
    ['the second call', 2, [1, 3, 4, 5]],
    ['those from the third on', { from: 3 }, [1, 2]],
    ['those from the second to the fourth', { from: 2, to: 4 }, [1, 5]],
    ['all', undefined, []],
  ] as const)('meets %s', (_, calls, good) => {
    const done: number[] = [];
    during([on('C_GenerateRandom', 'before', fail(0x30), calls)], () => {
      for (let at = 1; at <= 5; at++) {
        try {
          lib.C_GenerateRandom(session, Buffer.alloc(8));
          done.push(at);
        } catch (error) {
          expect(error).toEqual(code(0x30));
        }
      }
    });
    expect(done).toEqual(good);
  });

  it('meets calls at random, about as many as it is told, and the same ones for the same seed', () => {
    const met = (seed: number): string => {
      let pattern = '';
      during([on('session', 'before', fail(0xb3), { probability: 0.1, seed })], () => {
        for (let at = 0; at < 1_000; at++) {
          try {
            lib.C_GenerateRandom(session, Buffer.alloc(1));
            pattern += '.';
          } catch (error) {
            expect(error).toEqual(code(0xb3));
            pattern += 'x';
          }
        }
      });
      return pattern;
    };
    const first = met(1);
    expect(met(1)).toBe(first);
    expect(met(2)).not.toBe(first);
    expect(first.replaceAll('.', '').length).toBeGreaterThan(60);
    expect(first.replaceAll('.', '').length).toBeLessThan(140);
  });

  it('meets with "session" what has one, and with "*" everything', () => {
    during([on('session', 'before', fail(0xb3))], () => {
      expect(() => lib.C_GetSlotList(true)).not.toThrow();
      expect(() => sign()).toThrow(code(0xb3));
    });
    during([on('*', 'before', fail(0x190))], () => {
      expect(() => lib.C_GetSlotList(true)).toThrow(code(0x190));
    });
  });

  it('delays a call', () => {
    const started = performance.now();
    const calls = during([on('C_Sign', 'before', { do: 'delay', milliseconds: 30 })], () => void sign());
    expect(performance.now() - started).toBeGreaterThanOrEqual(30);
    expect(calls.at(-1)).toMatchObject({ told: 0, real: 0, action: 'delay' });
    expect(calls.at(-1)?.microseconds).toBeGreaterThanOrEqual(30_000);
  });

  it('flips one bit of a signature, which then is none', () => {
    const right = sign();
    let wrong = right;
    const calls = during([on('C_Sign', 'after', { do: 'flip', octet: 7 })], () => {
      wrong = sign();
    });
    expect(calls.at(-1)).toMatchObject({ told: 0, real: 0, action: 'flip' });
    expect(wrong.map((octet, at) => octet ^ (right[at] ?? 0)).filter(Boolean)).toEqual(Buffer.from([1]));
    expect((wrong[7] ?? 0) ^ (right[7] ?? 0)).toBe(1);
    lib.C_VerifyInit(session, mechanism, publicKey);
    expect(() => lib.C_Verify(session, data, wrong)).toThrow(code(0xc0));
  });

  it('flips a bit of an attribute, a handle, a serial number, what is found', () => {
    const serial = (): string => lib.C_GetTokenInfo(lib.C_GetSlotList(true)[0] as Buffer).serialNumber;
    const read = (): unknown =>
      lib.C_GetAttributeValue(session, publicKey, [{ type: pkcs11js.CKA_MODULUS }])[0]?.value;
    const find = (): unknown => {
      lib.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY }]);
      const handles = lib.C_FindObjects(session, 1);
      lib.C_FindObjectsFinal(session);
      return handles;
    };
    for (const [name, run] of Object.entries({
      C_GetTokenInfo: serial,
      C_GetAttributeValue: read,
      C_FindObjects: find,
    })) {
      fixture.faults.setFaults([]);
      const right = run();
      fixture.faults.setFaults([on(name, 'after', { do: 'flip' })]);
      expect(run()).not.toEqual(right);
    }
  });

  it('refuses a script that makes no sense before it is written', () => {
    expect(() => fixture.faults.setFaults([on('Sign', 'before', { do: 'hang' })])).toThrow(TypeError);
    expect(() => fixture.faults.setFaults([on('C_Sign', 'before', { do: 'flip' })])).toThrow(TypeError);
  });

  it('counts sessions, those too that nobody was told of', () => {
    const slot = lib.C_GetSlotList(true)[0] as Buffer;
    const calls = during([on('C_OpenSession', 'after', fail(0x30), 2)], () => {
      lib.C_CloseSession(lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION));
      expect(() => lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION)).toThrow(code(0x30));
      lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION);
    });
    expect(countSessions(calls)).toEqual({ opened: 3, closed: 1, lost: 1 });
  });
});

/** A process of its own that opens the token, makes a random block in a worker thread and tells how that went. */
async function inProcess(
  faults: readonly Fault[],
): Promise<{ code: unknown; signal: unknown; output: string }> {
  fixture.faults.setFaults(faults);
  const program = new URL('programs/random-in-worker.mjs', import.meta.url).pathname;
  const { token, faults: module } = fixture;
  const child = spawn(process.execPath, [program, module.module, token.label, token.pin], {
    env: { ...process.env, ...module.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    // What hangs is let go on.
    if (output.includes('no answer')) fixture.faults.setFaults([]);
  });
  const [code, signal] = (await once(child, 'close')) as unknown[];
  return { code, signal, output };
}

describe('in a process of its own, the fault module', () => {
  const lastOf = (name: string): LoggedCall | undefined =>
    fixture.faults.calls().findLast((call) => call.function === name);

  it('does nothing where nothing is asked for', async () => {
    expect(await inProcess([])).toMatchObject({
      code: 0,
      output: expect.stringContaining('random') as string,
    });
  });

  it.each(['before', 'after'] as const)('kills the process %s a call', async (when) => {
    const { signal, output } = await inProcess([on('C_GenerateRandom', when, { do: 'kill' })]);
    expect(signal).toBe('SIGKILL');
    expect(output).not.toContain('random');
    expect(lastOf('C_GenerateRandom')).toMatchObject({ told: undefined, action: 'kill' });
    expect(lastOf('C_GenerateRandom')?.real).toBe(when === 'before' ? undefined : 0);
  });

  it('crashes', async () => {
    const { signal } = await inProcess([on('C_GenerateRandom', 'before', { do: 'crash' })]);
    expect(signal).toBe('SIGSEGV');
    expect(lastOf('C_GenerateRandom')).toMatchObject({ action: 'crash' });
  });

  it('hangs in one thread while the others go on, until the script changes', async () => {
    const { code, output } = await inProcess([on('C_GenerateRandom', 'before', { do: 'hang' })]);
    expect(output).toMatch(/no answer[\s\S]*CKR_FUNCTION_CANCELED/);
    expect(code).toBe(0);
  });

  it('takes one thread away while the others go on', async () => {
    const { output } = await inProcess([on('C_GenerateRandom', 'before', { do: 'vanish' })]);
    expect(output).toContain('no answer');
    expect(output).not.toContain('random');
    expect(lastOf('C_GenerateRandom')).toMatchObject({ action: 'vanish' });
  });
});
