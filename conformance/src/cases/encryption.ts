import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import { encryptionRows, idOf } from '../algorithm-ids.ts';
import type { Case } from '../case.ts';
import {
  checkOpens,
  checkParts,
  clientsFor,
  encryptionKey,
  encryptionName,
  makeEncryptionKey,
  makeTwoEncryptionVersions,
  plaintext,
} from '../encrypt-with.ts';
import { checkResult } from '../sign-with.ts';
import { encryptOutside } from '../outside/encryption.ts';
import { refused } from '../expect.ts';

const ofTheContract = encryptionRows.filter(({ mode }) => mode !== 'provider');

const opensOutside = ofTheContract.map((row): Case => ({
  id: `encrypt/${idOf(row)}/decrypts-outside`,
  title: `${row.name}: what is encrypted here, or at the vault, decrypts outside`,
  requires: [encryptionKey(row), { operation: 'encrypt', algorithm: row.name }],
  async run(context) {
    const key = await makeEncryptionKey(context, row);
    for (const client of await clientsFor(context, row, key)) {
      const sealed = await client.encrypt(encryptionName(row), plaintext);
      checkResult(sealed, row, key);
      checkParts(row, sealed);
      await checkOpens(context, row, key, sealed, plaintext);
    }
  },
}));

const fromOutside = ofTheContract.map((row): Case => ({
  id: `decrypt/${idOf(row)}/outside-ciphertext-decrypts`,
  title: `${row.name}: what was encrypted outside decrypts at the vault`,
  requires: [encryptionKey(row), { operation: 'decrypt', algorithm: row.name }],
  async run(context) {
    const key = await makeEncryptionKey(context, row);
    if (key.privateKey === undefined) throw new Error('An imported key has its private JWK');
    const { ciphertext, ...binding } = encryptOutside(row, key.privateKey, plaintext);
    const client = await context.manager.getCryptographyClient(key.name);
    const opened = await client.decrypt(encryptionName(row), ciphertext, binding);
    checkResult(opened, row, key);
    equal(opened.execution, 'remote', 'only the vault can decrypt');
    deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext));
  },
}));

const roundTrips = encryptionRows.map((row): Case => ({
  id: `encrypt/${idOf(row)}/round-trip`,
  title: `${row.name}: decrypts what it encrypted, twice never to the same octets`,
  requires: [
    encryptionKey(row),
    { operation: 'encrypt', algorithm: row.name },
    { operation: 'decrypt', algorithm: row.name },
  ],
  async run(context) {
    const key = await makeEncryptionKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    const first = await client.encrypt(encryptionName(row), plaintext);
    const second = await client.encrypt(encryptionName(row), plaintext);
    notDeepEqual(first.ciphertext, second.ciphertext, 'the same plaintext encrypts to different octets');
    if (row.ivLength !== undefined) notDeepEqual(first.iv, second.iv, 'the IV is fresh');
    for (const { ciphertext, iv, authenticationTag } of [first, second]) {
      const opened = await client.decrypt(encryptionName(row), ciphertext, { iv, authenticationTag });
      deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext));
    }
    ok(
      client.algorithms('encrypt').includes(row.name) && client.algorithms('decrypt').includes(row.name),
      'offered',
    );
    deepEqual(client.algorithms('sign'), [], 'an encryption key signs nothing');
  },
}));

const pinned = encryptionRows.map((row): Case => ({
  id: `decrypt/${idOf(row)}/version-pinned`,
  title: `${row.name}: an older version still opens what it sealed when a newer one is current`,
  requires: [
    encryptionKey(row),
    { operation: 'encrypt', algorithm: row.name },
    { operation: 'decrypt', algorithm: row.name },
  ],
  async run(context) {
    const { first, atFirst, makeSecond } = await makeTwoEncryptionVersions(context, row);
    const old = await context.manager.getCryptographyClient(first.name, atFirst);
    const { ciphertext, iv, authenticationTag } = await old.encrypt(encryptionName(row), plaintext);
    const second = await makeSecond();
    const current = await context.manager.getCryptographyClient(first.name);
    equal(current.version, second.version, 'a new client takes the newer version');
    const sealed = await current.encrypt(encryptionName(row), plaintext);
    equal(sealed.id, second.managed.id);
    if (row.mode !== 'provider') await checkOpens(context, row, second, sealed, plaintext);
    const again = await context.manager.getCryptographyClient(first.name, { version: first.version });
    for (const client of [old, again]) {
      const opened = await client.decrypt(encryptionName(row), ciphertext, { iv, authenticationTag });
      deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext));
    }
  },
}));

const tooLong = encryptionRows
  .filter(({ family }) => family === 'RSA')
  .map((row): Case => ({
    id: `encrypt/${idOf(row)}/too-long-refused`,
    title: `${row.name}: takes as much as the modulus holds, and refuses one octet more before the vault`,
    requires: [encryptionKey(row), { operation: 'encrypt', algorithm: row.name }],
    async run(context) {
      const key = await makeEncryptionKey(context, row);
      const most = row.mode === 'pkcs1' ? 245 : 256 - 2 - 2 * (row.hash === 'sha1' ? 20 : 32);
      for (const client of await clientsFor(context, row, key)) {
        const sealed = await client.encrypt(encryptionName(row), new Uint8Array(most).fill(9));
        await checkOpens(context, row, key, sealed, new Uint8Array(most).fill(9));
        context.calls.clear();
        await refused(client.encrypt(encryptionName(row), new Uint8Array(most + 1)), 'ERR_INVALID_ARGUMENT');
        equal(context.calls.count('cryptography'), 0, 'refused before any request');
      }
    },
  }));

/** Encrypting and decrypting, with every algorithm. */
export const encryptionCases: readonly Case[] = [
  ...opensOutside,
  ...fromOutside,
  ...roundTrips,
  ...pinned,
  ...tooLong,
];
