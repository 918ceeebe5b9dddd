import { describe, expect, test } from 'vitest';
import type { KeyRecord, KeySummary } from '@keyway/core/driver';
import { createDeletionMethods } from '../src/deletion.ts';
import { flowRows } from '../src/flow-table.ts';
import { createKeyMethods } from '../src/keys.ts';
import { purgeDue } from '../src/maintenance.ts';
import { createRotationMethods } from '../src/rotation.ts';
import type { Pkcs11Vault } from '../src/vault.ts';
import { createSettings } from '../src/vault-settings.ts';
import { there } from './acts.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import { recordsIn } from './record-places.ts';
import { pair, testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';

const refused = (code: string): unknown => expect.objectContaining({ code });
const secret = (name: string): ReturnType<typeof pair> =>
  pair(name, { keyType: 'oct', curve: undefined, size: 256 });
const day = 86_400;

function methodsOf(vault: Pkcs11Vault): {
  keys: ReturnType<typeof createKeyMethods>;
  deletion: ReturnType<typeof createDeletionMethods>;
  rotation: ReturnType<typeof createRotationMethods>;
} {
  return {
    keys: createKeyMethods(vault),
    deletion: createDeletionMethods(vault),
    rotation: createRotationMethods(vault),
  };
}

describe.each(['token', 'file'] as const)('keys with records on the %s', (kind) => {
  test('are as they were when the vault is opened again', async () => {
    const namespace = freshNamespace();
    const place = { namespace, records: recordsIn(kind, namespace) };
    const first = await testVault(place);
    const { keys, rotation } = methodsOf(first.vault);
    const request = pair('k', {
      tags: { a: 'b' },
      notBefore: 5,
      expiresOn: 4_000_000_000,
      algorithm: 'ES256',
    });
    await there(keys.create)(request, testCall());
    const policy = {
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P90D' }],
      expiresIn: 'P1Y',
    } as const;
    await there(rotation.writePolicy)({ name: 'k', policy }, testCall());
    const call = testCall();
    const rotated = await there(rotation.rotate)({ name: 'k' }, call);
    expect(rotated).toMatchObject({
      tags: { a: 'b' },
      algorithms: ['ES256'],
      expiresOn: call.now + 365 * day,
    });
    await there(keys.update)(
      { name: 'k', version: rotated.version, changes: { tags: {}, expiresOn: null } },
      testCall(),
    );
    const versionsOf = async (vault: Pkcs11Vault): Promise<readonly KeySummary[]> =>
      (await there(methodsOf(vault).keys.versions)({ name: 'k', maxPageSize: 10 }, testCall())).items;
    const readAll = async (vault: Pkcs11Vault): Promise<readonly KeyRecord[]> =>
      Promise.all(
        (await versionsOf(vault)).map(({ version }) =>
          there(methodsOf(vault).keys.read)({ name: 'k', version }, testCall()),
        ),
      );
    const before = await readAll(first.vault);
    expect(before.map(({ intact, publicKeyAuthentic }) => [intact, publicKeyAuthentic])).toEqual([
      [true, true],
      [true, true],
    ]);
    await first.close();
    const next = await testVault(place);
    expect(await readAll(next.vault)).toEqual(before);
    expect(await there(methodsOf(next.vault).rotation.readPolicy)({ name: 'k' }, testCall())).toMatchObject(
      policy,
    );
    await next.close();
    await cleanUp(next.vault);
  });

  test('are made once by a request id, and only by their own kind', async () => {
    const namespace = freshNamespace();
    const { vault, close } = await testVault({ namespace, records: recordsIn(kind, namespace) });
    const { keys, rotation } = methodsOf(vault);
    const call = testCall();
    const made = await there(keys.create)(secret('k'), call);
    expect(await there(keys.create)(secret('k'), call)).toEqual(made);
    const turn = testCall();
    const rotated = await there(rotation.rotate)({ name: 'k' }, turn);
    expect(await there(rotation.rotate)({ name: 'k' }, turn)).toEqual(rotated);
    expect(await there(keys.create)(secret('k'), call)).toEqual(made);
    await expect(there(keys.create)(pair('k'), testCall())).rejects.toEqual(refused('ERR_CONFLICT'));
    const other = { ...secret('k'), keyOperations: ['encrypt', 'decrypt'] as const };
    await expect(there(keys.create)(other, testCall())).rejects.toEqual(refused('ERR_CONFLICT'));
    const dump = await dumpOf(vault, 'k');
    expectWhole(dump);
    expect(dump.versions).toHaveLength(2);
    await close();
    await cleanUp(vault);
  });

  test('that are deleted are gone when their time has come, and their name is free', async () => {
    const namespace = freshNamespace();
    const settings = createSettings({ retentionDays: 7, purgeProtection: true });
    const { vault, close } = await testVault({ namespace, settings, records: recordsIn(kind, namespace) });
    const { keys, deletion } = methodsOf(vault);
    for (const name of ['a', 'b']) await there(keys.create)(secret(name), testCall());
    const call = testCall();
    const due = call.now + 7 * day;
    expect(await there(deletion.delete)({ name: 'a' }, call)).toMatchObject({ scheduledPurgeDate: due });
    await there(deletion.delete)({ name: 'b' }, call);
    await expect(there(keys.create)(secret('a'), call)).rejects.toEqual(refused('ERR_KEY_DELETED'));
    await expect(there(deletion.delete)({ name: 'a' }, call)).rejects.toEqual(refused('ERR_KEY_NOT_FOUND'));
    await expect(there(deletion.purge)({ name: 'a' }, call)).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', earliest: new Date(due * 1000) }),
    );
    const later = testCall({ now: due });
    await expect(there(deletion.readDeleted)({ name: 'a' }, later)).rejects.toEqual(
      refused('ERR_KEY_NOT_FOUND'),
    );
    await expect(there(deletion.recover)({ name: 'a', allowPartial: false }, later)).rejects.toEqual(
      refused('ERR_KEY_NOT_FOUND'),
    );
    expect(
      (await there(deletion.listDeleted)({ maxPageSize: 5 }, call)).items.map(({ key }) => key.name),
    ).toEqual(['a', 'b']);
    expect((await there(deletion.listDeleted)({ maxPageSize: 5 }, later)).items).toEqual([]);
    await there(keys.create)(secret('a'), later);
    expect(await purgeDue(vault, later)).toEqual(['b']);
    expect((await dumpOf(vault, 'b')).state).toBe('none');
    expect((await dumpOf(vault, 'a')).versions).toHaveLength(1);
    expectWhole(await dumpOf(vault, 'a'));
    await close();
    await cleanUp(vault);
  });

  test('are listed in the order of their names, each once, page by page', async () => {
    const namespace = freshNamespace();
    const { vault, close } = await testVault({ namespace, records: recordsIn(kind, namespace) });
    const { keys, deletion } = methodsOf(vault);
    const [template] = [await there(keys.create)(secret('model'), testCall())];
    const model = await vault.records.read('model', testCall());
    const count = kind === 'file' ? 1000 : 60;
    const names = Array.from({ length: count }, (_, index) => `n${String(index).padStart(4, '0')}`);
    for (const name of names) {
      // Listing asks nothing of the objects.
      const versions = (model?.document.versions ?? []).map((each) => ({
        ...each,
        version: template?.version ?? '',
      }));
      await vault.records.write({ name, versions }, undefined, testCall());
    }
    await there(deletion.delete)({ name: 'n0003' }, testCall());
    const found: string[] = [];
    let next: string | undefined;
    do {
      const page = await there(keys.list)({ maxPageSize: 25, next }, testCall());
      expect(page.items.length).toBeLessThanOrEqual(25);
      found.push(...page.items.filter(({ ownership }) => ownership === 'own').map(({ name }) => name));
      next = page.next;
    } while (next !== undefined);
    expect(found).toEqual(['model', ...names.filter((name) => name !== 'n0003')]);
    await close();
    await cleanUp(vault);
  });
});

test('a hardware key is made only where somebody has said that the token is hardware', async () => {
  const { vault, close } = await testVault();
  const request = pair('k', { keyType: 'EC-HSM' });
  await expect(there(createKeyMethods(vault).create)(request, testCall())).rejects.toEqual(
    refused('ERR_UNSUPPORTED'),
  );
  await close();
  const asserted = await testVault({ hardware: true });
  const made = await there(createKeyMethods(asserted.vault).create)(request, testCall());
  expect(made).toMatchObject({ keyType: 'EC-HSM', hardwareProtected: true });
  await asserted.close();
});

test.each([
  ['of ML-DSA', { keyType: 'AKP', curve: undefined, algorithm: 'ML-DSA-44' }],
  [
    'that signs and encrypts',
    { keyType: 'RSA', curve: undefined, size: 2048, keyOperations: ['sign', 'encrypt'] },
  ],
] as const)('a key %s is refused before the token is asked', async (_, values) => {
  const { vault, close } = await testVault();
  const { create } = createKeyMethods(vault);
  await expect(there(create)(pair('k', values), testCall())).rejects.toEqual(refused('ERR_UNSUPPORTED'));
  await close();
});

test('every flow begins with an intent, but for the adoption, which leaves nothing behind that others would not overrule', () => {
  expect(flowRows.map(({ flow, steps }) => [flow, steps])).toEqual([
    ['make-version', ['intent', 'objects', 'document', 'reconcile', 'forget']],
    ['change', ['intent', 'document', 'reconcile', 'forget']],
    ['purge', ['intent', 'document', 'destroy', 'forget']],
    ['adopt', ['claim', 'document']],
  ]);
});
