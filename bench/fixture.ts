import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptographyClient, JsonWebKey, KeyManager } from '@keyway/core';
import { openLocal } from '@keyway/local';
import type { OpenLocalOptions } from '@keyway/local';

/** A vault in a folder of its own. */
export interface BenchVault {
  readonly manager: KeyManager;
  /** How it was opened, for a second opening. */
  readonly file: string;
  readonly options: OpenLocalOptions;
  close(): Promise<void>;
}

/** The folder for temporary files; one in memory where there is one, since the disk is not what is measured. */
function temporaryRoot(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

/** Makes a local vault in a file. */
export async function openBenchVault(): Promise<BenchVault> {
  const folder = await mkdtemp(join(temporaryRoot(), 'keyway-bench-'));
  const keyFile = join(folder, 'sealing.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  const file = join(folder, 'vault.db');
  const options = { keyFile };
  const manager = await openLocal(file, options);
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  // A run that is interrupted leaves nothing in memory, either.
  process.once('exit', removeFolder);
  return {
    manager,
    file,
    options,
    async close() {
      await manager.close();
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
}

/** A key that the baseline holds in its hand, and a client for the same key in a vault. */
export interface PairedKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly client: CryptographyClient;
}

async function importPair(
  manager: KeyManager,
  name: string,
  privateKey: KeyObject,
  publicKey: KeyObject,
): Promise<PairedKey> {
  await manager.importKey(name, privateKey.export({ format: 'jwk' }) as JsonWebKey);
  return { privateKey, publicKey, client: await manager.getCryptographyClient(name) };
}

/** P-256, on both sides. */
export async function pairedEcKey(manager: KeyManager): Promise<PairedKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return await importPair(manager, 'bench-ec', privateKey, publicKey);
}

/** RSA of 2048 bits, on both sides. */
export async function pairedRsaKey(manager: KeyManager): Promise<PairedKey> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return await importPair(manager, 'bench-rsa', privateKey, publicKey);
}

/** AES of 256 bits, on both sides. */
export async function pairedAesKey(
  manager: KeyManager,
): Promise<{ readonly key: KeyObject; readonly client: CryptographyClient }> {
  const key = createSecretKey(randomBytes(32));
  await manager.importKey('bench-aes', key.export({ format: 'jwk' }) as JsonWebKey);
  return { key, client: await manager.getCryptographyClient('bench-aes') };
}

/** @throws Error where a result is not what it must be: a wrong answer given fast is worth nothing. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Wrong result: ${what}`);
}
