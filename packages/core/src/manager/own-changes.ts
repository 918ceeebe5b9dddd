import { isDeepStrictEqual } from 'node:util';
import type { KeyRecord, KeySummary } from '../key-driver.ts';

interface KeyChange {
  readonly at: number;
  /** `live`: recovered, restored or made. `deleted`: deleted. `purged`: gone for ever. */
  readonly state: 'live' | 'deleted' | 'purged';
  /** The version that our change made current. */
  readonly current?: KeyRecord | undefined;
}

interface VersionChange {
  readonly at: number;
  /** The vault's `updatedOn` of our change. */
  readonly updatedOn: number | undefined;
  /** The members that we changed, as they are now. */
  readonly values: Partial<KeyRecord>;
}

/**
 * What this `KeyManager` has changed and the vault may not show yet. Laid over what the vault answers until the vault
 * confirms it, shows a later change, or its stated propagation has passed. Empty where the vault propagates at once.
 */
export class OwnChanges {
  readonly #keys = new Map<string, KeyChange>();
  readonly #versions = new Map<string, VersionChange>();
  readonly #propagation: number;
  readonly #clock: () => number;

  constructor(propagationMs: number, clock: () => number) {
    this.#propagation = propagationMs;
    this.#clock = clock;
  }

  /** A version was made, restored or recovered and is current now. */
  made(record: KeyRecord): void {
    this.#remember(record.name, { at: this.#clock(), state: 'live', current: record });
  }

  /** The deleted key is on its way back. */
  comingBack(name: string): void {
    this.#remember(name, { at: this.#clock(), state: 'live' });
  }

  /** Members of a version were changed, and `answer` is what the vault said to that: gives it with all our changes in it. */
  changed(answer: KeyRecord, members: readonly (keyof KeyRecord)[]): KeyRecord {
    if (this.#propagation === 0) return answer;
    const key = `${answer.name}/${answer.version}`;
    const before = this.#live(this.#versions, key)?.values ?? {};
    const values = { ...before, ...Object.fromEntries(members.map((member) => [member, answer[member]])) };
    this.#versions.set(key, { at: this.#clock(), updatedOn: answer.updatedOn, values });
    return { ...answer, ...values };
  }

  /** The key was deleted, or purged. */
  removed(name: string, state: 'deleted' | 'purged'): void {
    this.#remember(name, { at: this.#clock(), state });
  }

  /** Whether we have deleted or purged the key and the vault may not know yet. */
  isRemoved(name: string): boolean {
    const change = this.#live(this.#keys, name);
    return change !== undefined && change.state !== 'live';
  }

  /** Whether the deleted key was purged or brought back by us and the vault may not know yet. */
  isNoLongerDeleted(name: string): boolean {
    const change = this.#live(this.#keys, name);
    return change !== undefined && change.state !== 'deleted';
  }

  /** The version that we made current, where the vault's answer is older or missing. */
  current(name: string, answer: KeyRecord | undefined): KeyRecord | undefined {
    const ours = this.#live(this.#keys, name)?.current;
    if (ours === undefined) return answer;
    if (answer !== undefined && (answer.version === ours.version || answer.createdOn > ours.createdOn)) {
      this.#keys.delete(name);
      return answer;
    }
    return ours;
  }

  /** The keys that we made and a list has not shown. */
  missing(shown: ReadonlySet<string>): readonly KeyRecord[] {
    const records: KeyRecord[] = [];
    for (const name of this.#keys.keys()) {
      const change = this.#live(this.#keys, name);
      if (change?.current !== undefined && !shown.has(name)) records.push(change.current);
    }
    return records;
  }

  /** The vault's answer with our changes laid over it. */
  lay<Answer extends KeyRecord | KeySummary>(answer: Answer): Answer {
    if (answer.version === undefined) return answer;
    const key = `${answer.name}/${answer.version}`;
    const change = this.#live(this.#versions, key);
    if (change === undefined) return answer;
    const later = (answer.updatedOn ?? 0) > (change.updatedOn ?? Number.POSITIVE_INFINITY);
    const stale = Object.entries(change.values).filter(
      ([member, value]) => !isDeepStrictEqual(answer[member as keyof Answer], value),
    );
    if (later || stale.length === 0) {
      this.#versions.delete(key);
      return answer;
    }
    return { ...answer, ...Object.fromEntries(stale) };
  }

  #remember(name: string, change: KeyChange): void {
    if (this.#propagation > 0) this.#keys.set(name, change);
  }

  #live<Change extends { at: number }>(changes: Map<string, Change>, key: string): Change | undefined {
    const change = changes.get(key);
    if (change === undefined || this.#clock() - change.at < this.#propagation) return change;
    changes.delete(key);
    return undefined;
  }
}
