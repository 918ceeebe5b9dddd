import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import type { CipherGCMTypes, KeyObject } from 'node:crypto';
import { supportsMlDsa } from '@keyway/core/driver';
import type { EncryptionAlgorithmRow } from '@keyway/core/driver';

/** node:crypto's names of the AES modes, by key size in bits. */
export const aesNames: Readonly<
  Record<number, { readonly gcm: CipherGCMTypes; readonly cbc: string; readonly wrap: string }>
> = {
  128: { gcm: 'aes-128-gcm', cbc: 'aes-128-cbc', wrap: 'id-aes128-wrap' },
  192: { gcm: 'aes-192-gcm', cbc: 'aes-192-cbc', wrap: 'id-aes192-wrap' },
  256: { gcm: 'aes-256-gcm', cbc: 'aes-256-cbc', wrap: 'id-aes256-wrap' },
};

/** node:crypto's padding of an RSA encryption algorithm; OAEP uses one hash for the label and for MGF1. */
export function rsaPadding(row: EncryptionAlgorithmRow): {
  readonly padding: number;
  readonly oaepHash?: string;
} {
  if (row.mode === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: row.hash ?? 'sha1' };
}

/** What this process's node:crypto can do beyond what every supported version can. */
export interface RuntimeFeatures {
  /** ML-DSA keys and signatures: Node.js 24.6 and later, with OpenSSL 3.5. */
  readonly mlDsa: boolean;
  /** Decryption with PKCS#1 v1.5 padding: refused by builds of OpenSSL without implicit rejection. */
  readonly rsaPkcs1Decryption: boolean;
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** A throwaway RSA key, small because nothing is protected by it. */
function probeKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
}

let probed: RuntimeFeatures | undefined;

/** Finds out, once per process, by trying. */
export function runtimeFeatures(): RuntimeFeatures {
  probed ??= Object.freeze({
    mlDsa: supportsMlDsa(),
    rsaPkcs1Decryption: works(() =>
      privateDecrypt({ key: probeKey(), padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(64, 1)),
    ),
  });
  return probed;
}
