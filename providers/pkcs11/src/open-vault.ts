import { KeyManagerError } from '@keyway/core/driver';
import type { Call, MetadataStore } from '@keyway/core/driver';
import { createEntryCheck } from './entry-check.ts';
import { objectIdOf } from './object-id.ts';
import { createObjectIndex } from './object-index.ts';
import { combineEntries, createRecords } from './records/authenticated-records.ts';
import { createClaims } from './records/claims.ts';
import { openFileStore } from './records/file-store.ts';
import { createIntents } from './records/intents.ts';
import { openMacKeys } from './records/mac-keys.ts';
import { createRecordSeal } from './records/record-seal.ts';
import type { RecordSeal } from './records/record-seal.ts';
import { createTokenStore } from './records/token-store.ts';
import { sweep } from './sweep.ts';
import type { SweepReport } from './sweep.ts';
import type { Token } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';
import type { TokenFeatures } from './token-features.ts';
import type { Pkcs11Vault } from './vault.ts';
import type { VaultSettings } from './vault-settings.ts';

/** Where the records of a vault are kept: on the token, in a file, or in a store of the caller's. */
export type RecordsPlace = 'token' | { readonly file: string } | MetadataStore;

/** What a vault is opened with; the token is open already. */
export interface VaultParts extends Omit<TokenAccess, 'objectId'> {
  readonly identity: string;
  readonly namespace: string;
  readonly settings: VaultSettings;
  readonly hardware?: boolean | undefined;
  /** Default: on the token, where it takes data objects. */
  readonly records?: RecordsPlace | undefined;
  readonly afterStep?: Pkcs11Vault['afterStep'];
}

/** An open vault with what its opening has found. */
export interface OpenedVault {
  readonly vault: Pkcs11Vault;
  /** Changes of killed processes that were put in order. */
  readonly swept: SweepReport;
  /** Closes the records. The token is the opener's. */
  close(): Promise<void>;
}

function requireDataObjects(features: TokenFeatures): void {
  const finding = features['data objects'];
  if (finding.works) return;
  throw new KeyManagerError('ERR_UNSUPPORTED', `The token keeps no data objects: ${finding.reason}`, {
    provider: 'pkcs11',
    alternative: 'the option records: a file, or a store of your own',
  });
}

interface OpenedStore {
  readonly store: MetadataStore;
  /** To be called once records can be read. */
  readonly begin: (seal: RecordSeal, call: Call) => Promise<void>;
}

function openTokenStore(token: Token, namespace: string): OpenedStore {
  let seal: RecordSeal | undefined;
  const store = createTokenStore(token, namespace, (key, entries, call) => {
    const [first = new Uint8Array()] = entries;
    // Before the first seal there is nothing to be read, only to be counted.
    return seal === undefined ? Promise.resolve(first) : combineEntries(seal, key, entries, call);
  });
  return {
    store,
    begin: (given, call) => {
      seal = given;
      return store.tidy(call);
    },
  };
}

const isStore = (place: RecordsPlace): place is MetadataStore => typeof place === 'object' && 'read' in place;

function openStore({ records, features, token, namespace }: VaultParts): OpenedStore {
  const place = records ?? 'token';
  if (place === 'token') {
    requireDataObjects(features);
    return openTokenStore(token, namespace);
  }
  return {
    store: isStore(place) ? place : openFileStore(place.file),
    begin: () => Promise.resolve(),
  };
}

/**
 * Opens the vault of a namespace on an open token: its records, the key that authenticates them, and what killed processes
 * have left half way, which is put in order.
 *
 * @throws ERR_UNSUPPORTED where records are to be on a token that keeps no data objects, ERR_INTEGRITY where the records
 * are of another token, and as the store's opening does.
 */
export async function openVault(parts: VaultParts, call: Call): Promise<OpenedVault> {
  const { token, namespace, identity, settings, hardware, features, plainImport, checkSignatures } = parts;
  const { store, begin } = openStore(parts);
  try {
    const hasRecords = async (): Promise<boolean> =>
      (await store.list({ prefix: '', limit: 1 }, call)).length > 0;
    const keys = await openMacKeys(token, namespace, hasRecords, call);
    const seal = createRecordSeal(namespace, keys);
    await begin(seal, call);
    const vault: Pkcs11Vault = {
      token,
      features,
      plainImport,
      checkSignatures,
      objectId: ({ name, version }) => objectIdOf(namespace, name, version),
      identity,
      namespace,
      settings,
      hardware,
      records: createRecords(store, seal),
      macKeys: keys,
      intents: createIntents(store, seal),
      claims: createClaims(store, seal),
      entries: createEntryCheck(store, seal),
      objects: createObjectIndex(token),
      publicKeys: new Map(),
      afterStep: parts.afterStep,
    };
    return { vault, swept: await sweep(vault, call), close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}
