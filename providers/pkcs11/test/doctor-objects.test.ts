import { afterAll, describe, expect, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { createKeyMethods } from '../src/keys.ts';
import { create, createPair, there } from './acts.ts';
import type { BareTemplate } from './bare-token.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import type { DoctorVault } from './doctor-vault.ts';
import { pair, testCall } from './test-call.ts';
import { closeTokens, libraries } from './token-of.ts';

const { CKA_CLASS, CKA_ID, CKA_LABEL, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY } = pkcs11js;

afterAll(closeTokens);

/** The objects of the one version of `k`. */
async function versionOf(opened: DoctorVault): Promise<{
  readonly version: string;
  readonly id: Buffer;
  readonly objects: (of: number) => Buffer;
}> {
  const { version } = await there(createKeyMethods(opened.vault).read)({ name: 'k' }, testCall());
  const id = opened.idOf('k', version);
  return { version, id, objects: (of) => opened.bare.one({ [CKA_ID]: id, [CKA_CLASS]: of }) };
}

const strange: BareTemplate = {
  [CKA_CLASS]: CKO_SECRET_KEY,
  [pkcs11js.CKA_KEY_TYPE]: pkcs11js.CKK_GENERIC_SECRET,
  [pkcs11js.CKA_VALUE_LEN]: 32,
  [pkcs11js.CKA_TOKEN]: true,
  [pkcs11js.CKA_PRIVATE]: true,
  [pkcs11js.CKA_SENSITIVE]: true,
  [pkcs11js.CKA_EXTRACTABLE]: false,
  [pkcs11js.CKA_SIGN]: true,
};
const makeStrange = ({ bare }: DoctorVault, id: Buffer | undefined, label: string): Buffer =>
  bare.generateKey(pkcs11js.CKM_GENERIC_SECRET_KEY_GEN, {
    ...strange,
    ...(id === undefined ? {} : { [CKA_ID]: id }),
    [CKA_LABEL]: label,
  });

/** Puts a public key on the token, whose private one is nowhere. */
function putPublic({ bare, namespace }: DoctorVault, id: Buffer, label: string): void {
  const params = { [pkcs11js.CKA_EC_PARAMS]: Buffer.from('06082a8648ce3d030107', 'hex') };
  const gone = { [CKA_ID]: Buffer.from(`gone-${namespace}`), [pkcs11js.CKA_TOKEN]: true };
  const open = { [pkcs11js.CKA_TOKEN]: true, [CKA_ID]: id, [CKA_LABEL]: label };
  bare.generatePair(pkcs11js.CKM_EC_KEY_PAIR_GEN, { ...open, ...params }, gone);
  bare.destroy(bare.one(gone));
}

describe.each(libraries)('on %s', (library) => {
  test('a version whose private key was destroyed is found, and its public half with it', async () => {
    const opened = await doctorVault(library);
    await createPair(opened.vault, testCall());
    const { version, id, objects } = await versionOf(opened);
    opened.bare.destroy(objects(CKO_PRIVATE_KEY));
    const where = { name: 'k', version, objectId: id.toString('hex') };
    expect(await opened.examine()).toMatchObject([{ severity: 'error', what: 'key-missing', ...where }]);
    await opened.end();
  });

  test('a version whose public half was destroyed is found', async () => {
    const opened = await doctorVault(library);
    await createPair(opened.vault, testCall());
    opened.bare.destroy((await versionOf(opened)).objects(CKO_PUBLIC_KEY));
    expect(await opened.examine()).toMatchObject([{ severity: 'error', what: 'half-pair', name: 'k' }]);
    await opened.end();
  });

  test('an RSA version whose public half was destroyed still tells it', async () => {
    const opened = await doctorVault(library);
    const request = pair('k', { keyType: 'RSA', curve: undefined, size: 2048 });
    await there(createKeyMethods(opened.vault).create)(request, testCall());
    opened.bare.destroy((await versionOf(opened)).objects(CKO_PUBLIC_KEY));
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'half-pair', name: 'k' }]);
    await opened.end();
  });

  test('a public key in the place of the right one is found', async () => {
    const opened = await doctorVault(library);
    await createPair(opened.vault, testCall());
    const { id, objects } = await versionOf(opened);
    opened.bare.destroy(objects(CKO_PUBLIC_KEY));
    putPublic(opened, id, 'theirs');
    expect(whats(await opened.examine())).toEqual(['half-pair', 'public-key-astray']);
    await opened.end();
  });

  test('two keys with the CKA_ID of one version are found', async () => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    const { version, id } = await versionOf(opened);
    makeStrange(opened, id, `${opened.namespace}/k/${version}`);
    const found = await opened.examine();
    const doubled = found.filter(({ what }) => what === 'object-doubled');
    // NSS keeps one key of a CKA_ID: the other one has taken the place of ours, which its uses tell.
    if (library === 'nss') expect(whats(found)).toEqual(['usage-missing', 'usage-too-wide']);
    else expect(doubled).toMatchObject([{ severity: 'error', name: 'k', version }]);
    await opened.end();
  });

  test('a key labelled as a version that its record does not know is found, whole or half', async () => {
    const opened = await doctorVault(library);
    await createPair(opened.vault, testCall());
    const lost = 'f'.repeat(32);
    makeStrange(opened, opened.idOf('k', lost), `${opened.namespace}/k/${lost}`);
    const where = { name: 'k', version: lost, objectId: opened.idOf('k', lost).toString('hex') };
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'orphan', ...where }]);
    opened.bare.destroy(opened.bare.one({ [CKA_ID]: opened.idOf('k', lost) }));
    putPublic(opened, opened.idOf('k', lost), `${opened.namespace}/k/${lost}`);
    const [finding, ...more] = await opened.examine();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ what: 'orphan', ...where });
    expect(finding?.message).toContain('a public key');
    await opened.end();
  });

  test('a key whose whole record is gone is found', async () => {
    const opened = await doctorVault(library);
    const version = 'a'.repeat(32);
    makeStrange(opened, opened.idOf('lost', version), `${opened.namespace}/lost/${version}`);
    expect(await opened.examine()).toMatchObject([
      { severity: 'error', what: 'record-missing', name: 'lost', version },
    ]);
    await opened.end();
  });

  test('a label of ours on another CKA_ID is found', async () => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    const { version } = await versionOf(opened);
    const label = `${opened.namespace}/k/${version}`;
    makeStrange(opened, Buffer.from(opened.namespace), label);
    expect(await opened.examine()).toMatchObject([
      { severity: 'warning', what: 'label-astray', name: 'k', label },
    ]);
    await opened.end();
  });

  test('a key that somebody has labelled anew is found, and so is a revision that the record has not', async () => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    const { version, objects } = await versionOf(opened);
    const key = objects(CKO_SECRET_KEY);
    opened.bare.set(key, { [CKA_LABEL]: 'mine' });
    expect(await opened.examine()).toMatchObject([{ what: 'label-changed', name: 'k', label: 'mine' }]);
    opened.bare.set(key, { [CKA_LABEL]: `${opened.namespace}/k/${version}#9000000000000000` });
    expect(await opened.examine()).toMatchObject([{ severity: 'error', what: 'record-older', name: 'k' }]);
    await opened.end();
  });

  test('keys of other software that cannot be told apart are noted', async () => {
    const opened = await doctorVault(library);
    const [one, two] = [Buffer.from(`1${opened.namespace}`), Buffer.from(`2${opened.namespace}`)];
    const made = [makeStrange(opened, one, 'x')];
    // NSS keeps one key of a CKA_ID.
    if (library === 'softhsm2') {
      const second = makeStrange(opened, one, 'y');
      expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'id-doubled' }]);
      opened.bare.destroy(second);
    }
    made.push(makeStrange(opened, two, 'x'));
    expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'label-doubled', label: 'x' }]);
    opened.bare.destroy(...made);
    const nameless = makeStrange(opened, undefined, 'z');
    const found = await opened.examine();
    // NSS gives a key an id of its own where it is given none.
    if (library === 'softhsm2') expect(found).toMatchObject([{ severity: 'note', what: 'id-missing' }]);
    else expect(whats(found).filter((what) => what !== 'id-missing')).toEqual([]);
    opened.bare.destroy(nameless);
    await opened.end();
  });
});
