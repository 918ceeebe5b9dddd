import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import process from 'node:process';
import { freshOctets, invalidArgument, KeyManagerError } from '@keyway/core/driver';
import type { KeyManagerErrorCode } from '@keyway/core/driver';

const keyLength = 32;

/** Group and others, in the bits of a mode. */
const othersMask = 0o077;

type Refusal = readonly [code: KeyManagerErrorCode, message: string];

/** What the system's reasons not to open a file mean. */
const refusals: Readonly<Record<string, Refusal>> = {
  ENOENT: ['ERR_UNAVAILABLE', 'The key file is not there'],
  ENOTDIR: ['ERR_UNAVAILABLE', 'The key file is not there'],
  EACCES: ['ERR_PERMISSION_DENIED', 'The key file cannot be read'],
  EPERM: ['ERR_PERMISSION_DENIED', 'The key file cannot be read'],
};
const otherRefusal: Refusal = ['ERR_UNAVAILABLE', 'The key file cannot be opened'];

/** Opens without waiting: a FIFO would otherwise hold the process until somebody writes to it. */
async function openQuietly(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
    const [code, message] = refusals[reason] ?? otherRefusal;
    throw new KeyManagerError(code, message, { cause: error });
  }
}

async function checkFile(file: FileHandle, owner: number | 'anybody'): Promise<void> {
  const status = await file.stat();
  if (!status.isFile()) throw invalidArgument('The key file is not a regular file');
  // Windows has no such modes and owners.
  if (owner === 'anybody') return;
  if (status.uid !== owner) throw invalidArgument('The key file belongs to another user');
  if ((status.mode & othersMask) !== 0)
    throw invalidArgument('The key file is open to others: its mode must be 0600');
}

async function readExactly(file: FileHandle): Promise<Uint8Array> {
  const octets = new Uint8Array(new ArrayBuffer(keyLength + 1));
  let filled = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(octets, filled, octets.length - filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === octets.length) break;
    }
    if (filled !== keyLength) throw invalidArgument(`The key file must hold exactly ${keyLength} octets`);
    return freshOctets(octets.subarray(0, keyLength));
  } finally {
    octets.fill(0);
  }
}

/**
 * Reads a key of 32 octets from a regular file that belongs to this user and to nobody else (mode 0600 or less). What is
 * checked is what is read: the file is opened once. The caller zeroes the result.
 *
 * @param owner The user id whose file it must be; `anybody`: any owner and mode, for systems without them.
 * @throws ERR_UNAVAILABLE where there is no such file, ERR_PERMISSION_DENIED where it cannot be read,
 * ERR_INVALID_ARGUMENT where it is no key file or not kept from others.
 */
export async function readKeyFile(
  path: string,
  owner: number | 'anybody' = process.geteuid?.() ?? 'anybody',
): Promise<Uint8Array> {
  const file = await openQuietly(path);
  try {
    await checkFile(file, owner);
    return await readExactly(file);
  } finally {
    await file.close();
  }
}
