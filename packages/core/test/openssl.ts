import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';

/** What a run of the openssl program gave: whether it ended well, and the file `out`. */
export interface OpensslRun {
  readonly ok: boolean;
  readonly out: Buffer;
}

/** Runs the openssl program in a folder of its own that holds `files`; fails where it is not installed. */
export function openssl(
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array | string>>,
): OpensslRun {
  const folder = mkdtempSync(join(tmpdir(), 'keyway-openssl-'));
  try {
    writeFileSync(join(folder, 'out'), '');
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
    const { status, error } = spawnSync('openssl', args, { cwd: folder });
    if (error !== undefined) throw error;
    return { ok: status === 0, out: readFileSync(join(folder, 'out')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const pem = (key: KeyObject): string =>
  String(
    key.type === 'private'
      ? key.export({ format: 'pem', type: 'pkcs8' })
      : key.export({ format: 'pem', type: 'spki' }),
  );

const withOptions = (options: readonly string[]): string[] =>
  options.flatMap((option) => ['-pkeyopt', option]);

/** `openssl pkeyutl -sign` over a digest. */
export function opensslSign(key: KeyObject, digest: Uint8Array, options: readonly string[]): Uint8Array {
  const args = ['pkeyutl', '-sign', '-inkey', 'key', '-in', 'digest', '-out', 'out', ...withOptions(options)];
  const { ok, out } = openssl(args, { key: pem(key), digest });
  if (!ok) throw new Error('openssl did not sign');
  return new Uint8Array(out);
}

/** `openssl pkeyutl -verify` over a digest. */
export function opensslVerify(
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
  options: readonly string[],
): boolean {
  const args = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key', '-in', 'digest', '-sigfile', 'signature'];
  return openssl([...args, ...withOptions(options)], { key: pem(key), digest, signature }).ok;
}

/** `openssl pkeyutl -decrypt`; undefined where it fails. */
export function opensslDecrypt(
  key: KeyObject,
  ciphertext: Uint8Array,
  options: readonly string[],
): Uint8Array | undefined {
  const args = [
    'pkeyutl',
    '-decrypt',
    '-inkey',
    'key',
    '-in',
    'ciphertext',
    '-out',
    'out',
    ...withOptions(options),
  ];
  const { ok, out } = openssl(args, { key: pem(key), ciphertext });
  return ok ? new Uint8Array(out) : undefined;
}
