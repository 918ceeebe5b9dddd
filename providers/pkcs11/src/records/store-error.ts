import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { KeyManagerErrorCode } from '@keyway/core/driver';

type Meaning = readonly [code: KeyManagerErrorCode, message: string];

/** What the system says when a file cannot be opened. */
const systemCodes: Readonly<Record<string, Meaning>> = {
  ENOENT: ['ERR_UNAVAILABLE', 'The folder of the metadata file is not there'],
  ENOTDIR: ['ERR_UNAVAILABLE', 'The folder of the metadata file is not there'],
  EACCES: ['ERR_PERMISSION_DENIED', 'The metadata file cannot be read and written'],
  EPERM: ['ERR_PERMISSION_DENIED', 'The metadata file cannot be read and written'],
  EROFS: ['ERR_PERMISSION_DENIED', 'The metadata file cannot be read and written'],
  ENOSPC: ['ERR_QUOTA_EXCEEDED', 'There is no room for the metadata file'],
};

/** Primary result codes of SQLite, https://sqlite.org/rescode.html */
const sqliteCodes: ReadonlyMap<number, Meaning> = new Map([
  [3, ['ERR_PERMISSION_DENIED', 'The metadata file cannot be read and written']],
  [5, ['ERR_UNAVAILABLE', 'Others keep writing to the metadata file']],
  [8, ['ERR_PERMISSION_DENIED', 'The metadata file cannot be written']],
  [11, ['ERR_INTEGRITY', 'The metadata file is damaged']],
  [13, ['ERR_QUOTA_EXCEEDED', 'There is no room for the metadata file']],
  [14, ['ERR_UNAVAILABLE', 'The metadata file cannot be opened']],
  [26, ['ERR_INTEGRITY', 'The metadata file is another file, or damaged']],
]);

/** The system's code in an error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function meaningOf(error: unknown): Meaning {
  const number = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  const found = number === undefined ? systemCodes[codeOf(error) ?? ''] : sqliteCodes.get(number);
  return found ?? ['ERR_UNAVAILABLE', 'The metadata file cannot be used'];
}

/** What an error of the file or of SQLite means. */
export function storeError(error: unknown): Error {
  if (isKeyManagerError(error) || error instanceof TypeError) return error;
  const [code, message] = meaningOf(error);
  return new KeyManagerError(code, message, { provider: 'pkcs11', cause: error });
}
