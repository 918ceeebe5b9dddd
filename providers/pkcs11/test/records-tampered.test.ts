import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createDeletionMethods } from '../src/deletion.ts';
import { createKeyMethods } from '../src/keys.ts';
import type { OpenedVault } from '../src/open-vault.ts';
import { createRotationMethods } from '../src/rotation.ts';
import { there } from './acts.ts';
import { storeFile } from './record-places.ts';
import { pair, testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';

const damaged = expect.objectContaining({ code: 'ERR_INTEGRITY' });
const missing = expect.objectContaining({ code: 'ERR_KEY_NOT_FOUND' });

const request = (name: string): ReturnType<typeof pair> =>
  pair(name, { keyType: 'oct', curve: undefined, size: 256 });

interface Opened extends OpenedVault {
  readonly file: string;
  readonly namespace: string;
}

async function open(namespace = freshNamespace()): Promise<Opened> {
  const file = storeFile(namespace);
  return { ...(await testVault({ namespace, records: { file } })), file, namespace };
}

const create = ({ vault }: OpenedVault, name: string): Promise<unknown> =>
  there(createKeyMethods(vault).create)(request(name), testCall());
const read = ({ vault }: OpenedVault, name: string, version?: string): Promise<unknown> =>
  there(createKeyMethods(vault).read)({ name, version }, testCall());
const rotate = ({ vault }: OpenedVault, name: string): Promise<unknown> =>
  there(createRotationMethods(vault).rotate)({ name }, testCall());
const remove = ({ vault }: OpenedVault, name: string): Promise<unknown> =>
  there(createDeletionMethods(vault).delete)({ name }, testCall());

/** Edits the store as somebody with an editor would. */
function edit(file: string, run: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  try {
    run(database);
  } finally {
    database.close();
  }
}

function entryOf(file: string, key: string): Uint8Array {
  let octets: unknown;
  edit(file, (database) => {
    octets = database.prepare('SELECT octets FROM entries WHERE key = ?').get(key)?.['octets'];
  });
  return octets as Uint8Array;
}

function putEntry(file: string, key: string, octets: Uint8Array): void {
  edit(file, (database) => {
    database.prepare('INSERT OR REPLACE INTO entries (key, octets) VALUES (?, ?)').run(key, octets);
  });
}

describe('a record in a file that somebody has written to', () => {
  test('is damaged when any octet is another one, and only that key is', async () => {
    const vault = await open();
    await create(vault, 'a');
    await create(vault, 'b');
    const good = entryOf(vault.file, 'key/a');
    for (const at of [0, 3, 4, 20, 35, 36, 60, good.length - 1]) {
      const bad = Uint8Array.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      putEntry(vault.file, 'key/a', bad);
      await expect(read(vault, 'a')).rejects.toEqual(damaged);
    }
    for (const bad of [good.subarray(0, 20), good.subarray(0, -1), new Uint8Array(0)]) {
      putEntry(vault.file, 'key/a', bad);
      await expect(read(vault, 'a')).rejects.toEqual(damaged);
    }
    await expect(rotate(vault, 'a')).rejects.toEqual(damaged);
    await expect(remove(vault, 'a')).rejects.toEqual(damaged);
    await expect(create(vault, 'a')).rejects.toEqual(damaged);
    const list = await there(createKeyMethods(vault.vault).list)({ maxPageSize: 10 }, testCall());
    expect(list.items.map(({ name, intact }) => [name, intact])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    await expect(read(vault, 'b')).resolves.toMatchObject({ intact: true });
    putEntry(vault.file, 'key/a', good);
    await expect(read(vault, 'a')).resolves.toMatchObject({ intact: true });
    await vault.close();
  });

  test('is damaged when it is that of another key', async () => {
    const vault = await open();
    await create(vault, 'a');
    await create(vault, 'b');
    const [a, b] = [entryOf(vault.file, 'key/a'), entryOf(vault.file, 'key/b')];
    putEntry(vault.file, 'key/a', b);
    putEntry(vault.file, 'key/b', a);
    await expect(read(vault, 'a')).rejects.toEqual(damaged);
    await expect(read(vault, 'b')).rejects.toEqual(damaged);
    putEntry(vault.file, 'key/c', a);
    await expect(read(vault, 'c')).rejects.toEqual(damaged);
    await vault.close();
  });

  test.each<[string, (vault: Opened) => Promise<unknown>]>([
    ['a rotation', (vault) => rotate(vault, 'a')],
    ['a deletion', (vault) => remove(vault, 'a')],
    [
      'a disabling',
      async (vault) => {
        const { read: readKey, update } = createKeyMethods(vault.vault);
        const { version } = await there(readKey)({ name: 'a' }, testCall());
        await there(update)({ name: 'a', version, changes: { enabled: false } }, testCall());
      },
    ],
  ])('is refused when it is the one from before %s, in this process and in the next', async (_, change) => {
    const vault = await open();
    await create(vault, 'a');
    const older = entryOf(vault.file, 'key/a');
    await change(vault);
    const newer = entryOf(vault.file, 'key/a');
    putEntry(vault.file, 'key/a', older);
    await expect(read(vault, 'a')).rejects.toEqual(damaged);
    await vault.close();
    const next = await open(vault.namespace);
    await expect(read(next, 'a')).rejects.toEqual(damaged);
    putEntry(vault.file, 'key/a', newer);
    await next.close();
  });

  test('is missed when it was removed: the name is not free, though nothing is said of it', async () => {
    const vault = await open();
    await create(vault, 'a');
    const good = entryOf(vault.file, 'key/a');
    edit(vault.file, (database) => database.exec("DELETE FROM entries WHERE key = 'key/a'"));
    await expect(read(vault, 'a')).rejects.toEqual(damaged);
    await vault.close();
    const next = await open(vault.namespace);
    await expect(read(next, 'a')).rejects.toEqual(damaged);
    await expect(read(next, 'b')).rejects.toEqual(missing);
    putEntry(vault.file, 'key/a', good);
    await expect(read(next, 'a')).resolves.toMatchObject({ name: 'a' });
    await next.close();
  });
});

test('the records of one namespace say nothing in another', async () => {
  const one = await open();
  const other = await open();
  await create(one, 'a');
  putEntry(other.file, 'key/a', entryOf(one.file, 'key/a'));
  await expect(read(other, 'a')).rejects.toEqual(damaged);
  await one.close();
  await other.close();
});

test('a file of another token is refused at opening', async () => {
  const vault = await open();
  await create(vault, 'a');
  await vault.close();
  const opening = testVault({ namespace: freshNamespace(), records: { file: vault.file } });
  await expect(opening).rejects.toEqual(damaged);
});

test('a public key that somebody has put in the place of another is not believed', async () => {
  const vault = await open();
  const { token } = vault.vault;
  const made = await there(createKeyMethods(vault.vault).create)(pair('a'), testCall());
  await there(createKeyMethods(vault.vault).create)(pair('b'), testCall());
  const objects = await token.run(
    'findAndRead',
    { template: { class: 2 }, attributes: ['label', 'id'] },
    testCall(),
  );
  const find = (name: string): (typeof objects)[number] | undefined =>
    objects.find(({ attributes }) => attributes.label?.startsWith(`${vault.namespace}/${name}/`));
  const [a, b] = [find('a'), find('b')];
  await token.run('destroy', { object: { handle: a?.handle ?? 0n } }, testCall());
  await token.run(
    'copy',
    { object: { handle: b?.handle ?? 0n }, template: { id: a?.attributes.id } },
    testCall(),
  );
  await vault.close();
  const next = await open(vault.namespace);
  const found = await there(createKeyMethods(next.vault).read)({ name: 'a' }, testCall());
  expect(found).toMatchObject({ version: made.version, intact: false, publicKeyAuthentic: false });
  expect(found.publicKey).toBeUndefined();
  await next.close();
});

test('a version whose key is gone from the token is not intact', async () => {
  const vault = await open();
  await create(vault, 'a');
  const { token } = vault.vault;
  const keys = await token.run('findAndRead', { template: { class: 4 }, attributes: ['label'] }, testCall());
  const key = keys.find(({ attributes }) => attributes.label?.startsWith(`${vault.namespace}/a/`));
  await token.run('destroy', { object: { handle: key?.handle ?? 0n } }, testCall());
  await vault.close();
  const next = await open(vault.namespace);
  await expect(read(next, 'a')).resolves.toMatchObject({ intact: false });
  await next.close();
});
