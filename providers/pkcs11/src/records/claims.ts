import { checkName } from '@keyway/core/driver';
import type { MetadataStore } from '@keyway/core/driver';
import type { JobCall } from '../token/token.ts';
import { isDamage } from './authenticated-records.ts';
import type { RecordSeal } from './record-seal.ts';

const prefix = 'adopted/';

/** Which keys of other software belong to which names: a key is adopted once only. */
export interface Claims {
  /** The name that has claimed a version, whether or not it has become a key since. */
  holder(version: string, call: JobCall): Promise<string | undefined>;
  /** Claims a version for a name, in the place of the name that held it. Gives false where somebody else was first. */
  claim(version: string, name: string, before: string | undefined, call: JobCall): Promise<boolean>;
  /** Gives a claim up. */
  release(version: string, name: string, call: JobCall): Promise<void>;
  /** All claims: names by version. */
  all(call: JobCall): Promise<ReadonlyMap<string, string>>;
}

/** Makes the access to the claims of one namespace. */
export function createClaims(store: MetadataStore, seal: RecordSeal): Claims {
  const keyOf = (version: string): string => `${prefix}${version}`;
  /** A damaged claim binds nobody: the documents decide. */
  async function nameIn(
    key: string,
    octets: Uint8Array | undefined,
    call: JobCall,
  ): Promise<string | undefined> {
    if (octets === undefined) return undefined;
    try {
      return checkName(await seal.open(key, octets, call), false);
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }
  return {
    async holder(version, call) {
      const key = keyOf(version);
      return nameIn(key, await store.read(key, call), call);
    },
    async claim(version, name, before, call) {
      const key = keyOf(version);
      const octets = await store.read(key, call);
      if ((await nameIn(key, octets, call)) !== before) return false;
      return store.write(key, await seal.seal(key, name, call), octets, call);
    },
    async release(version, name, call) {
      const key = keyOf(version);
      const octets = await store.read(key, call);
      if (octets === undefined || (await nameIn(key, octets, call)) !== name) return;
      await store.remove(key, octets, call);
    },
    async all(call) {
      const claims = new Map<string, string>();
      for (let after: string | undefined; ;) {
        const entries = await store.list({ prefix, after, limit: 100 }, call);
        for (const { key, octets } of entries) {
          const name = await nameIn(key, octets, call);
          if (name !== undefined) claims.set(key.slice(prefix.length), name);
        }
        after = entries.at(-1)?.key;
        if (entries.length < 100) return claims;
      }
    },
  };
}
