import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failing, type FaultyToken, openFaulty } from './faulty-token.ts';
import { callFor, classes } from './token-keys.ts';

let f: FaultyToken;
beforeAll(async () => {
  f = await openFaulty();
});
beforeEach(() => f.faults.setFaults([]));

describe('a session', () => {
  test.each([
    ['CKR_BUFFER_TOO_SMALL', 'C_Sign', 0x150],
    ['CKR_OPERATION_ACTIVE', 'C_SignInit', 0x90],
    ['CKR_GENERAL_ERROR', 'C_Sign', 0x05],
    ['CKR_DATA_LEN_RANGE', 'C_Sign', 0x21],
    ['a number of no name', 'C_Sign', 0x8000_0001],
  ])('on which %s came is closed and never used again', async (_, name, ckr) => {
    const before = f.openSessions();
    const closed = f.countOf('C_CloseSession');
    f.faults.setFaults([failing(name, ckr)]);
    await expect(f.sign()).rejects.toMatchObject({ name: 'TokenError', ckr, function: name });
    await f.isWhole();
    expect(f.countOf('C_CloseSession')).toBe(closed + 1);
    expect(f.openSessions()).toBe(before);
    // The process stayed logged in meanwhile: the PIN was needed once.
    expect(f.countOf('C_Login')).toBe(1);
  });

  test('whose buffer really was too small leaves no operation behind', async () => {
    const request = { key: f.key.locator, mechanism: f.key.mechanism, data: randomBytes(32), size: 5 };
    const [first, second] = [
      f.token.run('sign', request, callFor()),
      f.token.run('sign', request, callFor()),
    ];
    await expect(first).resolves.toHaveLength(32);
    await expect(second).resolves.toHaveLength(32);
    await f.isWhole();
  });

  test('stays open after a signature that is not valid', async () => {
    const closed = f.countOf('C_CloseSession');
    const request = {
      key: f.key.locator,
      mechanism: f.key.mechanism,
      data: randomBytes(32),
      signature: randomBytes(32),
    };
    expect(await f.token.run('verify', request, callFor())).toBe(false);
    expect(f.countOf('C_CloseSession')).toBe(closed);
  });

  test.each([
    ['CKR_SESSION_HANDLE_INVALID', 0xb3],
    ['CKR_SESSION_CLOSED', 0xb0],
    ['CKR_USER_NOT_LOGGED_IN', 0x101],
  ])('that was dropped (%s) is opened anew, and the job is run once more', async (_, ckr) => {
    f.faults.setFaults([failing('C_SignInit', ckr)]);
    expect(await f.isRight()).toBe(true);
    f.faults.setFaults([failing('C_CreateObject', ckr)]);
    const label = `once ${ckr}`;
    await f.token.run('create', { template: { class: classes.data, token: true, label } }, callFor());
    expect(await f.token.run('find', { template: { label } }, callFor())).toHaveLength(1);
  });

  test('that is dropped again and again is told', async () => {
    f.faults.setFaults([failing('C_SignInit', 0xb3, { from: 1 })]);
    await expect(f.sign()).rejects.toMatchObject({ ckr: 0xb3 });
    await f.isWhole();
  });

  test('does not leak, whatever half of its calls come to', async () => {
    const before = f.openSessions();
    f.faults.setFaults([
      failing('C_Sign', 0x05, { probability: 0.2, seed: 1 }),
      failing('C_SignInit', 0xb3, { probability: 0.2, seed: 2 }),
      failing('C_SignInit', 0x30, { probability: 0.1, seed: 3 }, 'after'),
    ]);
    const results = await Promise.allSettled(Array.from({ length: 400 }, () => f.sign()));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await f.isWhole();
    expect(f.openSessions()).toBe(before);
  });
});
