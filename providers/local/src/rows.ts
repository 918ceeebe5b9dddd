import type { VersionRecord } from './version-record.ts';

/** A key as its row has it; the columns' own names. */
export interface KeyRow {
  readonly name: string;
  /** The current version. */
  readonly current: string;
  /** The highest sequence number that a version of this key has been given. */
  readonly sequence: number;
  readonly deleted_on: number | null;
  readonly purge_on: number | null;
  /** The rotation policy as JSON. */
  readonly policy: string | null;
  /** The request id of the restore that brought the key here. */
  readonly restored_by: string | null;
  readonly generation: number;
  readonly mac: Uint8Array;
}

/** A version as its row has it. */
export interface VersionRow {
  /** The row's number in this file; its material has the same. */
  readonly id: number;
  readonly name: string;
  readonly version: string;
  /** Order of the versions of a key, from 1. */
  readonly sequence: number;
  readonly request_id: string | null;
  readonly record: string;
  readonly generation: number;
  readonly mac: Uint8Array;
}

/** A version that was found and is authentic, with its key's row. */
export interface Located {
  readonly key: KeyRow;
  readonly row: VersionRow;
  readonly record: VersionRecord;
}

/** The columns of a key that its code authenticates, in the order of the code. */
export function keyFields(row: Omit<KeyRow, 'generation' | 'mac'>): readonly (string | number | null)[] {
  return [row.name, row.current, row.sequence, row.deleted_on, row.purge_on, row.policy, row.restored_by];
}

/**
 * The columns of a version that its code authenticates, in the order of the code. Its material needs no place here: it is
 * sealed to the same name and version, which never gets other material.
 */
export function versionFields(
  row: Omit<VersionRow, 'id' | 'generation' | 'mac'>,
): readonly (string | number | null)[] {
  return [row.name, row.version, row.sequence, row.request_id, row.record];
}
