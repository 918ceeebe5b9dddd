import type { MetadataStore } from '@keyway/core/driver';
import { isDamage } from './records/authenticated-records.ts';
import type { RecordSeal } from './records/record-seal.ts';
import type { JobCall } from './token/token.ts';

/** Looks at entries that are no documents of keys, which whoever reads them passes over where they are damaged. */
export interface EntryCheck {
  /** The keys of the entries that cannot be believed. */
  damaged(call: JobCall): Promise<readonly string[]>;
}

const prefixes = ['intent/', 'adopted/'] as const;
const pageSize = 100;

/** Makes the check of the entries in a store. It changes nothing. */
export function createEntryCheck(store: MetadataStore, seal: RecordSeal): EntryCheck {
  async function isAuthentic(key: string, octets: Uint8Array, call: JobCall): Promise<boolean> {
    try {
      await seal.open(key, octets, call);
      return true;
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }
  async function damagedUnder(prefix: string, call: JobCall): Promise<readonly string[]> {
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const entries = await store.list({ prefix, after, limit: pageSize }, call);
      for (const { key, octets } of entries) {
        if (!(await isAuthentic(key, octets, call))) found.push(key);
      }
      after = entries.at(-1)?.key;
      if (entries.length < pageSize) return found;
    }
  }
  return {
    async damaged(call) {
      const [intents, claims] = prefixes;
      return [...(await damagedUnder(intents, call)), ...(await damagedUnder(claims, call))];
    },
  };
}
