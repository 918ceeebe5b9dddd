import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { supportsMlDsa } from '@keyway/core/driver';
import { allCases } from './all-cases.ts';
import type { TargetPart } from './target.ts';

/** Whether this Node decrypts with PKCS#1 v1.5 padding: from 22 on where its OpenSSL has implicit rejection. */
function decryptsPkcs1(): boolean {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = constants.RSA_PKCS1_PADDING;
  try {
    privateDecrypt(
      { key: privateKey, padding },
      publicEncrypt({ key: publicKey, padding }, Buffer.from('k')),
    );
    return true;
  } catch {
    return false;
  }
}

/**
 * Leaves out the cases that this Node cannot check: the vault under test lacks what they ask for, too, and the suite has
 * nothing else to make such keys with. Undefined where nothing is left out.
 */
export function partForRuntime(): TargetPart | undefined {
  const ids = allCases.map(({ id }) => id);
  const but = [
    ...(supportsMlDsa() ? [] : ids.filter((id) => /\/ml-?dsa-/.test(id) && !id.startsWith('create/'))),
    ...(decryptsPkcs1() ? [] : ids.filter((id) => id.startsWith('encrypt/rsa1-5/'))),
  ];
  if (but.length === 0) return undefined;
  return {
    but,
    reason: `Node.js ${process.version} has nothing to check these cases with outside the vault`,
  };
}
