import type { AlgorithmName, JsonWebKey, SignatureAlgorithm } from '@keyway/core';
import { hasSmallExponent, lackOf } from './judge-signatures.ts';
import type { GroupJudge, Judge, LackingParameter } from './judge-vectors.ts';
import type { VectorGroup } from './read-wycheproof.ts';
import { isSame, mustRefuse, octets, octKey, unlessRefused } from './vault-keys.ts';
import type { VaultKeys } from './vault-keys.ts';

const skipAll =
  (lacks: LackingParameter): Judge =>
  () =>
    Promise.resolve({ lacks });

/** The key members of a vector's JWK, without what it says about their use. */
function keyMembers(jwk: Readonly<Record<string, string>>): JsonWebKey {
  const { kty = '', n, e, d, p, q, dp, dq, qi } = jwk;
  return { kty, n, e, d, p, q, dp, dq, qi };
}

const base64url = (hex: string): string => {
  const octetText = hex.replace(/^(?:00)+/, '');
  return Buffer.from(octetText, 'hex').toString('base64url');
};

/** The private key of a group as a JWK, from its PKCS#1 members where it has no JWK of its own. */
export function rsaKey(group: VectorGroup): JsonWebKey {
  if (group.jwk !== undefined) return keyMembers(group.jwk);
  const of = (member: string): string => base64url(group.key[member] ?? '');
  return {
    kty: 'RSA',
    n: of('modulus'),
    e: of('publicExponent'),
    d: of('privateExponent'),
    p: of('prime1'),
    q: of('prime2'),
    dp: of('exponent1'),
    dq: of('exponent2'),
    qi: of('coefficient'),
  };
}

const byHash: Readonly<Record<string, AlgorithmName>> = {
  'SHA-256': 'RS256',
  'SHA-384': 'RS384',
  'SHA-512': 'RS512',
};

/** RSA PKCS#1 v1.5 made by the vault: the octets must be the published ones. */
export function rsaSignJudge(keys: VaultKeys): GroupJudge {
  return async (group) => {
    const algorithm = byHash[group.texts['sha'] ?? ''];
    if (algorithm === undefined) return skipAll('signature over this hash');
    const opening = keys.client(rsaKey(group), algorithm, ['sign', 'verify']);
    if (hasSmallExponent(group)) {
      await mustRefuse(opening, 'an RSA exponent below 65537');
      return skipAll('RSA exponent below 65537');
    }
    const client = await opening;
    return async ({ texts }) => {
      const { signature } = await client.signData(algorithm as SignatureAlgorithm, octets(texts, 'msg'));
      return isSame(signature, octets(texts, 'sig')) ? 'valid' : 'invalid';
    };
  };
}

/**
 * ML-DSA from a seed. The vault may add randomness of its own (FIPS 204, hedged), so what it makes is compared by
 * verifying; that the seed gives the published key pair is proved by importing both and by the published signature.
 */
export function mlDsaSignJudge(algorithm: AlgorithmName, keys: VaultKeys): GroupJudge {
  return async (group) => {
    const key: JsonWebKey = {
      kty: 'AKP',
      alg: algorithm,
      pub: group.texts['publicKey'] === undefined ? undefined : base64urlOf(group, 'publicKey'),
      priv: base64urlOf(group, 'privateSeed'),
    };
    const client = await unlessRefused(keys.client(key, algorithm, ['sign', 'verify']));
    return async (test) => {
      const lacking = lackOf(test);
      if (lacking !== undefined) return await lacking;
      if (client === undefined) return 'invalid';
      const name = algorithm as SignatureAlgorithm;
      const data = octets(test.texts, 'msg');
      const published = await client.verifyData(name, data, octets(test.texts, 'sig'));
      const made = await client.signData(name, data);
      const verified = await client.verifyData(name, data, made.signature);
      return published.result && verified.result ? 'valid' : 'invalid';
    };
  };
}

function base64urlOf(group: VectorGroup, member: string): string {
  return Buffer.from(octets(group.texts, member)).toString('base64url');
}

const octSizes = new Set([128, 192, 256, 384, 512]);

/** HMAC: made by the vault and compared, then verified by it. */
export function macJudge(algorithm: AlgorithmName, bits: number, keys: VaultKeys): GroupJudge {
  return (group) => {
    if (group.numbers['tagSize'] !== bits) return skipAll('truncated authentication code');
    const size = group.numbers['keySize'] ?? 0;
    const fits = octSizes.has(size) && size >= bits;
    return async ({ texts, result }) => {
      const opening = keys.client(octKey(texts['key'] ?? ''), algorithm, ['sign', 'verify']);
      if (!fits) {
        const using = opening.then((client) =>
          client.signData(algorithm as SignatureAlgorithm, new Uint8Array(0)),
        );
        await mustRefuse(using, `${algorithm} with a key of ${size} bits`);
        return { lacks: 'HMAC key of this size' };
      }
      const client = await opening;
      const data = octets(texts, 'msg');
      const tag = octets(texts, 'tag');
      const { signature } = await client.signData(algorithm as SignatureAlgorithm, data);
      const verified = await client.verifyData(algorithm as SignatureAlgorithm, data, tag);
      if (isSame(signature, tag) !== verified.result)
        throw new Error(`${algorithm}: making and verifying disagree (${result})`);
      return verified.result ? 'valid' : 'invalid';
    };
  };
}
