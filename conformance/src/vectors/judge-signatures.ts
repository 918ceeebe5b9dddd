import { createHash } from 'node:crypto';
import type { AlgorithmName, CryptographyClient, SignatureAlgorithm } from '@keyway/core';
import { curves, derToP1363, findAlgorithm, jwkFromSpki } from '@keyway/core/driver';
import type { SignatureAlgorithmRow } from '@keyway/core/driver';
import type { GroupJudge, Judge, Verdict } from './judge-vectors.ts';
import { openPublicKeyClient } from './public-key-client.ts';
import type { Vector, VectorGroup } from './read-wycheproof.ts';
import { octets, unlessRefused } from './vault-keys.ts';

type DigestAlgorithm = Parameters<CryptographyClient['verify']>[0];

/** The row of a signature algorithm. */
export function signatureRow(algorithm: AlgorithmName): SignatureAlgorithmRow {
  const row = findAlgorithm(algorithm);
  if (row?.kind !== 'signature') throw new Error(`${algorithm} does not sign`);
  return row;
}

const verdictOf = (valid: boolean): Verdict => (valid ? 'valid' : 'invalid');

/** Verifies over the data and, where the algorithm takes one, over its digest; both must agree. */
async function verifyTwice(
  client: CryptographyClient,
  row: SignatureAlgorithmRow,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<Verdict> {
  const overData = await client.verifyData(row.name as SignatureAlgorithm, data, signature);
  if (row.input === 'data' || row.hash === undefined) return verdictOf(overData.result);
  const digest = createHash(row.hash).update(data).digest();
  const overDigest = await client.verify(row.name as DigestAlgorithm, digest, signature);
  if (overData.result !== overDigest.result) throw new Error(`${row.name}: verify and verifyData disagree`);
  return verdictOf(overData.result);
}

/** The group's public key; nothing where the contract refuses it. */
async function openGroupKey(
  group: VectorGroup,
  algorithm: AlgorithmName,
): Promise<CryptographyClient | undefined> {
  const spki = octets(group.texts, 'publicKeyDer');
  return await unlessRefused(
    Promise.resolve().then(async () => await openPublicKeyClient(jwkFromSpki(spki), algorithm)),
  );
}

/** Whether the exponent is one that the contract does not take. */
export function hasSmallExponent(group: VectorGroup): boolean {
  const exponent = group.key['publicExponent'];
  return exponent !== undefined && BigInt(`0x${exponent}`) < 65_537n;
}

/** Ed25519, RSA and ECDSA in P1363: verified with the public key, in this process. */
export function verifyJudge(algorithm: AlgorithmName): GroupJudge {
  const row = signatureRow(algorithm);
  return async (group): Promise<Judge> => {
    const client = await openGroupKey(group, algorithm);
    if (client === undefined) {
      if (hasSmallExponent(group)) return () => Promise.resolve({ lacks: 'RSA exponent below 65537' });
      return () => Promise.resolve('invalid');
    }
    return async ({ texts }) => await verifyTwice(client, row, octets(texts, 'msg'), octets(texts, 'sig'));
  };
}

/** ECDSA in DER: converted strictly first, as core does for vaults that speak DER. */
export function derJudge(algorithm: AlgorithmName): GroupJudge {
  const row = signatureRow(algorithm);
  const { coordinateLength } = curves[row.curve ?? 'P-256'];
  return async (group): Promise<Judge> => {
    const client = await openGroupKey(group, algorithm);
    if (client === undefined) return () => Promise.resolve('invalid');
    return async ({ texts }) => {
      const signature = derToP1363(octets(texts, 'sig'), coordinateLength);
      if (signature === undefined) return 'invalid';
      const verified = await client.verifyData(
        algorithm as SignatureAlgorithm,
        octets(texts, 'msg'),
        signature,
      );
      return verdictOf(verified.result);
    };
  };
}

/** ML-DSA: a context that is not empty is a parameter that the contract lacks. */
export function mlDsaVerifyJudge(algorithm: AlgorithmName): GroupJudge {
  const verify = verifyJudge(algorithm);
  return async (group) => {
    const judge = await verify(group);
    return async (test) => await (lackOf(test) ?? judge(test));
  };
}

/** The parameter of ML-DSA that a vector needs and the contract lacks. */
export function lackOf({ texts }: Vector): Promise<Verdict> | undefined {
  if (texts['ctx'] !== undefined && texts['ctx'] !== '') return Promise.resolve({ lacks: 'ML-DSA context' });
  if (texts['msg'] === undefined) return Promise.resolve({ lacks: 'ML-DSA signature over an external mu' });
  return undefined;
}
