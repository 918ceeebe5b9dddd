import { KeyManagerError } from '@keyway/core/driver';
import type { Call } from '@keyway/core/driver';
import { asVersion } from './key-record.ts';
import type { Version } from './key-record.ts';
import { describeKey, isDeleted, isPending } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import { findMaterial } from './materials/material-versions.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

/** The error for what is not there. */
export function notFound(what: 'key' | 'version' | 'deleted key' = 'key', deleted = false): KeyManagerError {
  const message = deleted ? 'The key is deleted' : `There is no such ${what}`;
  return new KeyManagerError('ERR_KEY_NOT_FOUND', message);
}

/** The version that the alias of a name points to, deleted or not; nothing where there is no such alias. */
export async function findCurrent(vault: KmsVault, name: string, call: Call): Promise<Version | undefined> {
  const key = await describeKey(vault, vault.aliases.current(name), call);
  return key === undefined ? undefined : asVersion(vault, name, key, call);
}

/** The current version of a live key. @throws ERR_KEY_NOT_FOUND */
export async function locateCurrent(vault: KmsVault, name: string, call: Call): Promise<Version> {
  const current = await findCurrent(vault, name, call);
  if (current === undefined) throw notFound();
  if (isDeleted(current.key)) throw notFound('key', true);
  return current;
}

/**
 * A version of a live key by its id, which is that of a KMS key or of a key material.
 *
 * @throws ERR_KEY_NOT_FOUND also where it is a version of another key, or scheduled for deletion.
 */
export async function locateVersion(
  vault: KmsVault,
  name: string,
  version: string,
  call: Call,
): Promise<Version> {
  if (vault.materials !== undefined) {
    const found = await findMaterial(vault, await locateCurrent(vault, name, call), version, call);
    if (found === undefined) throw notFound('version');
    return found;
  }
  vault.aliases.current(name);
  const key = await describeKey(vault, version, call);
  if (key === undefined || key.id !== version) throw notFound('version');
  if (isPending(key)) throw notFound('version', true);
  if (key.record !== undefined && key.record.name !== name) throw notFound('version');
  const found = await asVersion(vault, name, key, call);
  // A deletion that stopped half way, or a recovery, leaves its mark on old versions: the current one decides. A key of
  // another is a version only as long as the name's alias points to it.
  if (found.ownership === 'external' || found.record?.deletedOn !== undefined) {
    const current = await locateCurrent(vault, name, call);
    if (found.ownership === 'external' && current.key.id !== version) throw notFound('version');
  }
  return found;
}

/** The number of the newest version that is claimed for a current one: from its record, else from its aliases. */
export async function sequenceOf(vault: KmsVault, version: Version, call: Call): Promise<number> {
  if (version.record !== undefined) return version.record.sequence;
  if (version.ownership === 'external') return 0;
  let highest = 0;
  let Marker: string | undefined;
  do {
    const page = await vault.client.listAliases(
      { KeyId: version.key.id, ...(Marker === undefined ? {} : { Marker }) },
      { abortSignal: call.signal },
    );
    for (const { AliasName = '' } of page.Aliases ?? []) {
      const meant = vault.aliases.parse(AliasName);
      if (meant?.name === version.name) highest = Math.max(highest, meant.sequence ?? 0);
    }
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return highest;
}

/** What a claim holds. */
export interface Claim {
  readonly sequence: number;
  /** Absent where KMS has destroyed the key, and the claim with it. */
  readonly key: KmsKey | undefined;
}

/** Reads the claims of a name from one number to another. */
export async function readClaims(
  vault: KmsVault,
  name: string,
  sequences: { readonly from: number; readonly to: number },
  call: Call,
): Promise<readonly Claim[]> {
  const { from, to } = sequences;
  const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  return pipelined(numbers, async (sequence) => ({
    sequence,
    key: await describeKey(vault, vault.aliases.claim(name, sequence), call),
  }));
}

/**
 * Whether a claim is that of the version it points to. A deletion claims the next number for the current version, so that
 * nobody else can; once the key is recovered, that number is the version's own and the former one is spent.
 */
export function isOwnClaim({ sequence, key }: Claim, current: KmsKey, newest: number): boolean {
  if (key === undefined) return false;
  if (key.record !== undefined) return key.record.sequence === sequence;
  return key.id !== current.id || sequence === newest;
}
