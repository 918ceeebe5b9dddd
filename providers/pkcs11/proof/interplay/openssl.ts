import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { CipherGCMTypes } from 'node:crypto';
import { curves, derToP1363, p1363ToDer } from '@keyway/core/driver';
import type { EncryptionAlgorithmRow, SignatureAlgorithmRow } from '@keyway/core/driver';
import type { Other, Sealed, Use } from './other-side.ts';
import { OutsideError } from './run-outside.ts';
import type { Outside } from './run-outside.ts';

/** Where OpenSSL has the key: arguments that give it a key pair's half. */
type KeyArguments = (use: Use, half: 'private' | 'public') => readonly string[];

const halfOf = ({ curve }: SignatureAlgorithmRow): number =>
  curve === undefined ? 0 : curves[curve].coordinateLength;

/** What `pkeyutl` is given of a signature: a digest, but for Ed25519. */
function signing(row: SignatureAlgorithmRow, data: Buffer): readonly [readonly string[], Buffer] {
  if (row.family === 'OKP') return [['-rawin'], data];
  const hash = row.hash ?? '';
  const digest = createHash(hash).update(data).digest();
  if (row.family === 'EC') return [[], digest];
  const pss = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest'];
  return [['-pkeyopt', `digest:${hash}`, ...(row.padding === 'pss' ? pss : [])], digest];
}

function padding({ mode, hash = 'sha1' }: EncryptionAlgorithmRow): readonly string[] {
  if (mode === 'pkcs1') return ['-pkeyopt', 'rsa_padding_mode:pkcs1'];
  return ['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', `rsa_oaep_md:${hash}`];
}

function toDer(row: SignatureAlgorithmRow, signature: Buffer): Uint8Array {
  if (row.family !== 'EC') return signature;
  const der = p1363ToDer(signature, halfOf(row));
  if (der === undefined) throw new Error('The signature is malformed');
  return der;
}

function fromDer(row: SignatureAlgorithmRow, signature: Buffer): Buffer {
  if (row.family !== 'EC') return signature;
  const octets = derToP1363(signature, halfOf(row));
  if (octets === undefined) throw new Error("OpenSSL's signature is malformed");
  return Buffer.from(octets);
}

/** What `pkeyutl` does with key pairs, wherever they are. */
function pairs(
  { openssl, fileOf, freshFile, octetsOf }: Outside,
  at: KeyArguments,
): Pick<Other, 'sign' | 'verify' | 'encrypt' | 'decrypt'> {
  const crypt = async (
    how: string,
    key: readonly string[],
    { method }: Use,
    input: Buffer,
  ): Promise<Buffer> => {
    const output = freshFile();
    const options = padding(method.row as EncryptionAlgorithmRow);
    await openssl(['pkeyutl', how, ...key, ...options, '-in', fileOf(input), '-out', output]);
    return octetsOf(output);
  };
  return {
    async sign(use, data) {
      const row = use.method.row as SignatureAlgorithmRow;
      const [options, input] = signing(row, data);
      const output = freshFile();
      await openssl([
        'pkeyutl',
        '-sign',
        ...at(use, 'private'),
        ...options,
        '-in',
        fileOf(input),
        '-out',
        output,
      ]);
      return fromDer(row, octetsOf(output));
    },
    async verify(use, data, signature) {
      const row = use.method.row as SignatureAlgorithmRow;
      const [options, input] = signing(row, data);
      const files = ['-in', fileOf(input), '-sigfile', fileOf(toDer(row, signature))];
      try {
        await openssl(['pkeyutl', '-verify', '-pubin', ...at(use, 'public'), ...options, ...files]);
        return true;
      } catch (error) {
        if (error instanceof OutsideError && error.output.includes('Signature Verification Failure'))
          return false;
        throw error;
      }
    },
    async encrypt(use, plaintext) {
      const ciphertext = await crypt('-encrypt', ['-pubin', ...at(use, 'public')], use, plaintext);
      return { ciphertext, iv: undefined, authenticationTag: undefined };
    },
    decrypt: (use, { ciphertext }) => crypt('-decrypt', at(use, 'private'), use, ciphertext),
  };
}

const noSecrets = (): never => {
  throw new OutsideError('the engine has key pairs only');
};

/** OpenSSL's engine for PKCS #11 (libp11): it finds keys on the token by their URI, and works with them there. */
export function opensslEngine(outside: Outside): Other {
  const { token, pinFile } = outside;
  const keys: KeyArguments = ({ key }, half) => {
    const id = key.id.replaceAll(/../g, (octet) => `%${octet}`);
    const uri = `pkcs11:token=${encodeURIComponent(token.label)};id=${id};type=${half}?pin-source=file:${pinFile}`;
    return ['-engine', 'pkcs11', '-keyform', 'engine', '-inkey', uri];
  };
  return { ...pairs(outside, keys), wrap: noSecrets, unwrapsTo: noSecrets };
}

/** Arguments that wrap or unwrap by RFC 3394, with the initial value of its section 2.2.3.1. */
export function wrapArguments(how: '-e' | '-d', key: Buffer): readonly string[] {
  const secrets = ['-K', key.toString('hex'), '-iv', 'a6'.repeat(8)];
  return ['enc', how, `-id-aes${key.length * 8}-wrap`, ...secrets, '-nopad'];
}

function materialOf({ key }: Use): Buffer {
  if (key.material === undefined) throw new OutsideError('the key never leaves the token');
  return key.material;
}

/** `openssl enc` has no modes with a tag: Node's own OpenSSL does those. */
function sealWithTag(row: EncryptionAlgorithmRow, key: Buffer, plaintext: Buffer): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv(`aes-${row.size}-gcm` as CipherGCMTypes, key, iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { ciphertext, iv, authenticationTag: cipher.getAuthTag() };
}

function openWithTag(row: EncryptionAlgorithmRow, key: Buffer, sealed: Sealed): Buffer {
  const decipher = createDecipheriv(`aes-${row.size}-gcm` as CipherGCMTypes, key, sealed.iv ?? '');
  decipher.setAuthTag(sealed.authenticationTag ?? Buffer.alloc(0));
  return Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()]);
}

/** OpenSSL without the token: with the public key as pkcs11-tool reads it out, or with the key itself. */
export function opensslAlone(outside: Outside): Other {
  const { openssl, fileOf, freshFile, octetsOf } = outside;
  const keys: KeyArguments = (use, half) => {
    if (half === 'private') return ['-inkey', fileOf(materialOf(use))];
    const spki = use.key.publicKey?.export({ format: 'der', type: 'spki' });
    return ['-keyform', 'DER', '-inkey', fileOf(spki ?? Buffer.alloc(0))];
  };
  const pair = pairs(outside, keys);

  async function enc(args: readonly string[], input: Buffer): Promise<Buffer> {
    const output = freshFile();
    await openssl([...args, '-in', fileOf(input), '-out', output]);
    return octetsOf(output);
  }

  function block(how: string, use: Use, input: Buffer, iv: Buffer | undefined): Promise<Buffer> {
    const { mode, size } = use.method.row as EncryptionAlgorithmRow;
    const padding = mode === 'cbcpad' ? [] : ['-nopad'];
    const secrets = ['-K', materialOf(use).toString('hex'), '-iv', (iv ?? Buffer.alloc(0)).toString('hex')];
    return enc(['enc', how, `-aes-${size}-cbc`, ...secrets, ...padding], input);
  }

  async function mac(use: Use, data: Buffer): Promise<Buffer> {
    const output = freshFile();
    const hash = (use.method.row as SignatureAlgorithmRow).hash ?? '';
    const key = ['-macopt', `hexkey:${materialOf(use).toString('hex')}`];
    await openssl(['mac', '-digest', hash, ...key, '-binary', '-in', fileOf(data), '-out', output, 'HMAC']);
    return octetsOf(output);
  }

  return {
    sign: (use, data) => (use.method.kind === 'mac' ? mac(use, data) : pair.sign(use, data)),
    async verify(use, data, signature) {
      return use.method.kind === 'mac'
        ? (await mac(use, data)).equals(signature)
        : pair.verify(use, data, signature);
    },
    async encrypt(use, plaintext) {
      const row = use.method.row as EncryptionAlgorithmRow;
      if (row.family === 'RSA') return pair.encrypt(use, plaintext);
      if (row.mode === 'gcm') return sealWithTag(row, materialOf(use), plaintext);
      const iv = randomBytes(16);
      return { ciphertext: await block('-e', use, plaintext, iv), iv, authenticationTag: undefined };
    },
    async decrypt(use, sealed) {
      const row = use.method.row as EncryptionAlgorithmRow;
      if (row.family === 'RSA') return pair.decrypt(use, sealed);
      if (row.mode === 'gcm') return openWithTag(row, materialOf(use), sealed);
      return block('-d', use, sealed.ciphertext, sealed.iv);
    },
    wrap: (use, octets) => enc(wrapArguments('-e', materialOf(use)), octets),
    async unwrapsTo(use, wrapped, octets) {
      return (await enc(wrapArguments('-d', materialOf(use)), wrapped)).equals(octets);
    },
  };
}
