import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import type { SignatureAlgorithmRow } from '@keyway/core';
import { digestRows, idOf, signatureRows } from '../algorithm-ids.ts';
import type { Case } from '../case.ts';
import { digestOutside } from '../outside/signatures.ts';
import {
  checkResult,
  checkSignature,
  digestName,
  makeSigningKey,
  makeTwoSigningVersions,
  message,
  signingKey,
} from '../sign-with.ts';

const overData = signatureRows.map((row): Case => ({
  id: `sign/${idOf(row)}/data-verified-outside`,
  title: `${row.name}: a signature over data verifies outside the vault`,
  requires: [signingKey(row), { operation: 'signData', algorithm: row.name }],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    const result = await client.signData(row.name, message);
    checkResult(result, row, key);
    equal(result.execution, 'remote', 'only the vault can sign');
    await checkSignature(context, row, key, message, result.signature);
    const empty = await client.signData(row.name, new Uint8Array(0));
    await checkSignature(context, row, key, new Uint8Array(0), empty.signature);
  },
}));

const overDigests = digestRows.map((row): Case => ({
  id: `sign/${idOf(row)}/digest-verified-outside`,
  title: `${row.name}: a signature over a digest verifies outside as one over the data`,
  requires: [signingKey(row), { operation: 'sign', algorithm: row.name }],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    const result = await client.sign(digestName(row), digestOutside(row, message));
    checkResult(result, row, key);
    equal(result.execution, 'remote', 'only the vault can sign');
    await checkSignature(context, row, key, message, result.signature);
  },
}));

const inChunks = digestRows.map((row): Case => ({
  id: `sign/${idOf(row)}/chunks-verified-outside`,
  title: `${row.name}: data in chunks is signed as a whole`,
  requires: [signingKey(row), { operation: 'signData', algorithm: row.name }],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    const parts = [message.subarray(0, 7), new Uint8Array(0), message.subarray(7)];
    const result = await client.signData(digestName(row), parts);
    await checkSignature(context, row, key, message, result.signature);
    const arriving = await client.signData(digestName(row), oneByOne(parts));
    await checkSignature(context, row, key, message, arriving.signature);
  },
}));

const pinned = signatureRows.map((row): Case => ({
  id: `sign/${idOf(row)}/version-pinned`,
  title: `${row.name}: a client signs with the version it was made for, also when a newer one is current`,
  requires: [signingKey(row), { operation: 'signData', algorithm: row.name }],
  async run(context) {
    const { first, atFirst, makeSecond } = await makeTwoSigningVersions(context, row);
    const pinnedClient = await context.manager.getCryptographyClient(first.name, atFirst);
    const second = await makeSecond();
    notEqual(second.version, first.version, 'the second version has its own id');
    const old = await pinnedClient.signData(row.name, message);
    equal(old.id, first.managed.id);
    await checkSignature(context, row, first, message, old.signature);
    const current = await (
      await context.manager.getCryptographyClient(first.name)
    ).signData(row.name, message);
    equal(current.id, second.managed.id);
    await checkSignature(context, row, second, message, current.signature);
    const named = await context.manager.getCryptographyClient(first.name, { version: first.version });
    equal(named.version, first.version);
    await checkSignature(context, row, first, message, (await named.signData(row.name, message)).signature);
  },
}));

const offered = signatureRows.map((row): Case => ({
  id: `sign/${idOf(row)}/offered-by-the-client`,
  title: `${row.name}: a client offers it for a key that can serve it, and for no other operation`,
  requires: [signingKey(row), { operation: 'signData', algorithm: row.name }],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    ok(client.algorithms('signData').includes(row.name), `${row.name} is offered`);
    deepEqual(client.algorithms('encrypt'), [], 'a signing key encrypts nothing');
    equal(
      client.algorithms('sign').includes(row.name),
      row.input === 'digest' && digestDeclared(context, row),
    );
  },
}));

function digestDeclared(context: Parameters<Case['run']>[0], row: SignatureAlgorithmRow): boolean {
  return context.capabilities.supports({ operation: 'sign', algorithm: row.name }).support !== 'unsupported';
}

async function* oneByOne(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** Signing, with every algorithm. */
export const signatureCases: readonly Case[] = [
  ...overData,
  ...overDigests,
  ...inChunks,
  ...pinned,
  ...offered,
];
