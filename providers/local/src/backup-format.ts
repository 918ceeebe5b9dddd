import { hkdfSync, randomBytes } from 'node:crypto';
import { freshOctets, KeyManagerError } from '@keyway/core/driver';
import { decodeContent, encodeContent } from './backup-content.ts';
import type { BackupContent } from './backup-content.ts';
import { formatBackupHeader, parseBackupHeader } from './backup-header.ts';
import type { BackupMethod } from './backup-header.ts';
import type { BackupKeys } from './backup-keys.ts';
import { defaultScrypt, derivePassphraseKey } from './scrypt-parameters.ts';
import { openBytes, sealBytes } from './sealed-bytes.ts';

export type { BackupContent } from './backup-content.ts';

/** What seals a backup: the vault's backup key, or a passphrase. */
export type BackupSealing = BackupKeys | { readonly passphrase: string | Uint8Array };

/** What may open a backup: whichever of the two is there and fits. */
export interface BackupOpening extends Partial<BackupKeys> {
  readonly passphrase?: string | Uint8Array | undefined;
}

/**
 * Writes a backup: a header, and the content sealed with AES-256-GCM, with the header as associated data.
 *
 * @see {@link formatBackupHeader} and {@link encodeContent} for the two formats.
 */
export async function writeBackup(content: BackupContent, sealing: BackupSealing): Promise<Uint8Array> {
  const method = 'passphrase' in sealing ? newPassphraseMethod() : { key: sealing.current };
  const header = formatBackupHeader(method);
  const key = await keyOf(method, sealing);
  try {
    const octets = encodeContent(content);
    try {
      return freshOctets(header, sealBytes(key, octets, header));
    } finally {
      octets.fill(0);
    }
  } finally {
    key.fill(0);
  }
}

/**
 * Reads a backup. The caller zeroes the materials.
 *
 * @throws ERR_INVALID_ARGUMENT for something that is no backup.
 * @throws ERR_INTEGRITY where any octet was changed or cut off, where another vault has made it, and where the passphrase
 * is another.
 * @throws ERR_UNAUTHENTICATED where it needs a passphrase and none is there.
 * @throws ERR_UNSUPPORTED for a backup of a later version.
 */
export async function readBackup(bytes: Uint8Array, opening: BackupOpening): Promise<BackupContent> {
  const { method, length } = parseBackupHeader(bytes);
  const key = await keyOf(method, opening);
  let octets: Uint8Array;
  try {
    octets = openBytes(key, bytes.subarray(length), bytes.subarray(0, length));
  } finally {
    key.fill(0);
  }
  try {
    return decodeContent(octets);
  } finally {
    octets.fill(0);
  }
}

function newPassphraseMethod(): BackupMethod {
  return { scrypt: defaultScrypt, salt: Uint8Array.from(randomBytes(16)) };
}

/** A copy of the key, which the caller zeroes. */
async function keyOf(method: BackupMethod, opening: BackupOpening): Promise<Uint8Array> {
  if ('key' in method) {
    const key = opening.dataKeys?.get(method.key);
    if (key === undefined) throw new KeyManagerError('ERR_INTEGRITY', 'The backup was made by another vault');
    return freshOctets(key);
  }
  if (opening.passphrase === undefined) {
    throw new KeyManagerError(
      'ERR_UNAUTHENTICATED',
      'The backup is sealed with a passphrase, and none was given',
    );
  }
  const root = await derivePassphraseKey(opening.passphrase, method.salt, method.scrypt);
  const key = new Uint8Array(
    hkdfSync('sha256', root, new Uint8Array(), 'keyway-local backup passphrase 1', 32),
  );
  root.fill(0);
  return key;
}
