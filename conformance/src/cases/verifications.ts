import { deepEqual, equal } from 'node:assert/strict';
import type { CryptographyClient, SignatureAlgorithmRow } from '@keyway/core';
import { digestRows, idOf, signatureRows } from '../algorithm-ids.ts';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { importOf, kindFor } from '../key-kinds.ts';
import { changed } from '../encrypt-with.ts';
import { makeSigningKey, digestName, message, signingKey, verifyData, checkResult } from '../sign-with.ts';
import type { MadeKey } from '../make-key.ts';
import { digestOutside, signOutside } from '../outside/signatures.ts';
import type { Requirement } from '../requires.ts';

const imported = (row: SignatureAlgorithmRow): readonly Requirement[] => [
  importOf(kindFor(row)),
  { operation: 'verifyData', algorithm: row.name },
];

/** A key made outside, what it signed outside, and a client for it. */
async function outsideSignature(
  context: CaseContext,
  row: SignatureAlgorithmRow,
  execution: 'local' | 'remote' | 'auto',
): Promise<{ key: MadeKey; client: CryptographyClient; signature: Buffer }> {
  const key = await makeSigningKey(context, row, { origin: 'imported' });
  if (key.privateKey === undefined) throw new Error('An imported key has its private JWK');
  const client = await context.manager.getCryptographyClient(key.name, { execution });
  return { key, client, signature: signOutside(row, key.privateKey, message) };
}

/** Whether the vault itself verifies; where only core does, there is no remote way. */
function remotely(context: CaseContext, row: SignatureAlgorithmRow): boolean {
  return context.capabilities.supports({ operation: 'verifyData', algorithm: row.name }).by === 'driver';
}

const atTheVault = signatureRows.map((row): Case => ({
  id: `verify/${idOf(row)}/outside-signature-verifies-remote`,
  title: `${row.name}: the vault verifies a signature made outside, and refuses one that was changed`,
  requires: [...imported(row), { trait: `remote:verifyData.${row.name}` }],
  async run(context) {
    const { key, client, signature } = await outsideSignature(context, row, 'remote');
    context.calls.clear();
    const result = await verifyData(client, row, message, signature);
    checkResult(result, row, key);
    deepEqual([result.result, result.execution], [true, 'remote']);
    equal(context.calls.count('cryptography.verify'), 1, 'the vault was asked');
    await falseFor(client, row, changed(signature));
    equal((await verifyData(client, row, changed(message), signature)).result, false, 'other data');
  },
}));

const inThisProcess = signatureRows
  .filter(({ local }) => local)
  .map((row): Case => ({
    id: `verify/${idOf(row)}/outside-signature-verifies-local`,
    title: `${row.name}: a signature made outside verifies in this process, without the vault`,
    requires: imported(row),
    async run(context) {
      const { key, client, signature } = await outsideSignature(context, row, 'local');
      context.calls.clear();
      const result = await verifyData(client, row, message, signature);
      checkResult(result, row, key);
      deepEqual([result.result, result.execution], [true, 'local']);
      equal(context.calls.count('cryptography'), 0, 'the vault was not asked');
      await falseFor(client, row, changed(signature));
      equal((await verifyData(client, row, changed(message), signature)).result, false, 'other data');
    },
  }));

const overDigests = digestRows.map((row): Case => ({
  id: `verify/${idOf(row)}/outside-signature-verifies-over-digest`,
  title: `${row.name}: a signature made outside verifies over its digest, wherever that runs`,
  requires: [importOf(kindFor(row)), { operation: 'verify', algorithm: row.name }],
  async run(context) {
    const { key, client, signature } = await outsideSignature(context, row, 'auto');
    const remote = await context.manager.getCryptographyClient(key.name, { execution: 'remote' });
    const digest = digestOutside(row, message);
    const clients = remotely(context, row) ? [client, remote] : [client];
    for (const each of clients) {
      equal(
        (await each.verify(digestName(row), digest, signature)).result,
        true,
        'the digest that was signed',
      );
      equal((await each.verify(digestName(row), changed(digest), signature)).result, false, 'another digest');
      equal(
        (await each.verify(digestName(row), digest, changed(signature))).result,
        false,
        'another signature',
      );
    }
  },
}));

const malformed = signatureRows.map((row): Case => ({
  id: `verify/${idOf(row)}/malformed-is-false`,
  title: `${row.name}: whatever is no signature is false, never an error`,
  requires: [
    signingKey(row),
    { operation: 'signData', algorithm: row.name },
    { operation: 'verifyData', algorithm: row.name },
  ],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const local = await context.manager.getCryptographyClient(key.name);
    const remote = await context.manager.getCryptographyClient(key.name, { execution: 'remote' });
    const { signature } = await local.signData(row.name, message);
    for (const client of remotely(context, row) ? [local, remote] : [local]) {
      equal((await verifyData(client, row, message, signature)).result, true, 'the signature itself');
      for (const bad of nonsense(signature)) await falseFor(client, row, bad);
    }
  },
}));

const ofAnotherKey = signatureRows.map((row): Case => ({
  id: `verify/${idOf(row)}/other-key-is-false`,
  title: `${row.name}: a signature of another key of the same kind is false`,
  requires: imported(row),
  async run(context) {
    const { client, signature } = await outsideSignature(context, row, 'auto');
    const other = await makeSigningKey(context, row, { origin: 'imported', index: 1 });
    for (const execution of remotely(context, row) ? (['auto', 'remote'] as const) : (['auto'] as const)) {
      const stranger = await context.manager.getCryptographyClient(other.name, { execution });
      equal((await verifyData(stranger, row, message, signature)).result, false, `${execution}: another key`);
    }
    equal((await verifyData(client, row, message, signature)).result, true, 'its own key');
  },
}));

async function falseFor(
  client: CryptographyClient,
  row: SignatureAlgorithmRow,
  signature: Uint8Array,
): Promise<void> {
  const { result } = await verifyData(client, row, message, signature);
  equal(result, false, `a signature of ${signature.length} octets that is none`);
}

function nonsense(signature: Uint8Array): readonly Uint8Array[] {
  const longer = new Uint8Array(signature.length + 1);
  longer.set(signature);
  return [
    new Uint8Array(0),
    signature.subarray(0, signature.length - 1),
    longer,
    new Uint8Array(signature.length),
    new Uint8Array(signature.length).fill(0xff),
  ];
}

/** Verifying, with every algorithm, here and at the vault. */
export const verificationCases: readonly Case[] = [
  ...atTheVault,
  ...inThisProcess,
  ...overDigests,
  ...malformed,
  ...ofAnotherKey,
];
