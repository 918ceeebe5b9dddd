import { afterAll, describe, expect, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { createKeyMethods } from '../src/keys.ts';
import { adopt, create, createDisabled, disable, putForeign, remove, there } from './acts.ts';
import type { BareTemplate } from './bare-token.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import type { DoctorVault } from './doctor-vault.ts';
import { testCall } from './test-call.ts';
import { closeTokens, libraries } from './token-of.ts';

const { CKA_CLASS, CKA_ID, CKA_LABEL, CKO_SECRET_KEY } = pkcs11js;

afterAll(closeTokens);

const sound: BareTemplate = {
  [CKA_CLASS]: CKO_SECRET_KEY,
  [pkcs11js.CKA_KEY_TYPE]: pkcs11js.CKK_GENERIC_SECRET,
  [pkcs11js.CKA_VALUE_LEN]: 32,
  [pkcs11js.CKA_TOKEN]: true,
  [pkcs11js.CKA_PRIVATE]: true,
  [pkcs11js.CKA_SENSITIVE]: true,
  [pkcs11js.CKA_EXTRACTABLE]: false,
  [pkcs11js.CKA_SIGN]: true,
  [pkcs11js.CKA_VERIFY]: true,
  [pkcs11js.CKA_ENCRYPT]: false,
  [pkcs11js.CKA_DECRYPT]: false,
  [pkcs11js.CKA_WRAP]: false,
  [pkcs11js.CKA_UNWRAP]: false,
};

/** Puts a key of another make in the place of that of `k`. */
async function replace(opened: DoctorVault, changes: BareTemplate): Promise<Buffer> {
  const { version } = await there(createKeyMethods(opened.vault).read)({ name: 'k' }, testCall());
  const place = { [CKA_ID]: opened.idOf('k', version) };
  opened.bare.destroy(opened.bare.one(place));
  const label = { [CKA_LABEL]: `${opened.namespace}/k/${version}` };
  return opened.bare.generateKey(pkcs11js.CKM_GENERIC_SECRET_KEY_GEN, {
    ...sound,
    ...place,
    ...label,
    ...changes,
  });
}

describe.each(libraries)('a key in the place of ours on %s', (library) => {
  test.each([
    ['is as ours', {}, []],
    [
      'can be read',
      { [pkcs11js.CKA_SENSITIVE]: false, [pkcs11js.CKA_EXTRACTABLE]: true },
      ['key-extractable', 'key-readable'],
    ],
    ['can be taken out', { [pkcs11js.CKA_EXTRACTABLE]: true }, ['key-extractable']],
    ['is there for everybody', { [pkcs11js.CKA_PRIVATE]: false }, ['key-public']],
    ['cannot be changed', { [pkcs11js.CKA_MODIFIABLE]: false }, ['key-not-modifiable']],
    ['may do more', { [pkcs11js.CKA_WRAP]: true, [pkcs11js.CKA_DECRYPT]: true }, ['usage-too-wide']],
    ['may do less', { [pkcs11js.CKA_SIGN]: false }, ['usage-missing']],
  ] as const)('that %s is found where it is weaker', async (_what, changes: BareTemplate, expected) => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    await replace(opened, changes);
    const findings = await opened.examine();
    // NSS says of every secret key that it cannot be read, and is for the user alone.
    const untold = library === 'nss' ? ['key-readable', 'key-public'] : [];
    expect(whats(findings)).toEqual(expected.filter((what) => !untold.includes(what)));
    for (const finding of findings) expect(finding).toMatchObject({ name: 'k' });
    await opened.end();
  });

  test('that was readable when it was made is found', async () => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    const key = await replace(opened, {
      [pkcs11js.CKA_SENSITIVE]: false,
      [pkcs11js.CKA_EXTRACTABLE]: true,
    });
    opened.bare.set(key, { [pkcs11js.CKA_SENSITIVE]: true });
    opened.bare.set(key, { [pkcs11js.CKA_EXTRACTABLE]: false });
    // NSS says of no key that the token has made it, so that nobody can tell.
    const expected = library === 'softhsm2' ? ['key-was-extractable', 'key-was-readable'] : [];
    expect(whats(await opened.examine())).toEqual(expected);
    await opened.end();
  });

  test.each([
    ['disabled at first', [createDisabled]],
    ['disabled', [create, disable]],
    ['deleted', [create, remove]],
  ] as const)('that may sign though it is %s is found', async (_what, acts) => {
    const opened = await doctorVault(library);
    for (const act of acts) await act(opened.vault, testCall());
    expect(await opened.examine()).toEqual([]);
    const [key] = opened.bare
      .find({ [CKA_CLASS]: CKO_SECRET_KEY })
      .filter((each) => opened.bare.read(each, CKA_LABEL)?.toString().startsWith(`${opened.namespace}/k/`));
    opened.bare.set(key as Buffer, { [pkcs11js.CKA_SIGN]: true });
    const [finding, ...more] = await opened.examine();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warning', what: 'usage-too-wide', name: 'k' });
    expect(finding?.message).toContain('all the same: sign');
    await opened.end();
  });

  test('that other software made weak is noted while external, and a warning once it is adopted', async () => {
    const opened = await doctorVault(library);
    await putForeign(opened.vault, testCall());
    const label = `x-${opened.namespace}`;
    const bySize = {
      [pkcs11js.CKA_MODULUS_BITS]: 1024,
      [pkcs11js.CKA_PUBLIC_EXPONENT]: Buffer.from([1, 0, 1]),
    };
    const shared = { [pkcs11js.CKA_TOKEN]: true, [CKA_ID]: Buffer.from(opened.namespace) };
    const hidden = { [pkcs11js.CKA_PRIVATE]: true, [pkcs11js.CKA_SENSITIVE]: true };
    opened.bare.generatePair(
      pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN,
      { ...shared, ...bySize },
      { ...shared, ...hidden, [pkcs11js.CKA_EXTRACTABLE]: true, [CKA_LABEL]: `short-${label}` },
    );
    const findings = await opened.examine();
    expect(findings.map(({ severity, what }) => [severity, what])).toEqual([
      ['note', 'key-extractable'],
      ['note', 'key-short'],
    ]);
    opened.bare.destroy(...opened.bare.find(shared));
    await adopt(opened.vault, testCall());
    const key = opened.bare.one({ [CKA_LABEL]: label, [CKA_CLASS]: pkcs11js.CKO_PRIVATE_KEY });
    expect(await opened.examine()).toEqual([]);
    // A weak copy takes its place; on NSS it does so by itself, since that keeps one key of a CKA_ID.
    opened.bare.copy(key, { [pkcs11js.CKA_MODIFIABLE]: false });
    if (library === 'softhsm2') opened.bare.destroy(key);
    expect(await opened.examine()).toMatchObject([{ what: 'key-not-modifiable', name: 'k' }]);
    opened.bare.destroy(...opened.bare.find({ [CKA_LABEL]: label }));
    await opened.end();
  });

  test('that is to authenticate records and could be read, and a second one, are found', async () => {
    const opened = await doctorVault(library);
    const label = `${opened.namespace}//records`;
    const weak = {
      ...sound,
      [CKA_LABEL]: label,
      [CKA_ID]: Buffer.from('weak'),
      [pkcs11js.CKA_EXTRACTABLE]: true,
    };
    const key = opened.bare.generateKey(pkcs11js.CKM_GENERIC_SECRET_KEY_GEN, weak);
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'record-key-weak', label }]);
    opened.bare.destroy(key);
    const second = { ...sound, [CKA_LABEL]: label, [CKA_ID]: Buffer.from('second') };
    opened.bare.generateKey(pkcs11js.CKM_GENERIC_SECRET_KEY_GEN, second);
    expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'record-keys-several', label }]);
    await opened.end();
  });
});
