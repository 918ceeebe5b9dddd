import type { KeyObject } from 'node:crypto';
import { KeyManagerError, mayHaveHappened, publicKeyFromJwk } from '@keyway/core/driver';
import { classify } from './classify.ts';
import { ckk, ckm, cko } from './mechanisms.ts';
import { publicAttributeNames, publicJwkOf } from './public-attributes.ts';
import { isTokenError } from './token/return-values.ts';
import type { JobCall, Token } from './token/token.ts';

/**
 * An RSA pair of the token under which private keys come in. Session objects: nothing of it outlives the process, nobody
 * else can have put it there, and it dies with the session that made it.
 */
export interface WrappingPair {
  readonly privateKey: bigint;
  readonly publicKey: KeyObject;
}

/** As strong as what is imported in practice: 128 bits by NIST SP 800-57. */
const modulusBits = 3072;

/** Makes a session pair that unwraps and does nothing else. */
async function makeWrappingPair(token: Token, call: JobCall): Promise<WrappingPair> {
  const made = await token.run(
    'generateKeyPair',
    {
      mechanism: { type: ckm.rsaKeyPairGen },
      publicTemplate: {
        class: cko.publicKey,
        keyType: ckk.rsa,
        token: false,
        private: false,
        verify: false,
        encrypt: false,
        wrap: true,
        modulusBits,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      privateTemplate: {
        class: cko.privateKey,
        keyType: ckk.rsa,
        token: false,
        private: true,
        sensitive: true,
        extractable: false,
        sign: false,
        decrypt: false,
        derive: false,
        unwrap: true,
      },
    },
    call,
  );
  const object = { handle: made.publicKey };
  const jwk = publicJwkOf(await token.run('read', { object, attributes: publicAttributeNames }, call));
  if (jwk?.kty !== 'RSA') {
    throw new KeyManagerError('ERR_INTEGRITY', 'The token gave no public half of its wrapping pair');
  }
  return { privateKey: made.privateKey, publicKey: publicKeyFromJwk(jwk) };
}

const pairs = new WeakMap<Token, Promise<WrappingPair>>();

async function fresh(token: Token, call: JobCall): Promise<WrappingPair> {
  const making = makeWrappingPair(token, call);
  pairs.set(token, making);
  try {
    return await making;
  } catch (error) {
    if (pairs.get(token) === making) pairs.delete(token);
    throw error;
  }
}

/**
 * Runs `use` with the token's wrapping pair, made on first use. A pair from before may be gone with its session: where the
 * token has refused it, and certainly made nothing, `use` is run once more with a new one.
 */
export async function withWrappingPair<Result>(
  token: Token,
  call: JobCall,
  use: (pair: WrappingPair) => Promise<Result>,
): Promise<Result> {
  const known = pairs.get(token);
  if (known !== undefined) {
    try {
      return await use(await known);
    } catch (error) {
      if (pairs.get(token) === known) pairs.delete(token);
      if (!isTokenError(error) || mayHaveHappened(classify(error))) throw error;
    }
  }
  return use(await (pairs.get(token) ?? fresh(token, call)));
}
