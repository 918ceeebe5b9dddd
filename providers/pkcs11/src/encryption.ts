import { randomBytes } from 'node:crypto';
import {
  freshOctets,
  integrityError,
  invalidArgument,
  KeyManagerError,
  maxRsaPlaintext,
} from '@keyway/core/driver';
import type {
  BoundContext,
  Call,
  CiphertextParts,
  EncryptionAlgorithmRow,
  KeyUse,
} from '@keyway/core/driver';
import { rsaEncryption } from './algorithms.ts';
import { ckm } from './mechanisms.ts';
import { opaquely } from './opaque-failure.ts';
import { givenPublicKey } from './signing.ts';
import type { Mechanism } from './token/mechanism.ts';
import type { KeyLocator } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';
import { formOf } from './token-features.ts';

const tagLength = 16;
const ivLength = 12;

/** AES-GCM on this token, in the parameter structure that it takes. */
function gcm(access: TokenAccess, iv: Uint8Array, additionalData: Uint8Array | undefined): Mechanism {
  const ivBits = formOf(access.features, 'encrypt AES-GCM') === 'iv-bits-0' ? 0 : undefined;
  return { type: ckm.aesGcm, parameter: { kind: 'gcm', iv, additionalData, tagBits: tagLength * 8, ivBits } };
}

/** A locator of the secret half of a version. */
export async function keyOf(access: TokenAccess, use: KeyUse, of: 'private' | 'secret'): Promise<KeyLocator> {
  return { class: of, id: await access.objectId(use) };
}

/** Encrypts with RSA on the token, under a session object of the version's own public key. */
export async function encryptRsa(
  access: TokenAccess,
  row: EncryptionAlgorithmRow,
  use: KeyUse,
  data: Uint8Array,
  call: Call,
): Promise<Uint8Array> {
  const size = use.key.size ?? 0;
  const most = maxRsaPlaintext(row, size);
  if (data.length > most) throw invalidArgument(`${row.name} with this key takes at most ${most} octets`);
  const publicKey = await givenPublicKey(access, use, call, { encrypt: true });
  const ciphertext = await access.token.run(
    'encryptWith',
    { publicKey, mechanism: rsaEncryption(row), data },
    call,
  );
  if (ciphertext.length !== size / 8) throw integrityError();
  return ciphertext;
}

/** Decrypts with RSA. @throws ERR_INTEGRITY whatever is wrong. */
export async function decryptRsa(
  access: TokenAccess,
  row: EncryptionAlgorithmRow,
  use: KeyUse,
  data: Uint8Array,
  call: Call,
): Promise<Uint8Array> {
  if (data.length !== (use.key.size ?? 0) / 8) throw integrityError();
  const key = await keyOf(access, use, 'private');
  return opaquely(access.token.run('decrypt', { key, mechanism: rsaEncryption(row), data }, call));
}

/**
 * Encrypts with AES-GCM under a fresh random 96-bit IV of the system's random source; 128-bit tag. A token that makes its own
 * IV writes it back, and that one is given.
 */
export async function encryptGcm(
  access: TokenAccess,
  key: KeyLocator,
  plaintext: Uint8Array,
  aad: Uint8Array | undefined,
  call: Call,
): Promise<Required<CiphertextParts> & { readonly iv: Uint8Array; readonly authenticationTag: Uint8Array }> {
  const fresh = Uint8Array.from(randomBytes(ivLength));
  const mechanism = gcm(access, fresh, aad);
  const { octets, iv = fresh } = await access.token.run('encrypt', { key, mechanism, data: plaintext }, call);
  if (octets.length !== plaintext.length + tagLength || iv.length !== ivLength) throw integrityError();
  return { ciphertext: octets.slice(0, -tagLength), iv, authenticationTag: octets.slice(-tagLength) };
}

/** Decrypts AES-GCM. @throws ERR_INTEGRITY */
export async function decryptGcm(
  access: TokenAccess,
  key: KeyLocator,
  { ciphertext, iv, authenticationTag }: CiphertextParts,
  aad: Uint8Array | undefined,
  call: Call,
): Promise<Uint8Array> {
  if (iv?.length !== ivLength || authenticationTag?.length !== tagLength) throw integrityError();
  const data = freshOctets(ciphertext, authenticationTag);
  const plaintext = await opaquely(
    access.token.run('decrypt', { key, mechanism: gcm(access, iv, aad), data }, call),
  );
  if (plaintext.length !== ciphertext.length) throw integrityError();
  return plaintext;
}

function cbc(row: EncryptionAlgorithmRow, iv: Uint8Array): Mechanism {
  return { type: row.mode === 'cbcpad' ? ckm.aesCbcPad : ckm.aesCbc, parameter: iv };
}

/** Encrypts with AES-CBC: whole blocks, or with PKCS#7 padding. */
export async function encryptCbc(
  access: TokenAccess,
  row: EncryptionAlgorithmRow,
  key: KeyLocator,
  data: Uint8Array,
  iv: Uint8Array,
  call: Call,
): Promise<CiphertextParts> {
  const padded = row.mode === 'cbcpad';
  if (!padded && data.length % 16 !== 0) throw invalidArgument(`${row.name} takes a multiple of 16 octets`);
  const { octets } = await access.token.run('encrypt', { key, mechanism: cbc(row, iv), data }, call);
  const expected = padded ? data.length + 16 - (data.length % 16) : data.length;
  if (octets.length !== expected) throw integrityError();
  return { ciphertext: octets, iv };
}

/** Decrypts AES-CBC. @throws ERR_INTEGRITY */
export async function decryptCbc(
  access: TokenAccess,
  row: EncryptionAlgorithmRow,
  key: KeyLocator,
  { ciphertext, iv }: CiphertextParts,
  call: Call,
): Promise<Uint8Array> {
  if (iv?.length !== 16 || ciphertext.length % 16 !== 0) throw integrityError();
  if (ciphertext.length === 0 && row.mode === 'cbcpad') throw integrityError();
  return opaquely(access.token.run('decrypt', { key, mechanism: cbc(row, iv), data: ciphertext }, call));
}

/** Associated data that is absent and associated data of no octets are the same to GCM. */
const nothing = new Uint8Array();
const formatOctet = 1;

/** Keeps apart what was made for `encrypt`, for `wrapKey` and as plain A…GCM under the same key. */
function sealedData(
  purpose: 'encrypt' | 'wrapKey',
  { additionalAuthenticatedData: aad }: BoundContext,
): Uint8Array {
  return freshOctets(new TextEncoder().encode(`keyway-pkcs11 provider 1 ${purpose}\0`), aad ?? nothing);
}

/**
 * Encrypts in this provider's own format: `01 ‖ IV (12) ‖ AES-GCM ciphertext ‖ tag (16)`, the associated data preceded by
 * format and purpose. IVs are random: at most 2^32 messages for one key (NIST SP 800-38D section 8.3).
 */
export async function seal(
  access: TokenAccess,
  purpose: 'encrypt' | 'wrapKey',
  use: KeyUse & BoundContext,
  plaintext: Uint8Array,
  call: Call,
): Promise<Uint8Array> {
  const key = await keyOf(access, use, 'secret');
  const { iv, ciphertext, authenticationTag } = await encryptGcm(
    access,
    key,
    plaintext,
    sealedData(purpose, use),
    call,
  );
  return freshOctets(Uint8Array.of(formatOctet), iv, ciphertext, authenticationTag);
}

/** Opens this provider's own format. @throws ERR_INTEGRITY */
export async function open(
  access: TokenAccess,
  purpose: 'encrypt' | 'wrapKey',
  use: KeyUse & BoundContext,
  sealed: Uint8Array,
  call: Call,
): Promise<Uint8Array> {
  const start = 1 + ivLength;
  if (sealed.length < start + tagLength || sealed[0] !== formatOctet) throw integrityError();
  const parts = {
    iv: sealed.slice(1, start),
    ciphertext: sealed.slice(start, -tagLength),
    authenticationTag: sealed.slice(-tagLength),
  };
  return decryptGcm(access, await keyOf(access, use, 'secret'), parts, sealedData(purpose, use), call);
}

/** A refusal for what core should not have sent. */
export function unknownAlgorithm(name: string): KeyManagerError {
  return new KeyManagerError('ERR_UNSUPPORTED', `This token does not run ${name} in this operation`);
}
