import { generateKeyPairSync } from 'node:crypto';
import { CannedError } from './canned-error.ts';
import { cannedOwner } from './canned-key.ts';
import { stateOf } from './canned-material-key.ts';
import type { CannedMaterialKey } from './canned-material-key.ts';
import { bareName } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';

/** How the server that rotates materials behaves. */
export interface MaterialServerOptions {
  /** A rotation ends after it was asked about so often. Default 2. */
  readonly pollsPerRotation?: number | undefined;
  /** Rotations on demand that a key has in its life. Default 25, as AWS documents. */
  readonly rotationLimit?: number | undefined;
  /** Materials on one page of their list, whatever is asked for: KMS may give fewer. Default 2. */
  readonly materialsPerPage?: number | undefined;
  /** Whether Decrypt says which material it used. Default true. */
  readonly namesMaterial?: boolean | undefined;
}

/** The options with what holds without them. */
type MaterialServerBehaviour = {
  readonly [Option in keyof MaterialServerOptions]-?: NonNullable<MaterialServerOptions[Option]>;
};

const usual: MaterialServerBehaviour = {
  pollsPerRotation: 2,
  rotationLimit: 25,
  materialsPerPage: 2,
  namesMaterial: true,
};

/** What the server holds. */
export interface MaterialStore {
  readonly options: MaterialServerBehaviour;
  readonly keys: Map<string, CannedMaterialKey>;
  /** Alias names with the ids of their keys. */
  readonly aliases: Map<string, string>;
  /** Import tokens with what they were given for. */
  readonly tokens: Map<string, string>;
  /** What material is wrapped for. One pair serves all: it protects nothing. */
  readonly wrapping: ReturnType<typeof wrappingPair>;
  /** Finds by id, ARN, alias name or alias ARN. */
  find(body: KmsBody, member?: string): CannedMaterialKey;
}

const wrappingPair = () => generateKeyPairSync('rsa', { modulusLength: 4096 });
let pair: ReturnType<typeof wrappingPair> | undefined;

/** Makes an empty store. */
export function createMaterialStore(options: MaterialServerOptions): MaterialStore {
  const keys = new Map<string, CannedMaterialKey>();
  const aliases = new Map<string, string>();
  return {
    options: { ...usual, ...(options as Partial<MaterialServerBehaviour>) },
    keys,
    aliases,
    tokens: new Map(),
    get wrapping() {
      pair ??= wrappingPair();
      return pair;
    },
    find(body, member = 'KeyId') {
      const given = typeof body[member] === 'string' ? body[member] : '';
      const name = bareName(given);
      const key = keys.get(name.startsWith('alias/') ? (aliases.get(name) ?? '') : name);
      if (key !== undefined) return key;
      const what = name.startsWith('alias/')
        ? `Alias ${cannedOwner}:${name}`
        : `Key '${cannedOwner}:key/${name}'`;
      throw new CannedError('NotFoundException', `${what} does not exist`);
    },
  };
}

/** All aliases with what is behind them, in order: what the server holds, without any reading of Keyway's. */
export function dumpMaterials({ keys, aliases }: MaterialStore): readonly string[] {
  return [...aliases]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([alias, id]) => {
      const key = keys.get(id);
      if (key === undefined) return `${alias} nothing`;
      return `${alias} ${stateOf(key)} ${key.materials.length}${key.waiting === undefined ? '' : '+1'} ${key.description}`;
    });
}
