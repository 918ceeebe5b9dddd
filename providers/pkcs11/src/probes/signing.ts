import { randomBytes } from 'node:crypto';
import { curves, freshOctets, verifyDataWith } from '@keyway/core/driver';
import type { SignatureAlgorithmRow, KeyCurveName } from '@keyway/core/driver';
import { signatureRows, signedOctets, signingWays } from '../algorithms.ts';
import type { SigningWay } from '../algorithms.ts';
import { ckm } from '../mechanisms.ts';
import { digestOf } from './probe-keys.ts';
import type { ProbeKeys } from './probe-keys.ts';
import { isTrouble, right, WrongAnswer } from './probe.ts';
import type { Found, Probe } from './probe.ts';

/** Signs something fresh and lets node:crypto verify it. */
async function trySigning(
  row: SignatureAlgorithmRow,
  way: SigningWay,
  keys: ProbeKeys,
  found: Found,
): Promise<string> {
  const material = row.family === 'RSA' ? 'RSA' : row.curve;
  right(material !== undefined, 'no key for it');
  const pair = await keys.pair(material, found);
  const message = freshOctets(randomBytes(40));
  const data = signedOctets(way, way.input === 'digest' ? digestOf(row.hash ?? 'sha256', message) : message);
  const signature = await keys.token.run(
    'sign',
    { key: { handle: pair.privateKey }, mechanism: way.mechanism, data },
    keys.call,
  );
  right(verifyDataWith(row, pair.publicKey, message, signature), 'its signature does not verify');
  return way.input;
}

/** Tries the ways in which tokens sign one after the other, and tells the first that works. */
async function firstWay(row: SignatureAlgorithmRow, keys: ProbeKeys, found: Found): Promise<string> {
  const listed = keys.token.facts.mechanisms;
  const ways = (signingWays.get(row.name) ?? []).filter(({ mechanism }) => listed.has(mechanism.type));
  let failure: unknown = new WrongAnswer('it lists none of the mechanisms');
  for (const way of ways) {
    try {
      return await trySigning(row, way, keys, found);
    } catch (error) {
      if (isTrouble(error)) throw error;
      failure = error;
      keys.drop();
    }
  }
  throw failure;
}

function probeOf(row: SignatureAlgorithmRow): Probe {
  const ways = signingWays.get(row.name) ?? [];
  const needs = row.family === 'RSA' ? 'make RSA' : (`make ${row.curve as KeyCurveName}` as const);
  return {
    name: `sign ${row.name}`,
    mechanisms: [],
    anyOf: ways.map(({ mechanism }) => mechanism.type),
    needs: [needs],
    run: (keys, found) => firstWay(row, keys, found),
  };
}

/** Signatures with RSA, ECDSA and Ed25519. */
export const signingProbes: readonly Probe[] = signatureRows
  .filter(({ family }) => family === 'RSA' || family === 'EC' || family === 'OKP')
  .map(probeOf);

/** Pairs on the curves of the contract. A token may take Ed25519 under its OID, under its name, or not at all. */
export const curveProbes: readonly Probe[] = Object.values(curves).map(({ name, family }) => ({
  name: `make ${name}`,
  mechanisms: [family === 'EC' ? ckm.ecKeyPairGen : ckm.ecEdwardsKeyPairGen],
  async run(keys) {
    if (name !== 'Ed25519') {
      await keys.pair(name, {});
      return undefined;
    }
    try {
      await keys.pair(name, { 'make Ed25519': { works: true, form: 'oid' } });
      return 'oid';
    } catch (error) {
      if (isTrouble(error)) throw error;
      keys.drop();
      await keys.pair(name, { 'make Ed25519': { works: true, form: 'name' } });
      return 'name';
    }
  },
}));
