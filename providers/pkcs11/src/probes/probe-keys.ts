import { constants, createHash, generateKeyPair, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { freshOctets, publicKeyFromJwk } from '@keyway/core/driver';
import type { JsonWebKey, KeyCurveName } from '@keyway/core/driver';
import { oaep } from '../algorithms.ts';
import { pairGeneration } from '../make-objects.ts';
import { ckk, cko } from '../mechanisms.ts';
import { publicAttributeNames, publicJwkOf } from '../public-attributes.ts';
import type { Template } from '../token/attributes.ts';
import type { JobCall, Token } from '../token/token.ts';
import type { Finding } from '../token-features.ts';
import { right } from './probe.ts';
import type { Found } from './probe.ts';

/** A pair that the token made. */
interface ProbePair {
  readonly privateKey: bigint;
  readonly publicKey: KeyObject;
  readonly publicJwk: JsonWebKey;
}

/** A secret key whose octets are known here, so that what the token does with it can be done again outside. */
interface KnownSecret {
  readonly handle: bigint;
  readonly octets: Uint8Array;
}

/** The session keys that probes share. They are made when first asked for, and again after `drop`. */
export interface ProbeKeys {
  readonly token: Token;
  readonly call: JobCall;
  /** A pair that may do everything its kind can. */
  pair(material: 'RSA' | KeyCurveName, found: Found, extractable?: boolean): Promise<ProbePair>;
  /** A secret key that came in in plain or, where the token takes none so, by unwrapping. */
  secret(material: 'AES' | 'HMAC', size: number, found: Found): Promise<KnownSecret>;
  /** Forgets all keys: their session may be gone. */
  drop(): void;
  /** Destroys all keys. */
  clear(): Promise<void>;
}

const everyUsage: Template = {
  encrypt: true,
  decrypt: true,
  wrap: true,
  unwrap: true,
  sign: false,
  verify: false,
};
const macUsage: Template = {
  sign: true,
  verify: true,
  encrypt: false,
  decrypt: false,
  wrap: false,
  unwrap: false,
};

/** A session object of a symmetric key. */
export function sessionSecret(material: 'AES' | 'HMAC', extra: Template = {}): Template {
  return {
    class: cko.secretKey,
    keyType: material === 'AES' ? ckk.aes : ckk.genericSecret,
    token: false,
    private: true,
    sensitive: true,
    extractable: true,
    derive: false,
    ...(material === 'AES' ? everyUsage : macUsage),
    ...extra,
  };
}

/** A session object of a private key. */
export function sessionPrivate(material: 'RSA' | KeyCurveName, extractable = false): Template {
  const rsa = material === 'RSA';
  return {
    class: cko.privateKey,
    keyType: rsa ? ckk.rsa : material === 'Ed25519' ? ckk.ecEdwards : ckk.ec,
    token: false,
    private: true,
    sensitive: true,
    extractable,
    sign: true,
    decrypt: rsa,
    unwrap: rsa,
    derive: false,
  };
}

const worksIn = (found: Found, name: keyof Found): boolean => found[name]?.works === true;

/** Wraps octets under the probes' RSA pair, with the hash that was found to work. */
export async function wrappedForProbe(
  keys: ProbeKeys,
  octets: Uint8Array,
  found: Found,
): Promise<{
  readonly key: { readonly handle: bigint };
  readonly mechanism: ReturnType<typeof oaep>;
  readonly wrapped: Uint8Array;
}> {
  const hash = worksIn(found, 'decrypt RSA-OAEP-256') ? 'sha256' : 'sha1';
  const pair = await keys.pair('RSA', found);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const wrapped = freshOctets(publicEncrypt({ key: pair.publicKey, padding, oaepHash: hash }, octets));
  return { key: { handle: pair.privateKey }, mechanism: oaep(hash), wrapped };
}

/** Makes the keys of one probing. */
export function createProbeKeys(token: Token, call: JobCall): ProbeKeys {
  const made: bigint[] = [];
  const pairs = new Map<string, Promise<ProbePair>>();
  const secrets = new Map<string, Promise<KnownSecret>>();

  async function makePair(
    material: 'RSA' | KeyCurveName,
    found: Found,
    extractable: boolean,
  ): Promise<ProbePair> {
    const edwards: Finding = found['make Ed25519'] ?? { works: true };
    const generation = pairGeneration(material, 2048, { 'make Ed25519': edwards });
    const rsa = material === 'RSA';
    const handles = await token.run(
      'generateKeyPair',
      {
        mechanism: generation.mechanism,
        publicTemplate: {
          class: cko.publicKey,
          token: false,
          private: false,
          verify: true,
          ...(rsa ? { encrypt: true, wrap: true } : {}),
          ...generation.material,
        },
        privateTemplate: sessionPrivate(material, extractable),
      },
      call,
    );
    made.push(handles.privateKey, handles.publicKey);
    const object = { handle: handles.publicKey };
    const publicJwk = publicJwkOf(
      await token.run('read', { object, attributes: publicAttributeNames }, call),
    );
    right(publicJwk !== undefined, 'the public half of the new pair is none');
    return { privateKey: handles.privateKey, publicKey: publicKeyFromJwk(publicJwk), publicJwk };
  }

  async function makeSecret(material: 'AES' | 'HMAC', size: number, found: Found): Promise<KnownSecret> {
    const octets = freshOctets(randomBytes(size / 8));
    const template = sessionSecret(material);
    let handle: bigint;
    // In plain first: it takes no RSA pair, which costs most of the time of probing.
    if (worksIn(found, `create ${material}`)) {
      handle = await token.run('create', { template: { ...template, value: octets } }, call);
    } else {
      handle = await token.run('unwrap', { ...(await wrappedForProbe(keys, octets, found)), template }, call);
    }
    made.push(handle);
    return { handle, octets };
  }

  function once<Value>(
    from: Map<string, Promise<Value>>,
    name: string,
    make: () => Promise<Value>,
  ): Promise<Value> {
    const known = from.get(name);
    if (known !== undefined) return known;
    const making = make();
    from.set(name, making);
    making.catch(() => from.delete(name));
    return making;
  }

  const keys: ProbeKeys = {
    token,
    call,
    pair: (material, found, extractable = false) =>
      once(pairs, `${material} ${extractable}`, () => makePair(material, found, extractable)),
    secret: (material, size, found) =>
      once(secrets, `${material} ${size}`, () => makeSecret(material, size, found)),
    drop() {
      pairs.clear();
      secrets.clear();
    },
    async clear() {
      for (const handle of made) {
        try {
          await token.run('destroy', { object: { handle } }, call);
        } catch {
          // It went with its session.
        }
      }
    },
  };
  return keys;
}

const makeKeyPair = promisify(generateKeyPair);

/** A pair made in this process, to be brought in. */
export async function outsidePair(
  material: 'RSA' | KeyCurveName,
  nodeCurve: string,
): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  if (material === 'RSA') return makeKeyPair('rsa', { modulusLength: 2048 });
  if (material === 'Ed25519') return makeKeyPair('ed25519');
  return makeKeyPair('ec', { namedCurve: nodeCurve });
}

/** SHA-2 of a message. */
export function digestOf(hash: string, message: Uint8Array): Uint8Array {
  return freshOctets(createHash(hash).update(message).digest());
}
