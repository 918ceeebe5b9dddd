import type { KeyDocument, VersionRecord } from '@keyway/core/driver';

const newer = (one: VersionRecord, other: VersionRecord): boolean =>
  (one.updatedOn ?? one.createdOn) > (other.updatedOn ?? other.createdOn);

function mergeVersions(
  first: readonly VersionRecord[],
  second: readonly VersionRecord[],
): readonly VersionRecord[] {
  const versions = new Map(first.map((version) => [version.version, version]));
  for (const version of second) {
    const known = versions.get(version.version);
    if (known === undefined || newer(version, known)) versions.set(version.version, version);
  }
  return [...versions.values()].toSorted(
    (one, other) => one.sequence - other.sequence || (one.version < other.version ? -1 : 1),
  );
}

/** What two writers who did not know of each other have made of a key: the versions of both, and the later word on each. */
function mergeTwo(later: KeyDocument, earlier: KeyDocument): KeyDocument {
  const equals = later.revision === earlier.revision;
  const deletion = later.deletedOn === undefined && equals ? earlier : later;
  const { deletedOn, scheduledPurgeDate } = deletion;
  const policies = [later.rotationPolicy, earlier.rotationPolicy];
  const [rotationPolicy] = policies
    .filter((policy) => policy !== undefined)
    .toSorted((one, other) => (other.updatedOn ?? 0) - (one.updatedOn ?? 0));
  return {
    ...later,
    versions: mergeVersions(later.versions, earlier.versions),
    rotationPolicy,
    deletedOn,
    scheduledPurgeDate,
    purging: later.purging ?? earlier.purging,
    restoredBy: later.restoredBy ?? earlier.restoredBy,
  };
}

/**
 * Merges the documents of one key that a store without atomic writes may hold side by side. No version is lost; of two
 * words on the same matter the later one holds, and of two at once the one that takes rights away. The order of the
 * documents does not matter. What the newest one knows already leaves it as it is; otherwise the result has a revision of
 * its own.
 *
 * @param documents At least one, each with its text.
 */
export function mergeDocuments(
  documents: readonly { readonly document: KeyDocument; readonly text: string }[],
): KeyDocument {
  const ordered = documents.toSorted(
    (one, other) => other.document.revision - one.document.revision || (one.text < other.text ? -1 : 1),
  );
  const [newest, ...rest] = ordered.map(({ document }) => document);
  if (newest === undefined) throw new RangeError('There is no document');
  return rest.reduce(mergeTwo, newest);
}
