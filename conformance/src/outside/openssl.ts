import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EncryptionAlgorithmRow, JsonWebKey, SignatureAlgorithmRow } from '@keyway/core';
import type { OutsideCiphertext } from './encryption.ts';
import { derOfP1363 } from './p1363.ts';
import { outsidePrivateKey, outsidePublicKey, outsideSecret } from './public-key.ts';
import { digestOutside } from './signatures.ts';

const run = promisify(execFile);

/** What `openssl version` says, or undefined where there is none. */
export function opensslVersion(): string | undefined {
  try {
    return execFileSync('openssl', ['version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Whether the openssl program can check this: ML-DSA came with OpenSSL 3.5, and its Ed25519 takes no empty input. */
export function opensslKnows(row: SignatureAlgorithmRow, data: Uint8Array): boolean {
  return row.family !== 'AKP' && (row.family !== 'OKP' || data.length > 0);
}

/** Verifies a signature by the openssl program, in a process of its own. ECDSA signatures are P1363. */
export function opensslVerifies(
  row: SignatureAlgorithmRow,
  key: JsonWebKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return inFolder(async (folder) => {
    if (row.family === 'oct') return await opensslMac(folder, row, key, data, signature);
    const digest = row.family === 'OKP' ? data : digestOutside(row, data);
    const form = row.family === 'EC' ? derOfP1363(signature) : signature;
    await writeFile(join(folder, 'key.pem'), outsidePublicKey(key).export({ type: 'spki', format: 'pem' }));
    await writeFile(join(folder, 'signature'), form);
    await writeFile(join(folder, 'input'), digest);
    const base = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      'key.pem',
      '-sigfile',
      'signature',
      '-in',
      'input',
    ];
    return await succeeds(folder, [...base, ...verifyParameters(row)]);
  });
}

/** Decrypts or unwraps by the openssl program; not for GCM, which its command line lacks. */
export function opensslDecrypts(
  row: EncryptionAlgorithmRow,
  key: JsonWebKey,
  parts: Pick<OutsideCiphertext, 'iv'> & { readonly ciphertext: Uint8Array },
): Promise<Buffer> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'input'), parts.ciphertext);
    if (row.family === 'RSA') {
      const pem = outsidePrivateKey(key).export({ type: 'pkcs8', format: 'pem' });
      await writeFile(join(folder, 'key.pem'), pem, { mode: 0o600 });
      return await output(folder, [
        'pkeyutl',
        '-decrypt',
        '-inkey',
        'key.pem',
        '-in',
        'input',
        ...rsaPadding(row),
      ]);
    }
    const secret = outsideSecret(key).toString('hex');
    const cipher = row.mode === 'kw' ? `-id-aes${row.size}-wrap` : `-aes-${row.size}-cbc`;
    const iv = row.mode === 'kw' ? 'a6a6a6a6a6a6a6a6' : (parts.iv?.toString('hex') ?? '');
    const padding = row.mode === 'cbcpad' ? [] : ['-nopad'];
    return await output(folder, ['enc', '-d', cipher, '-K', secret, '-iv', iv, '-in', 'input', ...padding]);
  });
}

async function opensslMac(
  folder: string,
  row: SignatureAlgorithmRow,
  key: JsonWebKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  await writeFile(join(folder, 'input'), data);
  const secret = `hexkey:${outsideSecret(key).toString('hex')}`;
  const mac = ['mac', '-digest', row.hash ?? '', '-macopt', secret, '-in', 'input', 'HMAC'];
  const text = (await output(folder, mac)).toString().trim().toLowerCase();
  return text === Buffer.from(signature).toString('hex');
}

function verifyParameters(row: SignatureAlgorithmRow): readonly string[] {
  if (row.family === 'OKP') return ['-rawin'];
  const digest = ['-pkeyopt', `digest:${row.hash ?? ''}`];
  if (row.padding === 'pkcs1') return [...digest, '-pkeyopt', 'rsa_padding_mode:pkcs1'];
  if (row.padding !== 'pss') return digest;
  const salt = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest'];
  return [...digest, ...salt, '-pkeyopt', `rsa_mgf1_md:${row.hash ?? ''}`];
}

function rsaPadding(row: EncryptionAlgorithmRow): readonly string[] {
  if (row.mode === 'pkcs1') return ['-pkeyopt', 'rsa_padding_mode:pkcs1'];
  const hash = row.hash ?? 'sha1';
  const hashes = ['-pkeyopt', `rsa_oaep_md:${hash}`, '-pkeyopt', `rsa_mgf1_md:${hash}`];
  return ['-pkeyopt', 'rsa_padding_mode:oaep', ...hashes];
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'keyway-outside-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function output(folder: string, command: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('openssl', command, { cwd: folder, encoding: 'buffer' });
  return stdout;
}

/** openssl says by its exit status whether a signature verifies; a command it does not understand is no verdict. */
async function succeeds(folder: string, command: readonly string[]): Promise<boolean> {
  try {
    await run('openssl', command, { cwd: folder });
    return true;
  } catch (error) {
    const said = error as { readonly stdout?: string; readonly stderr?: string };
    if (/Signature Verification Failure/.test(`${said.stdout ?? ''}${said.stderr ?? ''}`)) return false;
    throw new Error(`openssl gave no verdict: ${said.stderr ?? ''}`, { cause: error });
  }
}
