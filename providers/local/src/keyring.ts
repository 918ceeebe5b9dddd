import { integrityError, KeyManagerError } from '@keyway/core/driver';
import { createDataKey, placeOf, zeroDataKey } from './data-keys.ts';
import type { DataKey } from './data-keys.ts';
import type { VaultDatabase } from './database.ts';
import { openBytes, sealBytes } from './sealing.ts';

/** Gives the sealing key again, after another process has sealed the vault anew. */
export type Reopen = (header: string) => Promise<Uint8Array>;

/** Thrown where a row is of a generation that the file has but this process has not opened yet. */
export class MissingDataKey extends Error {}

/** The data keys of an open vault. */
export interface Keyring {
  /** The data key of a row. @throws ERR_INTEGRITY where the vault has no such generation. */
  of(generation: number): DataKey;
  /** The data key for rows that are written now. Must be called within a change. */
  newest(): DataKey;
  /** Opens what other processes have added, and drops what they have taken away. */
  reload(): Promise<void>;
  /**
   * The key that seals the data keys. Not a copy. Must be called within a change, before anything is sealed with it.
   *
   * @throws MissingDataKey where another process has sealed the vault anew and `reload` must come first.
   */
  sealingKey(): Uint8Array;
  /** Takes over the sealing key under which this process has just sealed the vault anew. */
  adopt(
    sealed: { readonly header: string; readonly sealingKey: Uint8Array },
    reopen: Reopen | undefined,
  ): void;
  close(): void;
}

/** The text of the sealing header, and the sealed data keys. */
export interface SealedKeys {
  readonly header: string;
  readonly rows: readonly { readonly generation: number; readonly sealed: Uint8Array }[];
}

/** Reads what is sealed on one state of the file. */
export function readSealedKeys(database: VaultDatabase): SealedKeys {
  return database.snapshot(() => {
    const header = readHeader(database);
    const rows = database.connection
      .prepare('SELECT generation, sealed FROM generations ORDER BY generation')
      .all();
    if (typeof header !== 'string' || rows.length === 0) throw integrityError();
    return { header, rows: rows as (Record<string, unknown> & SealedKeys['rows'][number])[] };
  });
}

/** Seals a data key of 32 octets for its row. */
export function sealDataKey(
  sealingKey: Uint8Array,
  identity: string,
  generation: number,
  secret: Uint8Array,
): Uint8Array {
  return sealBytes(sealingKey, secret, placeOf(identity, 'data key', generation));
}

/** Opens a data key's row. The caller zeroes the result. */
export function openDataKey(
  sealingKey: Uint8Array,
  identity: string,
  row: { readonly generation: number; readonly sealed: Uint8Array },
): Uint8Array {
  return openBytes(sealingKey, row.sealed, placeOf(identity, 'data key', row.generation));
}

/** Reads the sealing header. */
function readHeader(database: VaultDatabase): unknown {
  return database.connection.prepare(`SELECT value FROM vault WHERE item = 'sealing'`).get()?.['value'];
}

function openRow(sealingKey: Uint8Array, identity: string, row: SealedKeys['rows'][number]): DataKey {
  const secret = openDataKey(sealingKey, identity, row);
  try {
    return createDataKey(row.generation, secret);
  } finally {
    secret.fill(0);
  }
}

/**
 * Opens the data keys of a vault.
 *
 * @param opened The sealing key, which the keyring zeroes in the end, and the header it was opened with.
 * @param reopenAtFirst Absent where the secret is not kept: then a vault sealed anew by others must be opened again.
 * @throws ERR_INTEGRITY where a data key or the identity is damaged.
 */
export function createKeyring(
  database: VaultDatabase,
  identity: string,
  opened: { readonly header: string; readonly sealingKey: Uint8Array },
  reopenAtFirst: Reopen | undefined,
): Keyring {
  const keys = new Map<number, DataKey>();
  let { header, sealingKey } = opened;
  let reopen = reopenAtFirst;
  const present = database.connection.prepare('SELECT generation FROM generations');
  const highest = database.connection.prepare('SELECT max(generation) AS generation FROM generations');
  let generations: ReadonlySet<unknown> = new Set();
  let listedAt: number | undefined;

  /** Notices, when anything has changed, which generations there are; keys of others are forgotten. */
  function list(): void {
    const stamp = database.stamp();
    if (stamp === listedAt) return;
    generations = new Set(present.all().map((row) => row['generation']));
    listedAt = stamp;
    for (const [generation, key] of keys) {
      if (generations.has(generation)) continue;
      zeroDataKey(key);
      keys.delete(generation);
    }
  }
  function of(generation: number): DataKey {
    list();
    const key = keys.get(generation);
    if (key !== undefined) return key;
    if (!generations.has(generation)) throw integrityError();
    throw new MissingDataKey();
  }
  function install(sealed: SealedKeys): void {
    for (const row of sealed.rows) {
      if (!keys.has(row.generation)) keys.set(row.generation, openRow(sealingKey, identity, row));
    }
  }
  async function reload(): Promise<void> {
    const sealed = readSealedKeys(database);
    if (sealed.header !== header) {
      const fresh = await openAgain(reopen, sealed.header);
      sealingKey.fill(0);
      sealingKey = fresh;
      header = sealed.header;
    }
    install(sealed);
    list();
  }
  install(readSealedKeys(database));
  return {
    of,
    newest: () => of(Number(highest.get()?.['generation'])),
    reload,
    sealingKey() {
      if (readHeader(database) !== header) throw new MissingDataKey();
      return sealingKey;
    },
    adopt(sealed, again) {
      sealingKey.fill(0);
      ({ header, sealingKey } = sealed);
      reopen = again;
    },
    close() {
      for (const key of keys.values()) zeroDataKey(key);
      keys.clear();
      sealingKey.fill(0);
    },
  };
}

async function openAgain(reopen: Reopen | undefined, header: string): Promise<Uint8Array> {
  if (reopen !== undefined) return reopen(header);
  throw new KeyManagerError(
    'ERR_UNAUTHENTICATED',
    'The vault was sealed anew by another process: open it again',
    {
      alternative: 'a passphrase source or key file, which is read again when the vault was sealed anew',
    },
  );
}
