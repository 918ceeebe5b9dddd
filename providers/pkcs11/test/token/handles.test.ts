import pkcs11 from 'pkcs11js';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failing, type FaultyToken, openFaulty } from './faulty-token.ts';
import { callFor, classes, makeEcKey, makeHmacKey, signsRight } from './token-keys.ts';

let f: FaultyToken;
beforeAll(async () => {
  f = await openFaulty();
});
beforeEach(() => f.faults.setFaults([]));

describe('a handle', () => {
  test.each([0x82, 0x60])('that is stale (%d) is looked up again, and nobody notices', async (ckr) => {
    f.faults.setFaults([failing('C_SignInit', ckr)]);
    expect(await f.isRight()).toBe(true);
  });

  test('is looked up once for many signatures', async () => {
    await f.isRight();
    const before = f.countOf('C_FindObjectsInit');
    await Promise.all(Array.from({ length: 50 }, () => f.isRight()));
    expect(f.countOf('C_FindObjectsInit')).toBe(before);
    f.token.forget(f.key.locator);
    await f.isRight();
    expect(f.countOf('C_FindObjectsInit')).toBe(before + 1);
  });

  test('of a key that was replaced under its id leads to the new one', async () => {
    const key = await makeHmacKey(f.token);
    expect(await signsRight(f.token, key)).toBe(true);
    await f.token.run('destroy', { object: key.locator }, callFor());
    const next = await makeHmacKey(f.token, key.locator.id);
    expect(await signsRight(f.token, next)).toBe(true);
  });

  test('of the wrapping key is not mixed up with that of the wrapped one', async () => {
    const [one, two] = [await makeEcKey(f.token), await makeEcKey(f.token)];
    const wrap = { key: one.locator, mechanism: { type: 0x2109 }, object: two.locator };
    await expect(f.token.run('wrap', wrap, callFor())).rejects.toMatchObject({ name: 'TokenError' });
    expect(await signsRight(f.token, one)).toBe(true);
    expect(await signsRight(f.token, two)).toBe(true);
  });
});

describe('a token', () => {
  test.each([
    ['CKR_DEVICE_ERROR', 0x30],
    ['CKR_DEVICE_REMOVED', 0x32],
    ['CKR_TOKEN_NOT_PRESENT', 0xe0],
  ])('that was away for a moment (%s) is found again', async (_, ckr) => {
    f.faults.setFaults([failing('C_SignInit', ckr)]);
    expect(await f.isRight()).toBe(true);
    await f.isWhole();
  });

  test('that is away for longer is told to be, and comes back', async () => {
    f.faults.setFaults([failing('session', 0x32, { from: 1 }), failing('C_OpenSession', 0xe0, { from: 1 })]);
    const results = await Promise.allSettled([f.sign(), f.sign(), f.sign()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await f.isWhole();
  });

  test('that lost a change on the way is not asked for it twice', async () => {
    const label = 'asked for once';
    f.faults.setFaults([failing('C_CreateObject', 0x30, 1, 'after')]);
    const create = f.token.run(
      'create',
      { template: { class: classes.data, token: true, label } },
      callFor(),
    );
    await expect(create).rejects.toMatchObject({ ckr: 0x30 });
    expect(await f.token.run('find', { template: { label } }, callFor())).toHaveLength(1);
  });

  test.each([false, true])(
    'whose module somebody else finalised (and initialised: %s) is opened and logged in to again',
    async (again) => {
      const stranger = strangerIn(f.soft.module);
      stranger.C_Finalize();
      if (again) stranger.C_Initialize({ flags: 2 });
      expect(await f.isRight()).toBe(true);
      await f.isWhole();
    },
  );

  test('from which somebody else has logged this process out is logged in to again', async () => {
    const stranger = strangerIn(f.soft.module);
    for (const what of ['sign', 'find'] as const) {
      const [slot] = stranger.C_GetSlotList(true) as [Buffer];
      const session = stranger.C_OpenSession(slot, 4);
      stranger.C_Logout(session);
      stranger.C_CloseSession(session);
      if (what === 'sign') expect(await f.isRight()).toBe(true);
      else
        expect(await f.token.run('find', { template: { id: f.key.locator.id } }, callFor())).toHaveLength(1);
    }
    await f.isWhole();
  });
});

/** Another user of the module in this process. */
function strangerIn(module: string): pkcs11.PKCS11 {
  const stranger = new pkcs11.PKCS11();
  stranger.load(module);
  return stranger;
}
