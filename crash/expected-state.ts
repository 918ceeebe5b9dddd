import type { Order } from './protocol.ts';

/** A version as far as the writers change it. */
export interface VersionState {
  /** `?` stands for one that the parent was never told, because the answer was lost. */
  readonly version: string;
  /** The tag `op`. */
  readonly marker: string;
  readonly enabled: boolean;
  /** Public key, where it is known beforehand (import). */
  readonly x?: string | undefined;
}

/** A key; undefined where there is none. */
export interface KeyState {
  readonly deleted: boolean;
  readonly current: string;
  /** In the order in which they were made. */
  readonly versions: readonly VersionState[];
}

/** The version of an answer that was lost. */
const unknownVersion = '?';

/** What a change makes of a key. @param version What the writer answered. @param saved The key as it was backed up. */
export function stateAfter(
  order: Order,
  before: KeyState | undefined,
  version: string = unknownVersion,
  saved?: KeyState,
): KeyState | undefined {
  const versions = before?.versions ?? [];
  const current = versions.find((candidate) => candidate.version === before?.current);
  const added = (made: VersionState): KeyState => ({
    deleted: false,
    current: made.version,
    versions: [...versions, made],
  });
  switch (order.kind) {
    case 'create':
      return added({ version, marker: order.marker, enabled: true });
    case 'import':
      return added({ version, marker: order.marker, enabled: true, x: order.material?.x });
    case 'rotate':
      return added({ version, marker: current?.marker ?? '', enabled: true });
    case 'update':
      return before === undefined
        ? undefined
        : {
            ...before,
            versions: versions.map((one) =>
              one === current ? { ...one, marker: order.marker, enabled: order.enabled } : one,
            ),
          };
    case 'delete':
      return before === undefined ? undefined : { ...before, deleted: true };
    case 'recover':
      return before === undefined ? undefined : { ...before, deleted: false };
    case 'purge':
      return undefined;
    case 'restore':
      return saved;
    case 'backup':
    case 're-seal':
      return before;
  }
}

function isVersion(found: VersionState | undefined, expected: VersionState): boolean {
  return (
    found !== undefined &&
    (expected.version === unknownVersion || found.version === expected.version) &&
    found.marker === expected.marker &&
    found.enabled === expected.enabled &&
    (expected.x === undefined || expected.x === found.x)
  );
}

/** Whether a key was found as it must be. */
export function isState(found: KeyState | undefined, expected: KeyState | undefined): boolean {
  if (found === undefined || expected === undefined) return found === expected;
  if (found.deleted !== expected.deleted || found.versions.length !== expected.versions.length) return false;
  if (!expected.versions.every((version, index) => isVersion(found.versions[index], version))) return false;
  const current = expected.versions.findIndex(({ version }) => version === expected.current);
  return found.versions[current]?.version === found.current;
}
