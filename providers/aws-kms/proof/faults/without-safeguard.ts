import type { CellClient } from './cell-place.ts';

/** What keeps a flow that fails, or that others cross, from leaving something wrong. */
export const safeguards = ['compensation', 'claim', 'announcement'] as const;

export type Safeguard = (typeof safeguards)[number];

export function isSafeguard(name: string): name is Safeguard {
  return safeguards.some((each) => each === name);
}

/** The window with which the provider discards a key of its own making that became no version. */
const leftoverDays = 7;

const isTaken = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AlreadyExistsException';

/** A version in the making, as the record of a key tells of it. */
const announcement = /"mk":\{[^}]*\},?/;

const changes: Readonly<Record<Safeguard, (client: CellClient) => Partial<CellClient>>> = {
  compensation: (client) => ({
    scheduleKeyDeletion: async (input, options) =>
      input.PendingWindowInDays === leftoverDays
        ? { $metadata: {} }
        : client.scheduleKeyDeletion(input, options),
  }),
  claim: (client) => ({
    async createAlias(input, options) {
      try {
        return await client.createAlias(input, options);
      } catch (error) {
        if (!isTaken(error)) throw error;
        return client.updateAlias(input, options);
      }
    },
  }),
  announcement: (client) => ({
    async describeKey(input, options) {
      const answer = await client.describeKey(input, options);
      const { KeyMetadata: metadata } = answer;
      if (metadata?.Description === undefined) return answer;
      const Description = metadata.Description.replace(announcement, '');
      return { ...answer, KeyMetadata: { ...metadata, Description } };
    },
  }),
};

/**
 * A client that takes a safeguard out of the provider: what is discarded stays, the claim of a number that is taken goes
 * through, as it would if it were a mere write, or nobody sees that a rotation was begun, and so nobody finishes it. The
 * table must notice.
 */
export function withoutSafeguard(client: CellClient, safeguard: Safeguard): CellClient {
  const changed = changes[safeguard](client);
  // The SDK's client has its methods from its class.
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(Object.hasOwn(changed, name) ? changed : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
