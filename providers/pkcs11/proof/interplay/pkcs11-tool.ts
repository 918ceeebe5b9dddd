import { createCipheriv, createHash, createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { EncryptionAlgorithmRow, SignatureAlgorithmRow } from '@keyway/core/driver';
import type { Other, Sealed, Use } from './other-side.ts';
import { OutsideError } from './run-outside.ts';
import type { Outside } from './run-outside.ts';

/** The octets of a point that pkcs11-tool lists, out of their OCTET STRING; undefined where it lists none. */
function listedPoint(text: string, id: string): Buffer | undefined {
  // It lists all keys, whatever id it is given.
  const listed = text
    .split(/^Public Key Object;/m)
    .find((each) => new RegExp(`^ID:\\s*${id}$`, 'm').test(each));
  const hex = /^EC_POINT:\s*([0-9a-f]+)$/m.exec(listed ?? '')?.[1];
  if (hex === undefined) return undefined;
  const string = Buffer.from(hex, 'hex');
  return string.subarray(string[1] === 0x81 ? 3 : 2);
}

/**
 * The public key of a pair, as pkcs11-tool has it. That on a curve is put together from the point that it lists, since it
 * can read out no key on P-384 (`cannot create EVP_PKEY`) and no Ed25519.
 */
export async function publicKeyOf(
  { tool, freshFile, octetsOf }: Outside,
  id: string,
  curve: string | undefined,
): Promise<KeyObject> {
  if (curve === undefined) {
    const file = freshFile();
    await tool(['--read-object', '--type', 'pubkey', '--id', id, '--output-file', file]);
    return createPublicKey({ key: octetsOf(file), format: 'der', type: 'spki' });
  }
  const point = listedPoint(await tool(['--list-objects', '--type', 'pubkey']), id);
  if (point === undefined) throw new OutsideError('pkcs11-tool lists no point');
  const text = (from: number, to?: number): string => point.subarray(from, to).toString('base64url');
  if (curve === 'Ed25519')
    return createPublicKey({ key: { kty: 'OKP', crv: curve, x: text(0) }, format: 'jwk' });
  const middle = (point.length + 1) / 2;
  const crv = curve === 'P-256K' ? 'secp256k1' : curve;
  return createPublicKey({ key: { kty: 'EC', crv, x: text(1, middle), y: text(middle) }, format: 'jwk' });
}

/** The mechanism of a signature, and what it is given: ECDSA is given a digest. */
function signing(row: SignatureAlgorithmRow, data: Buffer): readonly [readonly string[], Buffer] {
  const hash = (row.hash ?? '').toUpperCase();
  if (row.family === 'EC')
    return [
      ['ECDSA'],
      createHash(row.hash ?? '')
        .update(data)
        .digest(),
    ];
  if (row.family === 'OKP') return [['EDDSA'], data];
  if (row.family === 'oct') return [[`${hash}-HMAC`], data];
  return [[row.padding === 'pss' ? `${hash}-RSA-PKCS-PSS` : `${hash}-RSA-PKCS`], data];
}

/** The mechanism of an encryption, with what it takes. */
function encrypting(row: EncryptionAlgorithmRow, iv: Buffer | undefined): readonly string[] {
  if (row.mode === 'pkcs1') return ['RSA-PKCS'];
  if (row.mode === 'oaep') {
    const [hash, mask] = row.hash === 'sha1' ? ['SHA-1', 'MGF1-SHA1'] : ['SHA256', 'MGF1-SHA256'];
    return ['RSA-PKCS-OAEP', '--hash-algorithm', hash, '--mgf', mask];
  }
  const name = { gcm: 'AES-GCM', cbc: 'AES-CBC', cbcpad: 'AES-CBC-PAD' }[
    row.mode as 'gcm' | 'cbc' | 'cbcpad'
  ];
  return [name, '--iv', (iv ?? Buffer.alloc(0)).toString('hex')];
}

/** NSS says a device error of a MAC that is wrong. */
function refusedMac(error: unknown): string {
  if (error instanceof OutsideError && error.message.includes('C_VerifyFinal failed: rv = CKR_DEVICE_ERROR'))
    return 'Invalid signature';
  throw error;
}

/** OpenSC's program, with the key on the token. */
export function pkcs11Tool(outside: Outside): Other {
  const { tool, fileOf, freshFile, octetsOf } = outside;

  async function through(args: readonly string[], input: Uint8Array): Promise<Buffer> {
    const output = freshFile();
    await tool([...args, '--input-file', fileOf(input), '--output-file', output]);
    return octetsOf(output);
  }

  const crypt = (
    how: string,
    { method, key }: Use,
    input: Uint8Array,
    iv: Buffer | undefined,
  ): Promise<Buffer> =>
    through([how, '--id', key.id, '-m', ...encrypting(method.row as EncryptionAlgorithmRow, iv)], input);

  /** Whether a secret key of AES has the value: NSS lets nobody read one. */
  async function hasValue(id: string, octets: Uint8Array): Promise<boolean> {
    const [iv, block] = [randomBytes(16), randomBytes(16)];
    const args = ['--encrypt', '--id', id, '-m', 'AES-CBC', '--iv', iv.toString('hex')];
    const cipher = createCipheriv(`aes-${octets.length * 8}-cbc`, octets, iv).setAutoPadding(false);
    return (await through(args, block)).equals(cipher.update(block));
  }

  return {
    sign({ method, key }, data) {
      const [mechanism, input] = signing(method.row as SignatureAlgorithmRow, data);
      return through(['--sign', '--id', key.id, '-m', ...mechanism], input);
    },
    async verify({ method, key }, data, signature) {
      const [mechanism, input] = signing(method.row as SignatureAlgorithmRow, data);
      const files = ['--input-file', fileOf(input), '--signature-file', fileOf(signature)];
      const said = await tool(['--verify', '--id', key.id, '-m', ...mechanism, ...files]).catch(refusedMac);
      if (said.includes('Signature is valid')) return true;
      if (said.includes('Invalid signature')) return false;
      throw new Error(`pkcs11-tool says neither: ${said}`);
    },
    async encrypt(use, plaintext) {
      const row = use.method.row as EncryptionAlgorithmRow;
      const iv = row.ivLength === undefined ? undefined : randomBytes(row.ivLength);
      const ciphertext = await crypt('--encrypt', use, plaintext, iv);
      return { ciphertext, iv, authenticationTag: undefined };
    },
    decrypt: (use, { ciphertext, iv }: Sealed) => crypt('--decrypt', use, ciphertext, iv),
    async wrap({ key }, octets) {
      const [id, output] = [randomBytes(8).toString('hex'), freshFile()];
      const written = [
        '--write-object',
        fileOf(octets),
        '--type',
        'secrkey',
        '--key-type',
        `AES:${octets.length}`,
      ];
      await tool([...written, '--id', id, '--label', 'to-wrap', '--extractable']);
      await tool([
        '--wrap',
        '-m',
        'AES-KEY-WRAP',
        '--id',
        key.id,
        '--application-id',
        id,
        '--output-file',
        output,
      ]);
      await tool(['--delete-object', '--type', 'secrkey', '--id', id]);
      return octetsOf(output);
    },
    async unwrapsTo({ key }, wrapped, octets) {
      const id = randomBytes(8).toString('hex');
      const made = ['--key-type', 'AES:', '--application-id', id, '--application-label', 'unwrapped'];
      await tool([
        '--unwrap',
        '-m',
        'AES-KEY-WRAP',
        '--id',
        key.id,
        '--input-file',
        fileOf(wrapped),
        ...made,
      ]);
      const right = await hasValue(id, octets);
      await tool(['--delete-object', '--type', 'secrkey', '--id', id]);
      return right;
    },
  };
}
