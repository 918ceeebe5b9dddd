import type { Classification } from '@keyway/core/driver';

const never = (code: Classification['code']): Classification => ({ code, retry: 'never' });
const passing: Classification = { code: 'ERR_UNAVAILABLE', retry: 'safe', outcome: 'none' };
const refused = (code: Classification['code']): Classification => ({ code, retry: 'never', outcome: 'none' });

/**
 * SQLite's result codes (https://www.sqlite.org/rescode.html): what an error of each means here. An extended code that is
 * not in the table means what its primary code, its low octet, means.
 */
export const sqliteCodes: Readonly<
  Record<number, { readonly name: string; readonly means: Classification }>
> = {
  1: { name: 'SQLITE_ERROR', means: never('ERR_UNKNOWN') },
  2: { name: 'SQLITE_INTERNAL', means: never('ERR_UNKNOWN') },
  3: { name: 'SQLITE_PERM', means: refused('ERR_PERMISSION_DENIED') },
  4: { name: 'SQLITE_ABORT', means: never('ERR_UNKNOWN') },
  5: { name: 'SQLITE_BUSY', means: passing },
  6: { name: 'SQLITE_LOCKED', means: passing },
  7: { name: 'SQLITE_NOMEM', means: refused('ERR_UNAVAILABLE') },
  8: { name: 'SQLITE_READONLY', means: refused('ERR_PERMISSION_DENIED') },
  9: { name: 'SQLITE_INTERRUPT', means: never('ERR_ABORTED') },
  10: { name: 'SQLITE_IOERR', means: never('ERR_UNAVAILABLE') },
  11: { name: 'SQLITE_CORRUPT', means: never('ERR_INTEGRITY') },
  12: { name: 'SQLITE_NOTFOUND', means: never('ERR_UNKNOWN') },
  13: { name: 'SQLITE_FULL', means: refused('ERR_QUOTA_EXCEEDED') },
  14: { name: 'SQLITE_CANTOPEN', means: refused('ERR_UNAVAILABLE') },
  15: { name: 'SQLITE_PROTOCOL', means: passing },
  17: { name: 'SQLITE_SCHEMA', means: passing },
  18: { name: 'SQLITE_TOOBIG', means: refused('ERR_INVALID_ARGUMENT') },
  19: { name: 'SQLITE_CONSTRAINT', means: refused('ERR_CONFLICT') },
  20: { name: 'SQLITE_MISMATCH', means: never('ERR_UNKNOWN') },
  21: { name: 'SQLITE_MISUSE', means: never('ERR_UNKNOWN') },
  22: { name: 'SQLITE_NOLFS', means: refused('ERR_QUOTA_EXCEEDED') },
  23: { name: 'SQLITE_AUTH', means: refused('ERR_PERMISSION_DENIED') },
  24: { name: 'SQLITE_FORMAT', means: never('ERR_INTEGRITY') },
  26: { name: 'SQLITE_NOTADB', means: never('ERR_INTEGRITY') },
  522: { name: 'SQLITE_IOERR_SHORT_READ', means: never('ERR_INTEGRITY') },
  1032: {
    name: 'SQLITE_READONLY_DBMOVED',
    means: { code: 'ERR_UNAVAILABLE', retry: 'afterReopen', outcome: 'none' },
  },
  8458: { name: 'SQLITE_IOERR_CORRUPTFS', means: never('ERR_INTEGRITY') },
};

/** What an error of the file system means; all of them come before anything is changed. */
export const systemCodes: Readonly<Record<string, Classification>> = {
  EACCES: refused('ERR_PERMISSION_DENIED'),
  EPERM: refused('ERR_PERMISSION_DENIED'),
  EROFS: refused('ERR_PERMISSION_DENIED'),
  ENOENT: refused('ERR_UNAVAILABLE'),
  ENOTDIR: refused('ERR_UNAVAILABLE'),
  EISDIR: refused('ERR_INVALID_ARGUMENT'),
  ENAMETOOLONG: refused('ERR_INVALID_ARGUMENT'),
  ELOOP: refused('ERR_UNAVAILABLE'),
  EMFILE: refused('ERR_UNAVAILABLE'),
  ENFILE: refused('ERR_UNAVAILABLE'),
  ENOSPC: refused('ERR_QUOTA_EXCEEDED'),
  EDQUOT: refused('ERR_QUOTA_EXCEEDED'),
  EIO: never('ERR_UNAVAILABLE'),
};

const unknown = never('ERR_UNKNOWN');

/** Tells what an error of SQLite or of the file system means. */
export function classify(error: unknown): Classification {
  if (typeof error !== 'object' || error === null) return unknown;
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') {
    return (sqliteCodes[errcode] ?? sqliteCodes[errcode & 0xff])?.means ?? unknown;
  }
  if (typeof code === 'string' && Object.hasOwn(systemCodes, code)) return systemCodes[code] ?? unknown;
  return unknown;
}
