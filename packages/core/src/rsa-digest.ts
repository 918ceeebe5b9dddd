import {
  constants,
  createHash,
  privateDecrypt,
  publicEncrypt,
  privateEncrypt,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { hashLength } from './algorithms.ts';
import type { HashName } from './algorithms.ts';
import { invalidArgument } from './errors.ts';

/** DER of `DigestInfo` up to the digest (RFC 8017 section 9.2, note 1). */
const digestInfo: Readonly<Record<HashName, Buffer>> = {
  sha1: Buffer.from('3021300906052b0e03021a05000414', 'hex'),
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

function modulusBits(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined) throw new TypeError('Not an RSA key');
  return bits;
}

const octetsOf = (key: KeyObject): number => Math.ceil(modulusBits(key) / 8);

/** Octets around an encoded message: eight of padding at least, and three that frame it (RFC 8017 section 9.2). */
const leastPadding = 11;

const tooShort = (): Error => invalidArgument('The RSA modulus is too short for this hash');

/** RSASSA-PKCS1-v1_5 over a digest (RFC 8017 section 8.2.1, from step 2 of EMSA on). */
export function signPkcs1Digest(hash: HashName, privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const message = Buffer.concat([digestInfo[hash], digest]);
  if (octetsOf(privateKey) < message.length + leastPadding) throw tooShort();
  return new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, message));
}

/** Verifies by making the whole encoded message again and comparing: nothing is parsed. */
export function verifyPkcs1Digest(
  hash: HashName,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = octetsOf(publicKey);
  const message = Buffer.concat([digestInfo[hash], digest]);
  if (length < message.length + leastPadding) return false;
  const padding = Buffer.alloc(length - message.length - 3, 0xff);
  const expected = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), message]);
  const recovered = recover(publicKey, signature, length);
  return recovered !== undefined && timingSafeEqual(recovered, expected);
}

/** The RSA public operation on a signature; undefined where the signature is no number below the modulus. */
function recover(publicKey: KeyObject, signature: Uint8Array, length: number): Buffer | undefined {
  if (signature.length !== length) return undefined;
  try {
    return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return undefined;
  }
}

function mgf1(hash: HashName, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; counter * hashLength[hash] < length; counter++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    blocks.push(createHash(hash).update(seed).update(number).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function pssHash(hash: HashName, digest: Uint8Array, salt: Uint8Array): Buffer {
  return createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((octet, index) => octet ^ (right[index] ?? 0)));
}

/** Lengths of an encoded message: its octets, those of its data block, and the bits to clear at its front. */
function pssLayout(hash: HashName, bits: number): { octets: number; block: number; mask: number } {
  const octets = Math.ceil((bits - 1) / 8);
  return { octets, block: octets - hashLength[hash] - 1, mask: 0xff >> (8 * octets - (bits - 1)) };
}

/** RSASSA-PSS over a digest with a salt of the hash's length (RFC 8017 section 9.1.1, from step 4 on). */
export function signPssDigest(hash: HashName, privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const bits = modulusBits(privateKey);
  const { block, mask } = pssLayout(hash, bits);
  if (block <= hashLength[hash]) throw tooShort();
  const salt = randomBytes(hashLength[hash]);
  const h = pssHash(hash, digest, salt);
  const db = Buffer.concat([Buffer.alloc(block - salt.length - 1), Buffer.from([1]), salt]);
  const masked = xor(db, mgf1(hash, h, block));
  masked[0] = (masked[0] ?? 0) & mask;
  const encoded = Buffer.concat([masked, h, Buffer.from([0xbc])]);
  const whole = Buffer.concat([Buffer.alloc(Math.ceil(bits / 8) - encoded.length), encoded]);
  return new Uint8Array(privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, whole));
}

/** Verifies RSASSA-PSS over a digest, for a salt of exactly the hash's length (RFC 8017 section 9.1.2). */
export function verifyPssDigest(
  hash: HashName,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = modulusBits(publicKey);
  const { octets, block, mask } = pssLayout(hash, bits);
  if (block <= hashLength[hash]) return false;
  const length = Math.ceil(bits / 8);
  const recovered = recover(publicKey, signature, length);
  if (recovered === undefined) return false;
  if (octets < length && recovered[0] !== 0) return false;
  const encoded = recovered.subarray(length - octets);
  const masked = encoded.subarray(0, block);
  const h = encoded.subarray(block, block + hashLength[hash]);
  if (encoded.at(-1) !== 0xbc || ((masked[0] ?? 0) & ~mask & 0xff) !== 0) return false;
  const db = xor(masked, mgf1(hash, h, block));
  db[0] = (db[0] ?? 0) & mask;
  const salt = db.subarray(block - hashLength[hash]);
  const front = Buffer.concat([Buffer.alloc(block - salt.length - 1), Buffer.from([1])]);
  return (
    timingSafeEqual(db.subarray(0, front.length), front) && timingSafeEqual(pssHash(hash, digest, salt), h)
  );
}
