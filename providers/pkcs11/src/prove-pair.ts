import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { publicKeyFromJwk, verifyDataWith } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import { createHash, timingSafeEqual } from 'node:crypto';
import { curveOfJwk } from './public-attributes.ts';
import { encryptionRow, rsaEncryption, signatureRows, signedOctets, signingWays } from './algorithms.ts';
import type { SigningWay } from './algorithms.ts';
import type { JobCall, ObjectLocator, Token } from './token/token.ts';
import { formOf, works } from './token-features.ts';
import type { TokenFeatures } from './token-features.ts';

type SignatureRow = (typeof signatureRows)[number];

/** How the token signs with an algorithm, by what the probes have found; undefined where it does not. */
export function signingWay(features: TokenFeatures, name: SignatureRow['name']): SigningWay | undefined {
  const form = formOf(features, `sign ${name}`);
  const ways = signingWays.get(name) ?? [];
  if (!works(features, `sign ${name}`)) return undefined;
  return ways.find(({ input }) => input === form) ?? ways.find(({ input }) => input === 'data');
}

interface Proof {
  readonly token: Token;
  readonly features: TokenFeatures;
  readonly key: ObjectLocator;
  readonly publicJwk: JsonWebKey;
}

async function provesBySigning(
  proof: Proof,
  publicKey: KeyObject,
  call: JobCall,
): Promise<boolean | undefined> {
  const { features, key, publicJwk, token } = proof;
  const curve = publicJwk.kty === 'RSA' ? undefined : curveOfJwk(publicJwk);
  const row = signatureRows.find(
    (each) => each.family === publicJwk.kty && each.curve === curve && works(features, `sign ${each.name}`),
  );
  const way = row === undefined ? undefined : signingWay(features, row.name);
  if (row === undefined || way === undefined) return undefined;
  const challenge = Uint8Array.from(randomBytes(32));
  const message =
    way.input === 'data'
      ? challenge
      : Uint8Array.from(
          createHash(row.hash ?? 'sha256')
            .update(challenge)
            .digest(),
        );
  const data = signedOctets(way, message);
  const signature = await token.run('sign', { key, mechanism: way.mechanism, data }, call);
  return verifyDataWith(row, publicKey, challenge, signature);
}

const decryptionNames = ['RSA-OAEP-256', 'RSA-OAEP', 'RSA1_5'] as const;

async function provesByDecrypting(
  proof: Proof,
  publicKey: KeyObject,
  call: JobCall,
): Promise<boolean | undefined> {
  const { features, key, token } = proof;
  const name = decryptionNames.find((each) => works(features, `decrypt ${each}`));
  if (name === undefined) return undefined;
  const row = encryptionRow(name);
  const challenge = randomBytes(32);
  const options =
    row.mode === 'oaep'
      ? { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: row.hash ?? 'sha1' }
      : { padding: constants.RSA_PKCS1_PADDING };
  const data = Uint8Array.from(publicEncrypt({ key: publicKey, ...options }, challenge));
  const answer = await token.run('decrypt', { key, mechanism: rsaEncryption(row), data }, call);
  return answer.length === challenge.length && timingSafeEqual(answer, challenge);
}

/**
 * Whether a private key on the token belongs to a public one: it signs or decrypts a fresh challenge, which is checked in
 * this process.
 *
 * @param may What the private key is allowed to do.
 * @returns Undefined where the key may do neither, or the token can do neither.
 */
export async function provePair(
  proof: Proof,
  may: { readonly sign: boolean; readonly decrypt: boolean },
  call: JobCall,
): Promise<boolean | undefined> {
  const publicKey = publicKeyFromJwk(proof.publicJwk);
  const signed = may.sign ? await provesBySigning(proof, publicKey, call) : undefined;
  if (signed !== undefined || !may.decrypt || proof.publicJwk.kty !== 'RSA') return signed;
  return provesByDecrypting(proof, publicKey, call);
}
