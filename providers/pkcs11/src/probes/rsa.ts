import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { freshOctets, rsaKeySizes } from '@keyway/core/driver';
import { oaep } from '../algorithms.ts';
import { ckm } from '../mechanisms.ts';
import type { HashName } from '../mechanisms.ts';
import type { FeatureName } from '../token-features.ts';
import type { ProbeKeys } from './probe-keys.ts';
import { right } from './probe.ts';
import type { Found, Probe } from './probe.ts';

/** Decrypts on the token what node:crypto has encrypted. */
async function tryDecrypting(hash: HashName | undefined, keys: ProbeKeys, found: Found): Promise<undefined> {
  const pair = await keys.pair('RSA', found);
  const plaintext = randomBytes(32);
  const options =
    hash === undefined
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  const data = freshOctets(publicEncrypt({ key: pair.publicKey, ...options }, plaintext));
  const mechanism = hash === undefined ? { type: ckm.rsaPkcs } : oaep(hash);
  const answer = await keys.token.run(
    'decrypt',
    { key: { handle: pair.privateKey }, mechanism, data },
    keys.call,
  );
  right(plaintext.equals(answer), 'another plaintext');
  return undefined;
}

function decryption(
  name: FeatureName,
  mechanism: number,
  hash: HashName | undefined,
  needs: FeatureName = 'make RSA',
): Probe {
  return {
    name,
    mechanisms: [mechanism],
    needs: [needs],
    run: (keys, found) => tryDecrypting(hash, keys, found),
  };
}

/** RSA keys, and what is done with them beside signing. Sizes are the token's word: only the smallest is tried. */
export const rsaProbes: readonly Probe[] = [
  {
    name: 'make RSA',
    mechanisms: [ckm.rsaKeyPairGen],
    async run(keys, found) {
      const { publicKey } = await keys.pair('RSA', found);
      right(publicKey.asymmetricKeyDetails?.modulusLength === 2048, 'another size');
      right(publicKey.asymmetricKeyDetails.publicExponent === 65_537n, 'another exponent');
      const facts = keys.token.facts.mechanisms.get(ckm.rsaKeyPairGen);
      const fit = rsaKeySizes.filter(
        (size) => size >= (facts?.minKeySize ?? 0) && size <= (facts?.maxKeySize ?? 2048),
      );
      return `${Math.min(...fit, 2048)}-${Math.max(...fit, 2048)}`;
    },
  },
];

/** Decryption with RSA. */
export const rsaDecryptionProbes: readonly Probe[] = [
  decryption('decrypt RSA1_5', ckm.rsaPkcs, undefined),
  decryption('decrypt RSA-OAEP', ckm.rsaOaep, 'sha1'),
  decryption('decrypt RSA-OAEP-256', ckm.rsaOaep, 'sha256'),
  decryption('OAEP with SHA-384', ckm.rsaOaep, 'sha384', 'decrypt RSA-OAEP-256'),
];
