import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { createDeletionMethods } from '../src/deletion.ts';
import { diagnose } from '../src/doctor.ts';
import { versionOfId } from '../src/object-id.ts';
import { createRecordSeal } from '../src/records/record-seal.ts';
import { sweep } from '../src/sweep.ts';
import { adopt, create, createPair, disable, purge, putForeign, remove, rotate, there } from './acts.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import type { DoctorVault } from './doctor-vault.ts';
import { testCall } from './test-call.ts';
import { freshNamespace } from './test-vault.ts';
import { closeTokens, libraries } from './token-of.ts';

afterAll(closeTokens);

const { CKA_CLASS, CKA_LABEL, CKA_VALUE, CKO_DATA } = pkcs11js;

/** Changes an entry of the vault's records by hand; undefined removes it. */
function edit(opened: DoctorVault, key: string, change: (octets: Buffer) => Buffer | undefined): void {
  const { bare, file, namespace } = opened;
  if (file === undefined) {
    const template = { [CKA_CLASS]: CKO_DATA, [CKA_LABEL]: `${namespace}/${key}` };
    const object = bare.one(template);
    const value = change(Buffer.from(bare.read(object, CKA_VALUE) ?? []));
    bare.destroy(object);
    if (value !== undefined) putData(opened, key, value);
    return;
  }
  const database = new DatabaseSync(file);
  const found = database.prepare('SELECT octets FROM entries WHERE key = ?').get(key)?.['octets'];
  const value = change(Buffer.from(found as Uint8Array));
  if (value === undefined) database.prepare('DELETE FROM entries WHERE key = ?').run(key);
  else database.prepare('UPDATE entries SET octets = ? WHERE key = ?').run(value, key);
  database.close();
}

/** Puts a data object on the token as the library would. */
function putData({ bare, namespace }: DoctorVault, key: string, value: Buffer): void {
  bare.create({
    [CKA_CLASS]: CKO_DATA,
    [pkcs11js.CKA_TOKEN]: true,
    [pkcs11js.CKA_PRIVATE]: true,
    [pkcs11js.CKA_APPLICATION]: 'keyway',
    [CKA_LABEL]: `${namespace}/${key}`,
    [CKA_VALUE]: value,
  });
}

const flipLast = (octets: Buffer): Buffer => {
  octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1;
  return octets;
};

describe.each(libraries)('on %s', (library) => {
  test('a record that was changed by hand is found, and one that was removed', async () => {
    const opened = await doctorVault(library);
    await createPair(opened.vault, testCall());
    edit(opened, 'key/k', flipLast);
    expect(await opened.examine()).toMatchObject([{ severity: 'error', what: 'record-damaged', name: 'k' }]);
    edit(opened, 'key/k', () => undefined);
    expect(await opened.examine()).toMatchObject([{ severity: 'error', what: 'record-missing', name: 'k' }]);
    await opened.end();
  });

  test('an older record in the place of a newer one is found, in this process and in the next', async () => {
    const opened = await doctorVault(library);
    await create(opened.vault, testCall());
    let older = Buffer.alloc(0);
    edit(opened, 'key/k', (octets) => (older = Buffer.from(octets)));
    await rotate(opened.vault, testCall());
    edit(opened, 'key/k', () => older);
    expect(whats(await opened.examine())).toContain('record-damaged');
    await opened.close();
    const { namespace } = opened;
    const next = await doctorVault(library, { namespace });
    expect(whats(await next.examine())).toEqual(expect.arrayContaining(['orphan', 'record-older']));
    opened.bare.close();
    await next.end();
  });

  test('the announcement of a change that nobody is at is found, also where it was changed by hand', async () => {
    const opened = await doctorVault(library);
    const { intents } = opened.vault;
    const intent = await intents.begin({ flow: 'make-version', name: 'k', versions: ['a'] }, testCall());
    expect(await opened.examine()).toEqual([]);
    intents.leave(intent);
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'intent-left', name: 'k' }]);
    edit(opened, `intent/${intent.id}`, flipLast);
    const [finding, ...more] = await opened.examine();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warning', what: 'record-damaged' });
    expect(finding?.advice).toContain(intent.id);
    await opened.end();
  });

  test('an adoption that stopped, and an adopted key without its mark or with two names, are found', async () => {
    const opened = await doctorVault(library);
    const { vault, namespace, bare } = opened;
    await putForeign(vault, testCall());
    const version = versionOfId(Buffer.from(`external-${namespace}`)) ?? '';
    await vault.claims.claim(version, 'begun', undefined, testCall());
    expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'claim-left', name: 'begun' }]);
    await adopt(vault, testCall());
    expect(await opened.examine()).toEqual([]);
    edit(opened, `adopted/${version}`, flipLast);
    expect(whats(await opened.examine())).toEqual(['claim-missing', 'record-damaged']);
    const stored = await vault.records.read('k', testCall());
    await vault.records.write({ ...there(stored).document, name: 'second' }, undefined, testCall());
    expect(whats(await opened.examine())).toEqual(['claim-doubled', 'claim-doubled', 'record-damaged']);
    bare.destroy(...bare.find({ [CKA_LABEL]: `x-${namespace}` }));
    await opened.end();
  });

  test('a key that is being destroyed by nobody, and one whose time is over, are found', async () => {
    const opened = await doctorVault(library);
    const { records } = opened.vault;
    await create(opened.vault, testCall());
    await there(createDeletionMethods(opened.vault).delete)({ name: 'k' }, testCall());
    const deleted = there(await records.read('k', testCall()));
    const due = { ...deleted.document, scheduledPurgeDate: Math.floor(Date.now() / 1000) - 10 };
    const stored = await records.write(due, deleted, testCall());
    expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'purge-due', name: 'k' }]);
    await records.write({ ...due, purging: true }, stored, testCall());
    expect(await opened.examine()).toMatchObject([{ severity: 'warning', what: 'purge-unfinished' }]);
    await opened.end();
  });

  test('two versions of one number, which writers at once have made, are noted', async () => {
    const opened = await doctorVault(library);
    const { records } = opened.vault;
    await create(opened.vault, testCall());
    await rotate(opened.vault, testCall());
    const stored = there(await records.read('k', testCall()));
    const versions = stored.document.versions
      .map((version) => ({ ...version, sequence: 1 }))
      .toSorted((one, other) => (one.version < other.version ? -1 : 1));
    await records.write({ ...stored.document, versions }, stored, testCall());
    expect(whats(await opened.examine())).toContain('number-doubled');
    await opened.end();
  });
});

describe('records on a token', () => {
  test('that stand there twice are found', async () => {
    const opened = await doctorVault('softhsm2');
    await create(opened.vault, testCall());
    let whole = Buffer.alloc(0);
    edit(opened, 'key/k', (octets) => (whole = Buffer.from(octets)));
    putData(opened, 'key/k', whole);
    expect(await opened.examine()).toMatchObject([
      { severity: 'warning', what: 'record-doubled', label: `${opened.namespace}/key/k` },
    ]);
    await opened.end();
  });

  test('are found by a vault that keeps its own in a file', async () => {
    const namespace = freshNamespace();
    const onToken = await doctorVault('softhsm2', { namespace });
    await create(onToken.vault, testCall());
    const inFile = await doctorVault('softhsm2', { namespace, place: 'file' });
    expect(whats(await inFile.examine())).toEqual(['record-missing', 'records-elsewhere']);
    inFile.bare.close();
    await inFile.close();
    await onToken.end();
  });

  test('are better written by one process: another one that is at work is noted', async () => {
    const opened = await doctorVault('softhsm2');
    const { vault, namespace } = opened;
    const intent = await vault.intents.begin({ flow: 'change', name: 'k', versions: [] }, testCall());
    expect(await opened.examine()).toEqual([]);
    // As a process on another machine would have written it, with the same key.
    const seal = createRecordSeal(namespace, vault.macKeys);
    const key = `intent/${intent.id}`;
    let text = '';
    edit(opened, key, (octets) => {
      text = octets
        .subarray(36)
        .toString()
        .replace(/"host":"[^"]*"/, '"host":"elsewhere"');
      return octets;
    });
    const octets = await seal.seal(key, text, testCall());
    edit(opened, key, () => Buffer.from(octets));
    expect(await opened.examine()).toMatchObject([{ severity: 'note', what: 'several-writers' }]);
    await opened.end();
  });
});

describe('what a process leaves that is killed', () => {
  test.each([
    ['a pair', [], createPair, 15],
    ['a disabling', [create], disable, 12],
    ['a purge', [create, remove], purge, 12],
  ] as const)(
    'at %s is found, and nothing is once it is swept',
    { timeout: 120_000 },
    async (_what, before, act, moments) => {
      const seen = new Set<string>();
      for (let number = 0; number < moments; number++) {
        let reached = 0;
        const opened = await doctorVault('softhsm2');
        for (const each of before) await each(opened.vault, testCall());
        const afterStep = (): void => {
          if (reached++ === number) throw new Error('killed');
        };
        await expect(act({ ...opened.vault, afterStep }, testCall())).rejects.toThrow('killed');
        const found = whats(await diagnose(opened.vault, { probes: false }, testCall()));
        if (found.length > 0) expect(found).toContain('intent-left');
        for (const what of found) seen.add(what);
        await sweep(opened.vault, testCall());
        expect(await diagnose(opened.vault, { probes: false }, testCall())).toEqual([]);
        await opened.end();
      }
      expect(seen).toContain('intent-left');
    },
  );
});
