import { deepEqual, equal, ok } from 'node:assert/strict';
import type { EncryptionAlgorithmRow } from '@keyway/core';
import { idOf, wrapRows } from '../algorithm-ids.ts';
import type { Case } from '../case.ts';
import {
  changed,
  checkOpens,
  clientsFor,
  encryptionKey,
  keyToWrap,
  makeEncryptionKey,
  makeTwoEncryptionVersions,
  wrapName,
} from '../encrypt-with.ts';
import { failure, refused } from '../expect.ts';
import { encryptOutside } from '../outside/encryption.ts';
import type { Requirement } from '../requires.ts';
import { checkResult } from '../sign-with.ts';

const both = (row: EncryptionAlgorithmRow): readonly Requirement[] => [
  encryptionKey(row),
  { operation: 'wrapKey', algorithm: row.name },
  { operation: 'unwrapKey', algorithm: row.name },
];

const ofTheContract = wrapRows.filter(({ mode }) => mode !== 'provider');

const opensOutside = ofTheContract.map((row): Case => ({
  id: `wrap/${idOf(row)}/unwraps-outside`,
  title: `${row.name}: a key wrapped here, or at the vault, unwraps outside`,
  requires: both(row),
  async run(context) {
    const key = await makeEncryptionKey(context, row);
    for (const client of await clientsFor(context, row, key)) {
      const wrapped = await client.wrapKey(wrapName(row), keyToWrap);
      checkResult(wrapped, row, key);
      await checkOpens(context, row, key, { ciphertext: wrapped.encryptedKey }, keyToWrap);
    }
  },
}));

const fromOutside = ofTheContract.map((row): Case => ({
  id: `unwrap/${idOf(row)}/outside-wrapped-unwraps`,
  title: `${row.name}: a key wrapped outside unwraps at the vault`,
  requires: both(row),
  async run(context) {
    const key = await makeEncryptionKey(context, row);
    if (key.privateKey === undefined) throw new Error('An imported key has its private JWK');
    const { ciphertext } = encryptOutside(row, key.privateKey, keyToWrap);
    const client = await context.manager.getCryptographyClient(key.name);
    const opened = await client.unwrapKey(wrapName(row), ciphertext);
    checkResult(opened, row, key);
    equal(opened.execution, 'remote', 'only the vault can unwrap');
    deepEqual(Buffer.from(opened.key), Buffer.from(keyToWrap));
  },
}));

const roundTrips = wrapRows.map((row): Case => ({
  id: `wrap/${idOf(row)}/round-trip`,
  title: `${row.name}: unwraps what it wrapped, with the version that wrapped it, and nothing that was changed`,
  requires: both(row),
  async run(context) {
    const { first, atFirst, makeSecond } = await makeTwoEncryptionVersions(context, row);
    const client = await context.manager.getCryptographyClient(first.name, atFirst);
    const { encryptedKey } = await client.wrapKey(wrapName(row), keyToWrap);
    await makeSecond();
    deepEqual(Buffer.from((await client.unwrapKey(wrapName(row), encryptedKey)).key), Buffer.from(keyToWrap));
    for (const at of [0, encryptedKey.length - 1]) {
      await unwrapsNot(client.unwrapKey(wrapName(row), changed(encryptedKey, at)), row);
    }
    await unwrapsNot(client.unwrapKey(wrapName(row), encryptedKey.subarray(0, encryptedKey.length - 8)), row);
    ok(
      client.algorithms('wrapKey').includes(row.name) && client.algorithms('unwrapKey').includes(row.name),
      'offered',
    );
  },
}));

const lengths = wrapRows
  .filter(({ mode }) => mode === 'kw')
  .map((row): Case => ({
    id: `wrap/${idOf(row)}/lengths`,
    title: `${row.name}: wraps multiples of 8 octets from 16 on, and refuses others before the vault`,
    requires: both(row),
    async run(context) {
      const key = await makeEncryptionKey(context, row);
      const client = await context.manager.getCryptographyClient(key.name);
      for (const length of [16, 24, 40, 64]) {
        const octets = new Uint8Array(length).fill(length);
        const { encryptedKey } = await client.wrapKey(wrapName(row), octets);
        equal(encryptedKey.length, length + 8, 'RFC 3394 adds eight octets');
        await checkOpens(context, row, key, { ciphertext: encryptedKey }, octets);
      }
      context.calls.clear();
      for (const length of [0, 8, 15, 17, 31]) {
        await refused(client.wrapKey(wrapName(row), new Uint8Array(length)), 'ERR_INVALID_ARGUMENT');
      }
      equal(context.calls.count('cryptography'), 0, 'refused before any request');
    },
  }));

/** RSA1_5 hides padding errors by giving other octets (implicit rejection); everything else must be refused. */
async function unwrapsNot(
  running: Promise<{ readonly key: Uint8Array }>,
  row: EncryptionAlgorithmRow,
): Promise<void> {
  const failed = await failure(running);
  if (failed !== undefined || row.mode !== 'pkcs1') {
    await refused(running, 'ERR_INTEGRITY');
    return;
  }
  equal(Buffer.from((await running).key).equals(keyToWrap), false, 'a changed one does not give the key');
}

/** Wrapping and unwrapping, with every algorithm. */
export const keyWrapCases: readonly Case[] = [...opensOutside, ...fromOutside, ...roundTrips, ...lengths];
