import type { EpochSeconds } from '@keyway/core/driver';

/** What a vault whose versions are key materials remembers between requests. */
export interface MaterialKnowledge {
  /** When KMS rotated to each material, by its id: that never changes. */
  readonly rotatedOn: Map<string, EpochSeconds>;
  /** The material that was current when a key was last read, by key id. */
  readonly current: Map<string, string>;
  /** The end of the last change of each name that this process has under way. */
  readonly changing: Map<string, Promise<unknown>>;
}

/** Knows nothing yet. */
export function createMaterialKnowledge(): MaterialKnowledge {
  return { rotatedOn: new Map(), current: new Map(), changing: new Map() };
}

/**
 * Runs the changes of one name one after the other, as far as this process makes them. The record of such a key is one
 * text for all its versions, which KMS replaces without looking at what was there: of two changes at once, one would be
 * lost. Nothing of the kind holds between processes.
 */
export async function oneAtATime<Result>(
  { changing }: MaterialKnowledge,
  name: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = changing.get(name) ?? Promise.resolve();
  const running = before.then(run, run);
  changing.set(name, running);
  try {
    return await running;
  } finally {
    if (changing.get(name) === running) changing.delete(name);
  }
}
