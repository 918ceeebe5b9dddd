import { deepEqual, equal } from 'node:assert/strict';
import type { SignatureAlgorithm, SignatureAlgorithmRow } from '@keyway/core';
import { digestRows, idOf, signatureRows } from '../algorithm-ids.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyKeyOf, kindOf } from '../key-kinds.ts';
import type { KeyKind } from '../key-kinds.ts';
import { makeKey, shareKey } from '../make-key.ts';
import { digestOutside } from '../outside/signatures.ts';
import { checkSignature, digestName, makeSigningKey, message, signingKey } from '../sign-with.ts';

const wrongLength = digestRows.map((row): Case => ({
  id: `sign/${idOf(row)}/wrong-digest-length-refused`,
  title: `${row.name}: a digest of another length is refused before the vault, one of the right length is signed`,
  requires: [
    signingKey(row),
    { operation: 'sign', algorithm: row.name },
    { operation: 'verify', algorithm: row.name },
  ],
  async run(context) {
    const key = await makeSigningKey(context, row);
    const client = await context.manager.getCryptographyClient(key.name);
    const digest = digestOutside(row, message);
    context.calls.clear();
    for (const length of [0, digest.length - 1, digest.length + 1, 128]) {
      await refused(client.sign(digestName(row), new Uint8Array(length)), 'ERR_INVALID_ARGUMENT');
      await refused(
        client.verify(digestName(row), new Uint8Array(length), new Uint8Array(64)),
        'ERR_INVALID_ARGUMENT',
      );
    }
    equal(context.calls.count('cryptography'), 0, 'refused before any request');
    const { signature } = await client.sign(digestName(row), digest);
    await checkSignature(context, row, key, message, signature);
  },
}));

const dataOnly = signatureRows
  .filter(({ input }) => input === 'data')
  .map((row): Case => ({
    id: `sign/${idOf(row)}/digest-refused`,
    title: `${row.name}: takes data; a digest is refused before the vault`,
    requires: [signingKey(row), { operation: 'signData', algorithm: row.name }],
    async run(context) {
      const key = await makeSigningKey(context, row);
      const client = await context.manager.getCryptographyClient(key.name);
      context.calls.clear();
      const digest = new Uint8Array(32).fill(1);
      await refused(client.sign(digestName(row), digest), 'ERR_INVALID_ARGUMENT');
      await refused(client.verify(digestName(row), digest, new Uint8Array(64)), 'ERR_INVALID_ARGUMENT');
      equal(context.calls.count('cryptography'), 0, 'refused before any request');
      const { signature } = await client.signData(row.name, message);
      await checkSignature(context, row, key, message, signature);
    },
  }));

const misfits = signatureRows.map((row): Case => ({
  id: `sign/${idOf(row)}/wrong-key-refused`,
  title: `${row.name}: a key of another type, curve or size is refused before the vault`,
  requires: [anyKeyOf(misfitOf(row)), signingKey(row), { operation: 'signData', algorithm: row.name }],
  async run(context) {
    const other = await shareKey(context, misfitOf(row), { keyOperations: ['sign', 'verify'] });
    const client = await context.manager.getCryptographyClient(other.name);
    context.calls.clear();
    await refused(client.signData(row.name, message), 'ERR_INVALID_ARGUMENT');
    await refused(client.verifyData(row.name, message, new Uint8Array(64)), 'ERR_INVALID_ARGUMENT');
    equal(context.calls.count('cryptography'), 0, 'refused before any request');
    equal(client.algorithms('signData').includes(row.name), false, 'and it is not offered');
    const fitting = await makeSigningKey(context, row);
    const { signature } = await (
      await context.manager.getCryptographyClient(fitting.name)
    ).signData(row.name, message);
    await checkSignature(context, row, fitting, message, signature);
  },
}));

/** A kind of key as near as can be to what an algorithm needs. */
function misfitOf(row: SignatureAlgorithmRow): KeyKind {
  const near: Readonly<Record<string, string>> = {
    ES256: 'p-256k',
    ES384: 'p-256',
    ES512: 'p-384',
    ES256K: 'p-256',
    HS256: 'oct-128',
    HS384: 'oct-256',
    HS512: 'oct-384',
    'ML-DSA-44': 'ml-dsa-65',
    'ML-DSA-65': 'ml-dsa-87',
    'ML-DSA-87': 'ml-dsa-44',
  };
  return kindOf(near[row.name] ?? 'p-256');
}

const pairs = [
  ['RS256', 'PS256'],
  ['PS256', 'RS256'],
  ['RS256', 'RS384'],
  ['PS384', 'PS512'],
] as const;

const confused = pairs.map(([made, read]): Case => {
  const row = signatureRows.find(({ name }) => name === made);
  if (row === undefined) throw new Error(`No row ${made}`);
  return {
    id: `verify/${idOf(row)}/not-taken-for-${read.toLowerCase()}`,
    title: `A ${made} signature does not verify as ${read}, here or at the vault`,
    requires: [
      signingKey(row),
      { operation: 'signData', algorithm: made },
      { operation: 'verifyData', algorithm: read },
    ],
    async run(context) {
      const key = await makeSigningKey(context, row);
      const client = await context.manager.getCryptographyClient(key.name);
      const { signature } = await client.signData(made, message);
      await checkSignature(context, row, key, message, signature);
      const verdicts = [];
      for (const execution of ['auto', 'remote'] as const) {
        const reader = await context.manager.getCryptographyClient(key.name, { execution });
        verdicts.push((await reader.verifyData(read, message, signature)).result);
        verdicts.push((await reader.verifyData(made, message, signature)).result);
      }
      deepEqual(verdicts, [false, true, false, true]);
    },
  };
});

const olderName: Case = {
  id: 'sign/ed25519/eddsa-is-its-older-name',
  title: 'EdDSA is accepted for Ed25519, and results give the new name',
  requires: [anyKeyOf(kindOf('ed25519')), { operation: 'signData', algorithm: 'Ed25519' }],
  async run(context) {
    const key = await makeKey(context, kindOf('ed25519'));
    const client = await context.manager.getCryptographyClient(key.name);
    const older: SignatureAlgorithm = 'EdDSA';
    const { signature, algorithm } = await client.signData(older, message);
    equal(algorithm, 'Ed25519');
    const row = signatureRows.find(({ name }) => name === 'Ed25519');
    if (row !== undefined) await checkSignature(context, row, key, message, signature);
    equal((await client.verifyData(older, message, signature)).result, true);
  },
};

/** What must be refused or be false: digests, keys and algorithms that do not go together. */
export const signatureMisuseCases: readonly Case[] = [
  ...wrongLength,
  ...dataOnly,
  ...misfits,
  ...confused,
  olderName,
];
