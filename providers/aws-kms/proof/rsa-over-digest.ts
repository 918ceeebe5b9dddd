import {
  constants,
  createHash,
  createPublicKey,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from './signing-algorithms.ts';

/** What stands before a digest in EMSA-PKCS1-v1_5 (RFC 8017, section 9.2, note 1). */
const digestInfo: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** RSA signatures over a digest, for keys of tests: node:crypto signs data only. */
export function signRsaDigest(key: KeyObject, row: SigningAlgorithm, digest: Buffer): Buffer {
  if (row.padding === 'pkcs1') {
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, withInfo(row, digest));
  }
  return privateEncrypt(
    { key, padding: constants.RSA_NO_PADDING },
    pssEncode(row, digest, modulusOctets(key)),
  );
}

/** Verifies an RSA signature over a digest. */
export function verifyRsaDigest(
  key: KeyObject,
  row: SigningAlgorithm,
  digest: Buffer,
  signature: Buffer,
): boolean {
  const publicKey = createPublicKey(key);
  try {
    if (row.padding === 'pkcs1') {
      const opened = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
      return opened.equals(withInfo(row, digest));
    }
    const encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
    return pssVerify(row, digest, encoded);
  } catch {
    return false;
  }
}

const modulusOctets = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
const hashOf = (row: SigningAlgorithm): string => row.hash ?? 'sha256';
const withInfo = (row: SigningAlgorithm, digest: Buffer): Buffer =>
  Buffer.concat([Buffer.from(digestInfo[hashOf(row)] ?? '', 'hex'), digest]);

/** EMSA-PSS (RFC 8017, section 9.1.1), the salt as long as the digest; moduli here are multiples of 8 bits. */
function pssEncode(row: SigningAlgorithm, digest: Buffer, length: number): Buffer {
  const salt = randomBytes(digest.length);
  const hash = pssHash(row, digest, salt);
  const block = Buffer.alloc(length - hash.length - 1);
  block[block.length - salt.length - 1] = 1;
  salt.copy(block, block.length - salt.length);
  const masked = xor(block, mask(row, hash, block.length));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, hash, Buffer.from([0xbc])]);
}

function pssVerify(row: SigningAlgorithm, digest: Buffer, encoded: Buffer): boolean {
  const start = encoded.length - digest.length - 1;
  const masked = encoded.subarray(0, start);
  const hash = encoded.subarray(start, -1);
  const block = xor(masked, mask(row, hash, start));
  block[0] = (block[0] ?? 0) & 0x7f;
  const saltStart = start - digest.length;
  const padding = block.subarray(0, saltStart - 1);
  if (encoded.at(-1) !== 0xbc || padding.some((octet) => octet !== 0) || block[saltStart - 1] !== 1) {
    return false;
  }
  return pssHash(row, digest, block.subarray(saltStart)).equals(hash);
}

function pssHash(row: SigningAlgorithm, digest: Buffer, salt: Buffer): Buffer {
  return createHash(hashOf(row)).update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

/** MGF1 (RFC 8017, appendix B.2.1). */
function mask(row: SigningAlgorithm, seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0; Buffer.concat(parts).length < length; counter++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    parts.push(createHash(hashOf(row)).update(seed).update(number).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

const xor = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(one.map((octet, index) => octet ^ (other[index] ?? 0)));
