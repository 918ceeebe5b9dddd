import { keyManagerErrorCodes } from '@keyway/core';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { classify, sqliteCodes, systemCodes } from '../src/classify.ts';

const sqliteError = (errcode: number): Error =>
  Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode });

/** What each code of SQLite must come to, written down apart from the table. */
const expected: Readonly<Record<string, string>> = {
  SQLITE_ERROR: 'ERR_UNKNOWN',
  SQLITE_INTERNAL: 'ERR_UNKNOWN',
  SQLITE_PERM: 'ERR_PERMISSION_DENIED',
  SQLITE_ABORT: 'ERR_UNKNOWN',
  SQLITE_BUSY: 'ERR_UNAVAILABLE',
  SQLITE_LOCKED: 'ERR_UNAVAILABLE',
  SQLITE_NOMEM: 'ERR_UNAVAILABLE',
  SQLITE_READONLY: 'ERR_PERMISSION_DENIED',
  SQLITE_INTERRUPT: 'ERR_ABORTED',
  SQLITE_IOERR: 'ERR_UNAVAILABLE',
  SQLITE_CORRUPT: 'ERR_INTEGRITY',
  SQLITE_NOTFOUND: 'ERR_UNKNOWN',
  SQLITE_FULL: 'ERR_QUOTA_EXCEEDED',
  SQLITE_CANTOPEN: 'ERR_UNAVAILABLE',
  SQLITE_PROTOCOL: 'ERR_UNAVAILABLE',
  SQLITE_SCHEMA: 'ERR_UNAVAILABLE',
  SQLITE_TOOBIG: 'ERR_INVALID_ARGUMENT',
  SQLITE_CONSTRAINT: 'ERR_CONFLICT',
  SQLITE_MISMATCH: 'ERR_UNKNOWN',
  SQLITE_MISUSE: 'ERR_UNKNOWN',
  SQLITE_NOLFS: 'ERR_QUOTA_EXCEEDED',
  SQLITE_AUTH: 'ERR_PERMISSION_DENIED',
  SQLITE_FORMAT: 'ERR_INTEGRITY',
  SQLITE_NOTADB: 'ERR_INTEGRITY',
  SQLITE_IOERR_SHORT_READ: 'ERR_INTEGRITY',
  SQLITE_READONLY_DBMOVED: 'ERR_UNAVAILABLE',
  SQLITE_IOERR_CORRUPTFS: 'ERR_INTEGRITY',
};

/** The codes after which a repetition can succeed and nothing has been changed. */
const passing = ['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL', 'SQLITE_SCHEMA'];

describe('an error of SQLite', () => {
  for (const [number, { name }] of Object.entries(sqliteCodes)) {
    it(`${name} means ${expected[name]}`, () => {
      const { code, retry, outcome } = classify(sqliteError(Number(number)));
      expect(code).toBe(expected[name]);
      expect(retry === 'safe').toBe(passing.includes(name));
      if (retry === 'safe') expect(outcome).toBe('none');
    });
  }

  it('has an expectation for each row, and a row for each expectation', () => {
    const names = Object.values(sqliteCodes).map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it('with an extended code that is not in the table means what its primary code means', () => {
    expect(classify(sqliteError(5 | (2 << 8))).retry).toBe('safe');
    expect(classify(sqliteError(11 | (1 << 8))).code).toBe('ERR_INTEGRITY');
    expect(classify(sqliteError(200)).code).toBe('ERR_UNKNOWN');
  });

  it('is recognised as node:sqlite throws it', () => {
    const connection = new DatabaseSync(':memory:');
    connection.exec('CREATE TABLE t (c INTEGER NOT NULL) STRICT');
    const fail = (sql: string): string => {
      try {
        connection.exec(sql);
        return 'nothing';
      } catch (error) {
        return classify(error).code;
      }
    };
    expect(fail('INSERT INTO t VALUES (NULL)')).toBe('ERR_CONFLICT');
    expect(fail('SELECT * FROM missing')).toBe('ERR_UNKNOWN');
    expect(fail('PRAGMA query_only = 1; INSERT INTO t VALUES (1)')).toBe('ERR_PERMISSION_DENIED');
    connection.close();
  });
});

describe('an error of the file system', () => {
  for (const [code, means] of Object.entries(systemCodes)) {
    it(`${code} means ${means.code}`, () => {
      expect(classify(Object.assign(new Error('x'), { code }))).toEqual(means);
      expect(keyManagerErrorCodes).toContain(means.code);
    });
  }
});

describe('anything else', () => {
  it('is unknown, and never throws', () => {
    for (const error of [
      undefined,
      null,
      'text',
      7,
      {},
      new Error('x'),
      { code: 'toString' },
      { code: 'ERR_SQLITE_ERROR' },
    ]) {
      expect(classify(error)).toEqual({ code: 'ERR_UNKNOWN', retry: 'never' });
    }
  });
});
