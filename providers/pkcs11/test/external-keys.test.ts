import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeySummary } from '@keyway/core/driver';
import { createDeletionMethods } from '../src/deletion.ts';
import { createKeyMethods } from '../src/keys.ts';
import { cko } from '../src/mechanisms.ts';
import { versionOfId } from '../src/object-id.ts';
import type { OpenedVault } from '../src/open-vault.ts';
import { createRotationMethods } from '../src/rotation.ts';
import { sourceIdOf } from '../src/source-id.ts';
import { parsePkcs11Uri } from '../src/uri/parse-pkcs11-uri.ts';
import { putExternal, there } from './acts.ts';
import { cleanUp } from './dump.ts';
import { pair, testCall } from './test-call.ts';
import { freshNamespace, testToken, testVault } from './test-vault.ts';

const namespace = freshNamespace();
const refused = (code: string, message?: RegExp): unknown =>
  expect.objectContaining({
    code,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) }),
  });

let opened: OpenedVault;
const idOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(`${namespace}-${text}`));
const uriOf = (text: string): string => sourceIdOf(opened.vault, { class: 'private', id: idOf(text) });

async function destroy(template: { label?: string; id?: Uint8Array }): Promise<void> {
  const { token } = await testToken();
  for (const handle of await token.run('find', { template }, testCall())) {
    await token.run('destroy', { object: { handle } }, testCall());
  }
}

const labels = ['alone', 'twice', 'not a name', 'adoptee', 'other'].map((label) => label);

beforeAll(async () => {
  opened = await testVault({ namespace });
  const { vault } = opened;
  await putExternal(vault, 'alone', idOf('alone'));
  await putExternal(vault, 'twice', idOf('twice-1'));
  await putExternal(vault, 'twice', idOf('twice-2'));
  await putExternal(vault, 'not a name', idOf('not a name'));
  await putExternal(vault, 'nobody', new Uint8Array(0));
  await putExternal(vault, 'same-id', idOf('same'));
  await putExternal(vault, 'same-id-too', idOf('same'));
});

afterAll(async () => {
  for (const label of [...labels, 'nobody', 'same-id', 'same-id-too']) await destroy({ label });
  await cleanUp(opened.vault);
  await opened.close();
});

async function listAll(maxPageSize = 100): Promise<readonly KeySummary[]> {
  const items: KeySummary[] = [];
  let next: string | undefined;
  do {
    const page = await there(createKeyMethods(opened.vault).list)({ maxPageSize, next }, testCall());
    items.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return items;
}

const read = (name: string, version?: string): Promise<unknown> =>
  there(createKeyMethods(opened.vault).read)({ name, version }, testCall());
const adopt = (
  name: string,
  sourceId: string,
): ReturnType<NonNullable<ReturnType<typeof createKeyMethods>['adopt']>> =>
  there(createKeyMethods(opened.vault).adopt)({ name, sourceId }, testCall());

describe('keys of other software', () => {
  test('are listed behind our own, those without a label of their own by a name made from what they are', async () => {
    const { create } = createKeyMethods(opened.vault);
    await there(create)(pair('zz'), testCall());
    const names = (await listAll()).map(({ name, ownership }) => [name, ownership]);
    expect(names).toEqual(
      [
        ['zz', 'own'],
        ['alone', 'external'],
        ['unnamed', 'external'],
        ['unnamed', 'external'],
        ['unnamed', 'external'],
      ].map(([name, ownership]) => [
        name === 'unnamed' ? expect.stringMatching(/^unnamed-[0-9a-f]{16}$/) : name,
        ownership,
      ]),
    );
    for (const size of [1, 2, 3]) expect(await listAll(size)).toEqual(await listAll());
  });

  test('are read by name and by version, with what their attributes allow', async () => {
    const version = versionOfId(idOf('alone'));
    const record = await read('alone');
    expect(record).toMatchObject({
      name: 'alone',
      version,
      keyType: 'EC',
      curve: 'P-256',
      keyOperations: ['sign', 'verify'],
      ownership: 'external',
      publicKeyAuthentic: false,
      intact: true,
      publicKey: { kty: 'EC', crv: 'P-256' },
    });
    expect(await read('alone', version)).toEqual(record);
    await expect(read('alone', 'id-00')).rejects.toEqual(refused('ERR_KEY_NOT_FOUND'));
    const versions = await there(createKeyMethods(opened.vault).versions)(
      { name: 'alone', maxPageSize: 5 },
      testCall(),
    );
    expect(versions.items.map((item) => item.version)).toEqual([version]);
  });

  test('have a URI that tells their token, their id and their type', async () => {
    const { sourceId } = (await read('alone')) as { sourceId: string };
    const { facts } = opened.vault.token;
    const uri = parsePkcs11Uri(sourceId);
    expect(uri).toMatchObject({ token: facts.label, serial: facts.serial, type: 'private' });
    expect(Uint8Array.from(uri.id ?? [])).toEqual(idOf('alone'));
  });
});

describe('an adoption', () => {
  test('makes the key ours and changes nothing of it; it can be rotated, deleted, recovered and purged', async () => {
    const { vault } = opened;
    const { token } = vault;
    const id = idOf('adoptee');
    await putExternal(vault, 'adoptee', id);
    const attributes = ['label', 'id', 'sign', 'sensitive', 'extractable'] as const;
    const look = (): Promise<unknown> =>
      token.run('findAndRead', { template: { id }, attributes }, testCall());
    const before = await look();
    const adopted = await adopt('mine', uriOf('adoptee'));
    expect(adopted).toMatchObject({
      name: 'mine',
      version: versionOfId(id),
      ownership: 'own',
      publicKeyAuthentic: true,
      intact: true,
      keyOperations: ['sign', 'verify'],
    });
    expect(await look()).toEqual(before);
    expect((await listAll()).filter(({ name }) => name === 'mine' || name === 'adoptee')).toMatchObject([
      { name: 'mine', ownership: 'own' },
    ]);
    await expect(read('adoptee')).rejects.toEqual(refused('ERR_KEY_NOT_FOUND'));
    await expect(adopt('again', uriOf('adoptee'))).rejects.toEqual(
      refused('ERR_OPERATION_NOT_PERMITTED', /already/),
    );
    const rotated = await there(createRotationMethods(vault).rotate)({ name: 'mine' }, testCall());
    expect(rotated.version).not.toBe(adopted.version);
    const deletion = createDeletionMethods(vault);
    await there(deletion.delete)({ name: 'mine' }, testCall());
    expect(await look()).toMatchObject([{ attributes: {} }, { attributes: {} }]);
    const [key] = await token.run(
      'findAndRead',
      { template: { id, class: cko.privateKey }, attributes },
      testCall(),
    );
    expect(key?.attributes).toMatchObject({ sign: false, label: 'adoptee' });
    await there(deletion.recover)({ name: 'mine', allowPartial: false }, testCall());
    expect(await look()).toEqual(before);
    await there(deletion.delete)({ name: 'mine' }, testCall());
    await there(deletion.purge)({ name: 'mine' }, testCall());
    expect(await look()).toEqual([]);
    expect(await vault.claims.all(testCall())).toEqual(new Map());
  });

  test.each([
    ['a key that is not there', () => uriOf('nowhere'), 'ERR_KEY_NOT_FOUND'],
    ['a key of another token', () => uriOf('alone').replace(/serial=[^;]*/, 'serial=0'), 'ERR_KEY_NOT_FOUND'],
    ['several keys', () => 'pkcs11:object=twice', 'ERR_CONFLICT'],
    ['a key that shares its id', () => uriOf('same'), 'ERR_OPERATION_NOT_PERMITTED'],
    ['a key without an id', () => 'pkcs11:object=nobody', 'ERR_OPERATION_NOT_PERMITTED'],
    ['what is no URI', () => 'nonsense', 'ERR_INVALID_ARGUMENT'],
    ['an attribute that nobody knows', () => `${uriOf('alone')};x-what=1`, 'ERR_INVALID_ARGUMENT'],
  ])('of %s is refused', async (_, uri, code) => {
    await expect(adopt('new', uri())).rejects.toEqual(refused(code));
  });

  test('under the name of another key is refused, whosever it is', async () => {
    const { create } = createKeyMethods(opened.vault);
    await there(create)(pair('taken'), testCall());
    await expect(adopt('taken', uriOf('twice-1'))).rejects.toEqual(refused('ERR_KEY_EXISTS'));
    await expect(adopt('alone', uriOf('twice-1'))).rejects.toEqual(refused('ERR_KEY_EXISTS'));
  });

  test('of a key of Keyway is refused, whatever its namespace', async () => {
    const { create } = createKeyMethods(opened.vault);
    const own = await there(create)(pair('own'), testCall());
    await expect(adopt('new', own.sourceId)).rejects.toEqual(
      refused('ERR_OPERATION_NOT_PERMITTED', /this vault/),
    );
    const other = await testVault();
    const foreign = await there(createKeyMethods(other.vault).create)(pair('foreign'), testCall());
    await expect(adopt('new', foreign.sourceId)).rejects.toEqual(
      refused('ERR_OPERATION_NOT_PERMITTED', /another Keyway namespace/),
    );
    expect((await listAll()).map(({ name }) => name)).not.toContain('foreign');
    await cleanUp(other.vault);
    await other.close();
  });
});
