import type { BoundContext, Call, CiphertextParts, CryptographyMethods, KeyUse } from '@keyway/core/driver';
import { algorithmCapabilities } from './algorithm-capabilities.ts';
import { encryptionRow } from './algorithms.ts';
import {
  decryptCbc,
  decryptGcm,
  decryptRsa,
  encryptCbc,
  encryptGcm,
  encryptRsa,
  keyOf,
  open,
  seal,
  unknownAlgorithm,
} from './encryption.ts';
import { unwrapAes, wrapAes } from './key-wrap.ts';
import { keepOffered } from './offered.ts';
import { sign, verify } from './signing.ts';
import type { TokenAccess } from './token-access.ts';

type Encrypting = Parameters<NonNullable<CryptographyMethods['encrypt']>>[0];

async function encrypt(access: TokenAccess, use: Encrypting, call: Call): Promise<CiphertextParts> {
  const { plaintext, iv, additionalAuthenticatedData: aad } = use;
  const row = encryptionRow(use.algorithm);
  switch (row.mode) {
    case 'pkcs1':
    case 'oaep':
      return { ciphertext: await encryptRsa(access, row, use, plaintext, call) };
    case 'gcm':
      return encryptGcm(access, await keyOf(access, use, 'secret'), plaintext, aad, call);
    case 'cbc':
    case 'cbcpad':
      if (iv === undefined) throw new TypeError('CBC needs an iv');
      return encryptCbc(access, row, await keyOf(access, use, 'secret'), plaintext, iv, call);
    case 'provider':
      return { ciphertext: await seal(access, 'encrypt', use, plaintext, call) };
    case 'kw':
  }
  throw unknownAlgorithm(row.name);
}

async function decrypt(
  access: TokenAccess,
  use: KeyUse & BoundContext & CiphertextParts,
  call: Call,
): Promise<Uint8Array> {
  const row = encryptionRow(use.algorithm);
  switch (row.mode) {
    case 'pkcs1':
    case 'oaep':
      return decryptRsa(access, row, use, use.ciphertext, call);
    case 'gcm': {
      const key = await keyOf(access, use, 'secret');
      return decryptGcm(access, key, use, use.additionalAuthenticatedData, call);
    }
    case 'cbc':
    case 'cbcpad':
      return decryptCbc(access, row, await keyOf(access, use, 'secret'), use, call);
    case 'provider':
      return open(access, 'encrypt', use, use.ciphertext, call);
    case 'kw':
  }
  throw unknownAlgorithm(row.name);
}

async function wrapKey(
  access: TokenAccess,
  use: KeyUse & BoundContext & { keyToWrap: Uint8Array },
  call: Call,
): Promise<Uint8Array> {
  const row = encryptionRow(use.algorithm);
  if (row.family === 'RSA') return encryptRsa(access, row, use, use.keyToWrap, call);
  if (row.mode === 'kw') return wrapAes(access, row, use, call);
  if (row.mode === 'provider') return seal(access, 'wrapKey', use, use.keyToWrap, call);
  throw unknownAlgorithm(row.name);
}

async function unwrapKey(
  access: TokenAccess,
  use: KeyUse & BoundContext & { wrappedKey: Uint8Array },
  call: Call,
): Promise<Uint8Array> {
  const row = encryptionRow(use.algorithm);
  if (row.family === 'RSA') return decryptRsa(access, row, use, use.wrappedKey, call);
  if (row.mode === 'kw') return unwrapAes(access, use, call);
  if (row.mode === 'provider') return open(access, 'wrapKey', use, use.wrappedKey, call);
  throw unknownAlgorithm(row.name);
}

/** Using keys on the token. Every result names the version, which is exactly the one asked for. */
export function createCryptographyMethods(access: TokenAccess): CryptographyMethods {
  const methods: CryptographyMethods = {
    encrypt: async (use, call) => ({ ...(await encrypt(access, use, call)), version: use.version }),
    decrypt: async (use, call) => ({ plaintext: await decrypt(access, use, call), version: use.version }),
    wrapKey: async (use, call) => ({ wrappedKey: await wrapKey(access, use, call), version: use.version }),
    unwrapKey: async (use, call) => ({
      unwrappedKey: await unwrapKey(access, use, call),
      version: use.version,
    }),
    sign: (use, call) => sign(access, use, call),
    verify: (use, call) => verify(access, use, call),
  };
  return keepOffered(methods, algorithmCapabilities(access.features), {
    encrypt: ['encrypt'],
    decrypt: ['decrypt'],
    wrapKey: ['wrapKey'],
    unwrapKey: ['unwrapKey'],
    sign: ['sign', 'signData'],
    verify: ['verify', 'verifyData'],
  });
}
