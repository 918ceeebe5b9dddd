import { afterAll, describe, expect, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { createDiagnose } from '../src/doctor.ts';
import { createDeletionMethods } from '../src/deletion.ts';
import { createKeyMethods } from '../src/keys.ts';
import { cko } from '../src/mechanisms.ts';
import { TokenError } from '../src/token/return-values.ts';
import {
  adopt,
  create,
  createPair,
  disable,
  importPair,
  purge,
  putForeign,
  recover,
  remove,
  rotate,
  there,
} from './acts.ts';
import { changedToken } from './changed-token.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import { pair, testCall } from './test-call.ts';
import { closeTokens, libraries } from './token-of.ts';

afterAll(closeTokens);

describe.each(libraries)('a vault in order on %s', (library) => {
  test('has no finding, whatever was done in it', { timeout: 120_000 }, async () => {
    const { vault, examine, end, bare } = await doctorVault(library);
    const keys = createKeyMethods(vault);
    for (const act of [create, rotate, disable, rotate, remove, recover]) await act(vault, testCall());
    for (const request of [
      pair('pair'),
      pair('rsa', { keyType: 'RSA', curve: undefined, size: 2048, keyOperations: ['encrypt', 'decrypt'] }),
      pair('backed-up', { backup: true }),
      pair('aes', { keyType: 'oct', curve: undefined, size: 256, keyOperations: ['encrypt', 'wrapKey'] }),
      pair('off', { enabled: false }),
      pair('deleted'),
    ]) {
      await there(keys.create)(request, testCall());
    }
    await there(createDeletionMethods(vault).delete)({ name: 'deleted' }, testCall());
    const imported = await doctorVault(library);
    await importPair(imported.vault, testCall());
    const adopted = await doctorVault(library);
    await putForeign(adopted.vault, testCall());
    await adopt(adopted.vault, testCall());
    expect(await examine({ probes: true })).toEqual([]);
    expect(await imported.examine()).toEqual([]);
    // In the other two it is a key of other software, and as sound there.
    expect(await adopted.examine()).toEqual([]);
    for (const each of bare.find({ [pkcs11js.CKA_LABEL]: `x-${adopted.namespace}` })) bare.destroy(each);
    for (const each of [imported, adopted]) await each.end();
    await end();
  });

  test('is not changed by looking at what is wrong, and each finding says what to do', async () => {
    const { vault, examine, end, bare, idOf } = await doctorVault(library);
    const made = await there(createKeyMethods(vault).create)(pair('k'), testCall());
    bare.destroy(...bare.find({ [pkcs11js.CKA_ID]: idOf('k', made.version) }));
    const findings = await examine();
    expect(whats(findings)).toEqual(['half-pair', 'key-missing']);
    for (const { message, advice } of findings) {
      expect(message.length).toBeGreaterThan(20);
      expect(advice.length).toBeGreaterThan(20);
    }
    await end();
  });
});

describe('the doctor', () => {
  test('says why a token does not answer, in one finding', async () => {
    const { vault, end } = await doctorVault('softhsm2');
    for (const [error, code] of [
      [new TokenError(0xe0, 'C_GetSessionInfo'), /token/iu],
      [new TokenError(0xa4, 'C_Login'), /PIN/u],
    ] as const) {
      const token = changedToken(vault.token, () => Promise.reject(error));
      const [finding, ...more] = await createDiagnose({ ...vault, token })();
      expect(more).toEqual([]);
      expect(finding).toMatchObject({ severity: 'error', what: 'no-access' });
      expect(finding?.advice).toMatch(code);
    }
    await end();
  });

  test('looks at the rest where one part cannot be looked at', async () => {
    const { vault, end } = await doctorVault('softhsm2');
    const token = changedToken(vault.token, (name, _request, run) =>
      name === 'find' ? Promise.reject(new TokenError(0x30, 'C_FindObjects')) : run(),
    );
    const findings = await createDiagnose({ ...vault, token })({ probes: false });
    expect(findings).toMatchObject([{ severity: 'warning', what: 'not-examined' }]);
    expect(findings[0]?.message).toContain('records and objects');
    await end();
  });

  test('ends with its signal', async () => {
    const { vault, end } = await doctorVault('softhsm2');
    const reason = new Error('enough');
    const controller = new AbortController();
    const token = changedToken(vault.token, (name, _request, run) => {
      if (name === 'find') controller.abort(reason);
      return run();
    });
    const { signal } = controller;
    await expect(createDiagnose({ ...vault, token })({ signal })).rejects.toBe(reason);
    await end();
  });

  test('looks twice: a key that is destroyed between objects and records has not lost its record', async () => {
    const { vault, end } = await doctorVault('softhsm2');
    await createPair(vault, testCall());
    await remove(vault, testCall());
    let purged = 0;
    const token = changedToken(vault.token, async (name, request, run) => {
      const answer = await run();
      const { template } = request as { readonly template?: { readonly class?: number } };
      // The objects of keys have been read, the records have not.
      if (name === 'find' && template?.class === cko.data && purged++ === 0) await purge(vault, testCall());
      return answer;
    });
    expect(await createDiagnose({ ...vault, token })({ probes: false })).toEqual([]);
    expect(purged).toBe(2);
    await end();
  });

  test('does not take what others are just doing for left over', async () => {
    const { vault, end } = await doctorVault('softhsm2');
    await createPair(vault, testCall());
    let over = false;
    const busy = (async () => {
      for (let count = 0; !over; count++) {
        const name = `b${count}`;
        const { create: make } = createKeyMethods(vault);
        await there(make)(pair(name), testCall());
        await there(createDeletionMethods(vault).delete)({ name }, testCall());
        await there(createDeletionMethods(vault).purge)({ name }, testCall());
      }
    })();
    const diagnose = createDiagnose(vault);
    for (let round = 0; round < 4; round++) expect(await diagnose({ probes: false })).toEqual([]);
    over = true;
    await busy;
    await end();
  });
});
