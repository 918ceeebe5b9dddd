import {
  integrityError,
  KeyManagerError,
  p1363InRange,
  publicKeyFromJwk,
  verifyDataWith,
  verifyDigest,
} from '@keyway/core/driver';
import type { Call, JsonWebKey, KeyUse, SignatureAlgorithmRow, SignatureInput } from '@keyway/core/driver';
import { timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signatureRow, signedOctets } from './algorithms.ts';
import type { SigningWay } from './algorithms.ts';
import { edwardsForm } from './make-objects.ts';
import { signingWay } from './prove-pair.ts';
import { provePublicKey } from './public-key.ts';
import { publicTemplateOf } from './public-attributes.ts';
import type { Template } from './token/attributes.ts';
import type { TokenAccess } from './token-access.ts';
import { isTokenError } from './token/return-values.ts';

type Signing = KeyUse & SignatureInput;

const messageOf = (use: SignatureInput): Uint8Array => (use.input === 'digest' ? use.digest : use.data);

/** The way that takes what was given. @throws ERR_UNSUPPORTED */
function wayFor({ features }: TokenAccess, use: Signing): SigningWay {
  const row = signatureRow(use.algorithm);
  const way = signingWay(features, row.name);
  if (way === undefined) {
    const finding = features[`sign ${row.name}`];
    throw new KeyManagerError('ERR_UNSUPPORTED', finding.works ? '' : finding.reason);
  }
  if (way.input !== use.input) {
    throw new KeyManagerError('ERR_UNSUPPORTED', `The token signs ${row.name} over a ${way.input} only`);
  }
  return way;
}

/** Octets of a signature with this key. */
function lengthOf(row: SignatureAlgorithmRow, use: KeyUse): number {
  return row.signatureLength === 'modulus' ? Math.ceil((use.key.size ?? 0) / 8) : row.signatureLength;
}

/** By the JWK of a record, which core hands out again and again. */
const publicKeys = new WeakMap<JsonWebKey, KeyObject>();

function publicKeyOf(jwk: JsonWebKey): KeyObject {
  let key = publicKeys.get(jwk);
  if (key === undefined) publicKeys.set(jwk, (key = publicKeyFromJwk(jwk)));
  return key;
}

/** Whether a signature verifies in this process. */
async function verifiesHere(use: Signing, publicKey: JsonWebKey, signature: Uint8Array): Promise<boolean> {
  const row = signatureRow(use.algorithm);
  const key = publicKeyOf(publicKey);
  return use.input === 'data'
    ? verifyDataWith(row, key, use.data, signature)
    : verifyDigest(row, key, use.digest, signature);
}

/** Whether a signature that the token gave verifies in this process: for those kinds that are to be checked. */
async function checked(
  { checkSignatures }: TokenAccess,
  use: Signing,
  signature: Uint8Array,
): Promise<boolean> {
  const row = signatureRow(use.algorithm);
  const { publicKey, publicKeyAuthentic } = use.key;
  const wanted = checkSignatures === 'all' || (checkSignatures === 'rsa' && row.family === 'RSA');
  if (!wanted || publicKey === undefined || !publicKeyAuthentic) return true;
  return verifiesHere(use, publicKey, signature);
}

/** Signs on the token. A signature of another length, or one that does not verify, is ERR_INTEGRITY. */
export async function sign(
  access: TokenAccess,
  use: Signing,
  call: Call,
): Promise<{ signature: Uint8Array; version: string }> {
  const row = signatureRow(use.algorithm);
  const way = wayFor(access, use);
  const made = access.objectId(use);
  const id = made instanceof Uint8Array ? made : await made;
  const key = { class: row.family === 'oct' ? 'secret' : 'private', id } as const;
  const data = signedOctets(way, messageOf(use));
  const signature = await access.token.run('sign', { key, mechanism: way.mechanism, data }, call);
  if (signature.length !== lengthOf(row, use)) throw integrityError();
  if (access.checkSignatures !== 'none' && !(await checked(access, use, signature))) throw integrityError();
  return { signature, version: use.version };
}

/** The public halves that were proved to belong to the private key, where no record vouches for them. */
const proved = new WeakMap<JsonWebKey, Promise<boolean>>();

/** Makes a session object of a public key that is known to be the right one: never the one that lies on the token. */
export async function givenPublicKey(
  access: TokenAccess,
  use: KeyUse,
  call: Call,
  usage: Template,
): Promise<Template> {
  const { publicKey, publicKeyAuthentic } = use.key;
  if (publicKey === undefined) {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The public half of this key is not known');
  }
  if (!publicKeyAuthentic) {
    let proof = proved.get(publicKey);
    if (proof === undefined) {
      proof = provePublicKey(access, await access.objectId(use), publicKey, call);
      proved.set(publicKey, proof);
      proof.catch(() => proved.delete(publicKey));
    }
    if (!(await proof)) throw integrityError();
  }
  return {
    ...publicTemplateOf(publicKey, edwardsForm(access.features)),
    token: false,
    private: false,
    verify: false,
    encrypt: false,
    wrap: false,
    ...usage,
  };
}

/** NSS says of a wrong PKCS #1 signature whatever the last error of its thread was, as of a wrong MAC. */
const saysNothing = ({ padding }: SignatureAlgorithmRow, error: unknown): boolean =>
  padding === 'pkcs1' && isTokenError(error) && error.function === 'C_Verify';

/** Verifies on the token. Whatever is malformed is false. */
export async function verify(
  access: TokenAccess,
  use: Signing & { readonly signature: Uint8Array },
  call: Call,
): Promise<{ valid: boolean; version: string }> {
  const { signature, version } = use;
  const row = signatureRow(use.algorithm);
  const way = wayFor(access, use);
  const fits = signature.length === lengthOf(row, use);
  if (!fits || (row.family === 'EC' && row.curve !== undefined && !p1363InRange(signature, row.curve))) {
    return { valid: false, version };
  }
  const data = signedOctets(way, messageOf(use));
  const { mechanism } = way;
  if (row.family === 'oct') {
    const key = { class: 'secret', id: await access.objectId(use) } as const;
    if (!use.key.keyOperations.includes('sign')) {
      return { valid: await access.token.run('verify', { key, mechanism, data, signature }, call), version };
    }
    // Compared here where the key may make codes: NSS says of a wrong one whatever its last error was.
    const code = await access.token.run('sign', { key, mechanism, data }, call);
    const valid = code.length === signature.length && timingSafeEqual(code, signature);
    code.fill(0);
    return { valid, version };
  }
  const publicKey = await givenPublicKey(access, use, call, { verify: true });
  const answer = access.token.run('verifyWith', { publicKey, mechanism, data, signature }, call);
  const valid = await answer.catch((error: unknown) => {
    if (use.key.publicKey === undefined || !saysNothing(row, error)) throw error;
    // The key is known to be the right one: what the token does not say is seen here.
    return verifiesHere(use, use.key.publicKey, signature);
  });
  return { valid, version };
}
