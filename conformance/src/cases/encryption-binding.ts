import { deepEqual, equal } from 'node:assert/strict';
import type { CryptographyClient, DecryptOptions, EncryptionAlgorithmRow, EncryptResult } from '@keyway/core';
import { encryptionRows, idOf } from '../algorithm-ids.ts';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import {
  changed,
  checkOpens,
  encryptionKey,
  encryptionName,
  makeEncryptionKey,
  plaintext,
} from '../encrypt-with.ts';
import { failure, refused } from '../expect.ts';
import type { MadeKey } from '../make-key.ts';
import { encryptOutside } from '../outside/encryption.ts';
import type { Requirement } from '../requires.ts';

const both = (row: EncryptionAlgorithmRow): readonly Requirement[] => [
  encryptionKey(row),
  { operation: 'encrypt', algorithm: row.name },
  { operation: 'decrypt', algorithm: row.name },
];

const authenticated = encryptionRows.filter(
  ({ mode }) => mode === 'gcm' || mode === 'provider' || mode === 'oaep',
);

const tampered = authenticated.map((row): Case => ({
  id: `decrypt/${idOf(row)}/tampered-refused`,
  title: `${row.name}: a ciphertext with one bit changed anywhere is ERR_INTEGRITY, always in the same words`,
  requires: both(row),
  async run(context) {
    const { client, sealed } = await seal(context, row);
    const { ciphertext, iv, authenticationTag } = sealed;
    const parts = { iv, authenticationTag };
    const messages = new Set<string>();
    const tries: (readonly [Uint8Array, DecryptOptions])[] = [
      ...[0, ciphertext.length >> 1, ciphertext.length - 1].map(
        (at) => [changed(ciphertext, at), parts] as const,
      ),
      [ciphertext.subarray(0, ciphertext.length - 1), parts],
    ];
    if (authenticationTag !== undefined)
      tries.push([ciphertext, { iv, authenticationTag: changed(authenticationTag) }]);
    if (iv !== undefined) tries.push([ciphertext, { authenticationTag, iv: changed(iv) }]);
    for (const [octets, options] of tries) {
      messages.add(
        (await refused(client.decrypt(encryptionName(row), octets, options), 'ERR_INTEGRITY')).message,
      );
    }
    equal(messages.size, 1, 'nothing tells what was wrong');
    await opens(client, row, sealed);
  },
}));

const otherKey = encryptionRows.map((row): Case => ({
  id: `decrypt/${idOf(row)}/other-key-does-not-open`,
  title: `${row.name}: another key does not open it`,
  requires: both(row),
  async run(context) {
    const { client, sealed } = await seal(context, row);
    const other = await makeEncryptionKey(context, row, { index: 1 });
    const stranger = await context.manager.getCryptographyClient(other.name);
    const { ciphertext, iv, authenticationTag } = sealed;
    const running = stranger.decrypt(encryptionName(row), ciphertext, { iv, authenticationTag });
    await opensNot(running, row);
    await opens(client, row, sealed);
  },
}));

const withAad = encryptionRows
  .filter(({ mode }) => mode === 'gcm')
  .map((row): Case => ({
    id: `encrypt/${idOf(row)}/aad-bound`,
    title: `${row.name}: additional authenticated data is bound, in both directions with the outside`,
    requires: both(row),
    async run(context) {
      const aad = new TextEncoder().encode('what it belongs to');
      const { client, key, sealed } = await seal(context, row, { additionalAuthenticatedData: aad });
      await checkOpens(context, row, key, sealed, plaintext, aad);
      const { ciphertext, iv, authenticationTag } = sealed;
      const parts = { iv, authenticationTag };
      for (const wrong of [undefined, new Uint8Array(0), changed(aad)]) {
        const options = { ...parts, additionalAuthenticatedData: wrong };
        await refused(client.decrypt(encryptionName(row), ciphertext, options), 'ERR_INTEGRITY');
      }
      await opens(client, row, sealed, { additionalAuthenticatedData: aad });
      if (key.privateKey === undefined) return;
      const { ciphertext: outside, ...binding } = encryptOutside(row, key.privateKey, plaintext, aad);
      const options = { ...binding, additionalAuthenticatedData: aad };
      const opened = await client.decrypt(encryptionName(row), outside, options);
      deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext));
    },
  }));

const withContext = encryptionRows
  .filter(({ mode }) => mode === 'gcm' || mode === 'provider')
  .map((row): Case => ({
    id: `encrypt/${idOf(row)}/context-bound`,
    title: `${row.name}: opens with the same encryption context only; the order of its members is no part of it`,
    requires: [...both(row), { trait: 'context:any' }],
    async run(context) {
      const bound = { tenant: 'acme', purpose: 'test' };
      const { client, sealed } = await seal(context, row, { context: bound });
      const { ciphertext, iv, authenticationTag } = sealed;
      const wrongs = [
        undefined,
        {},
        { tenant: 'acme' },
        { tenant: 'test', purpose: 'acme' },
        { ...bound, more: 'x' },
      ];
      for (const wrong of wrongs) {
        const options = { iv, authenticationTag, context: wrong };
        await refused(client.decrypt(encryptionName(row), ciphertext, options), 'ERR_INTEGRITY');
      }
      await opens(client, row, sealed, { context: { purpose: 'test', tenant: 'acme' } });
      const empty = await client.encrypt(encryptionName(row), plaintext, { context: {} });
      await opens(client, row, empty);
    },
  }));

const ownIvRefused = encryptionRows
  .filter(({ mode }) => mode === 'gcm')
  .map((row): Case => ({
    id: `encrypt/${idOf(row)}/own-iv-refused`,
    title: `${row.name}: never takes an IV from the caller; a hundred IVs are a hundred different ones`,
    requires: both(row),
    async run(context) {
      const { client } = await seal(context, row);
      context.calls.clear();
      await refused(
        client.encrypt(encryptionName(row), plaintext, { iv: new Uint8Array(12) }),
        'ERR_INVALID_ARGUMENT',
      );
      equal(context.calls.count('cryptography'), 0, 'refused before any request');
      const ivs = new Set<string>();
      for (let count = 0; count < 100; count++) {
        const { iv } = await client.encrypt(encryptionName(row), new Uint8Array(1));
        ivs.add(Buffer.from(iv ?? []).toString('hex'));
      }
      equal(ivs.size, 100, 'no IV came twice');
    },
  }));

const chained = encryptionRows
  .filter(({ mode }) => mode === 'cbc' || mode === 'cbcpad')
  .map((row): Case => ({
    id: `encrypt/${idOf(row)}/iv-and-padding`,
    title: `${row.name}: uses the IV that is given, and ${row.mode === 'cbc' ? 'refuses part of a block' : 'pads part of a block'}`,
    requires: both(row),
    async run(context) {
      const { client, key } = await seal(context, row);
      const iv = new Uint8Array(16).fill(0x42);
      const sealed = await client.encrypt(encryptionName(row), plaintext, { iv });
      deepEqual(Buffer.from(sealed.iv ?? []), Buffer.from(iv));
      await checkOpens(context, row, key, sealed, plaintext);
      await refused(
        client.encrypt(encryptionName(row), plaintext, { iv: new Uint8Array(12) }),
        'ERR_INVALID_ARGUMENT',
      );
      const part = plaintext.subarray(0, 17);
      if (row.mode === 'cbc') {
        await refused(client.encrypt(encryptionName(row), part), 'ERR_INVALID_ARGUMENT');
        return;
      }
      const padded = await client.encrypt(encryptionName(row), part);
      equal(padded.ciphertext.length, 32, 'padded to whole blocks');
      await checkOpens(context, row, key, padded, part);
      const broken = padded.ciphertext.subarray(0, 16);
      await refused(client.decrypt(encryptionName(row), broken, { iv: padded.iv }), 'ERR_INTEGRITY');
    },
  }));

async function seal(
  context: CaseContext,
  row: EncryptionAlgorithmRow,
  binding: {
    readonly context?: Record<string, string>;
    readonly additionalAuthenticatedData?: Uint8Array;
  } = {},
): Promise<{ key: MadeKey; client: CryptographyClient; sealed: EncryptResult }> {
  const key = await makeEncryptionKey(context, row);
  const client = await context.manager.getCryptographyClient(key.name);
  return { key, client, sealed: await client.encrypt(encryptionName(row), plaintext, binding) };
}

async function opens(
  client: CryptographyClient,
  row: EncryptionAlgorithmRow,
  { ciphertext, iv, authenticationTag }: EncryptResult,
  binding: DecryptOptions = {},
): Promise<void> {
  const opened = await client.decrypt(encryptionName(row), ciphertext, { iv, authenticationTag, ...binding });
  deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext), 'the true one opens');
}

/**
 * Without authentication another key may give octets: CBC without padding always, with padding once in 256 times, and
 * RSA1_5 by the implicit rejection that hides padding errors. They are never the plaintext.
 */
async function opensNot(
  running: Promise<{ readonly plaintext: Uint8Array }>,
  row: EncryptionAlgorithmRow,
): Promise<void> {
  const failed = await failure(running);
  if (failed !== undefined || row.mode === 'gcm' || row.mode === 'oaep' || row.mode === 'provider') {
    await refused(running, 'ERR_INTEGRITY');
    return;
  }
  const opened = await running;
  equal(Buffer.from(opened.plaintext).equals(plaintext), false, 'another key does not give the plaintext');
}

/** What a ciphertext is bound to, and what happens where something of it differs. */
export const encryptionBindingCases: readonly Case[] = [
  ...tampered,
  ...otherKey,
  ...withAad,
  ...withContext,
  ...ownIvRefused,
  ...chained,
];
