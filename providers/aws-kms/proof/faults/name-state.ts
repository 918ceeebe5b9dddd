import type { DumpedKey, KmsDump } from '../dump.ts';
import { describeMaterials } from './material-state.ts';
import type { MaterialState } from './material-state.ts';

/** What is seen of one version from outside. */
export interface VersionState {
  /** KMS's own state. */
  readonly state: string;
  /** Its description says that it is deleted. */
  readonly marked: boolean;
  /** Its description has the tag that the update writes. */
  readonly updated: boolean;
  /** Whose it is, by what is written on it: nobody's, by its AWS tags, by its description too. */
  readonly owner: 'nobody' | 'tags' | 'record';
  /** Where the versions are materials of one KMS key, which then stands for all of them. */
  readonly materials?: MaterialState | undefined;
}

/** What is seen of the name `k`. Versions are numbered from 1, in the order of their claims. */
export interface NameState {
  readonly versions: readonly VersionState[];
  /** Which version holds each claim, from claim 1; 0: nobody, which is a gap. */
  readonly claims: readonly number[];
  readonly points: number | undefined;
}

/** A name in a dump, and what belongs to no name. */
export interface SeenName {
  readonly state: NameState;
  /** The KMS key of each version. */
  readonly ids: readonly string[];
  /** KMS keys with our tags that no alias points to and nobody has scheduled for deletion. */
  readonly orphans: readonly string[];
}

/** The tag that tells an updated record. */
export const updateTag = { faults: 'updated' } as const;

function versionState(prefix: string, key: DumpedKey): VersionState {
  const start = `keyway:${prefix}:`;
  const record = [`${start}{`, `${start}materials:{`].some((each) => key.description.startsWith(each));
  const tags = key.tags['keyway:vault'] === prefix && key.tags['keyway:name'] === 'k';
  return {
    state: key.state,
    marked: record && /"del":\d/.test(key.description),
    updated: record && key.description.includes(JSON.stringify(updateTag).slice(1, -1)),
    owner: record && tags ? 'record' : tags ? 'tags' : 'nobody',
  };
}

/**
 * Reads the name `k` out of a bare dump, by what the docs page of the provider says of aliases, tags and descriptions: no
 * code of the provider takes part.
 *
 * @param given Keys that belong to the name without anything saying so yet: one that is to be adopted.
 */
export function readName(dump: KmsDump, prefix: string, given: readonly string[]): SeenName {
  const pointer = dump.aliases.find(({ name }) => name === `alias/${prefix}/k`)?.target;
  const claimedBy: (string | undefined)[] = [];
  for (const { name, target } of dump.aliases) {
    const sequence = new RegExp(`^alias/${prefix}/k/v/([0-9]+)$`).exec(name)?.[1];
    if (sequence !== undefined) claimedBy[Number(sequence) - 1] = target;
  }
  const holders = Array.from(claimedBy);
  const named = [...holders, pointer, ...given].filter((id) => id !== undefined);
  const ids = [...new Set(named)];
  const versions = ids.map((id) => {
    const key = dump.keys.find((each) => each.id === id);
    if (key === undefined) throw new Error(`An alias of ${prefix} points to a key that is not in the dump`);
    return versionState(prefix, key);
  });
  const ours = dump.keys.filter(({ tags }) => tags['keyway:vault'] === prefix);
  const loose = ours.filter(({ aliases, state, id }) => {
    return aliases.length === 0 && state !== 'PendingDeletion' && !given.includes(id);
  });
  const numberOf = (id: string | undefined): number => (id === undefined ? 0 : ids.indexOf(id) + 1);
  const state: NameState = {
    versions,
    claims: holders.map(numberOf),
    points: pointer === undefined ? undefined : numberOf(pointer),
  };
  return { state, ids, orphans: loose.map(({ id }) => id).toSorted() };
}

/** One line that says all of a state: two states are the same where their lines are. */
export function describeState({ versions, claims, points }: NameState): string {
  const each = versions.map(({ state, marked, updated, owner, materials }) =>
    [
      state,
      ...(marked ? ['marked'] : []),
      ...(updated ? ['updated'] : []),
      ...(owner === 'record' ? [] : [owner]),
      ...(materials === undefined ? [] : [describeMaterials(materials)]),
    ].join('+'),
  );
  return `versions [${each.join(', ')}] claims [${claims.join(', ')}] points ${points ?? 'nowhere'}`;
}
