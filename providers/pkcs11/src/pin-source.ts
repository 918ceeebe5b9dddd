import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { invalidArgument, KeyManagerError } from '@keyway/core/driver';
import type { PinSource } from './token/token.ts';

/** Far more than any token takes. */
const maxPinLength = 1024;

/** Group and others, in the bits of a mode. */
const othersMask = 0o077;

/** Warned about in this process. */
const warned = new Set<string>();

/**
 * The file that a `pin-source` names: `file:/path`, `file:///path`, an absolute path, or one that begins with `./` or
 * `../`, from the working folder on. RFC 7512 leaves all but URIs and commands to the implementation.
 *
 * @throws ERR_INVALID_ARGUMENT for a command, another URI, or another text, such as the PIN itself. It is not repeated.
 */
export function pinFileOf(source: string): string {
  if (/^\.{0,2}\/[^\0]*$/.test(source)) return source;
  const url = /^file:\/(?!\/[^/])/i.test(source) ? URL.parse(source) : null;
  if (url !== null && url.host === '' && url.search === '' && url.hash === '') {
    try {
      const path = fileURLToPath(url);
      if (!path.includes('\0')) return path;
    } catch {
      // Falls through to the one error for all.
    }
  }
  throw invalidArgument('pin-source must be file:<path> or a path; commands and other URIs are not taken');
}

/**
 * A PIN that is read from a file each time a login is due. One newline at its end, LF or CR LF, is not of the PIN;
 * spaces are. Warns once where others than its owner may read the file.
 */
export function pinFromFile(path: string): PinSource {
  return async () => {
    const file = await openQuietly(path);
    try {
      await checkFile(file, path);
      return await readPin(file);
    } finally {
      await file.close();
    }
  };
}

/** A PIN that is kept in memory for as long as the vault is open, since a login may be due again. */
export function pinFromMemory(pin: string | Uint8Array): PinSource {
  const kept = Uint8Array.from(typeof pin === 'string' ? Buffer.from(pin) : pin);
  return () => Promise.resolve(Uint8Array.from(kept));
}

/** Opens without waiting: a FIFO would otherwise hold the login until somebody writes to it. */
async function openQuietly(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new KeyManagerError('ERR_UNAUTHENTICATED', 'The file with the PIN cannot be read', {
      cause: error,
    });
  }
}

async function checkFile(file: FileHandle, path: string): Promise<void> {
  const status = await file.stat();
  if (!status.isFile()) throw invalidArgument('The file with the PIN is not a regular file');
  if (process.platform === 'win32' || (status.mode & othersMask) === 0 || warned.has(path)) return;
  warned.add(path);
  process.emitWarning('The file with the PIN is open to others than its owner: its mode should be 0600', {
    type: 'KeywayWarning',
    code: 'KEYWAY_PIN_FILE',
  });
}

/** Leaves no copy but the one that it gives. */
async function readPin(file: FileHandle): Promise<Uint8Array> {
  const octets = new Uint8Array(new ArrayBuffer(maxPinLength + 2));
  let filled = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(octets, filled, octets.length - filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === octets.length) break;
    }
    if (octets[filled - 1] === 0x0a) filled -= octets[filled - 2] === 0x0d ? 2 : 1;
    if (filled === 0) throw invalidArgument('The file with the PIN is empty');
    if (filled > maxPinLength) throw invalidArgument('The file with the PIN is too long for a PIN');
    return octets.slice(0, filled);
  } finally {
    octets.fill(0);
  }
}
