import type { CellClient } from './cell-place.ts';

/** What keeps a flow that fails, or that others cross, from leaving something wrong. */
export const safeguards = ['compensation', 'claim'] as const;

export type Safeguard = (typeof safeguards)[number];

export function isSafeguard(name: string): name is Safeguard {
  return safeguards.some((each) => each === name);
}

/** The window with which the provider discards a key of its own making that became no version. */
const leftoverDays = 7;

const isTaken = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AlreadyExistsException';

/**
 * A client that takes a safeguard out of the provider: what is discarded stays, or the claim of a number that is taken goes
 * through, as it would if it were a mere write. The table must notice.
 */
export function withoutSafeguard(client: CellClient, safeguard: Safeguard): CellClient {
  const changed: Partial<CellClient> =
    safeguard === 'compensation'
      ? {
          scheduleKeyDeletion: async (input, options) =>
            input.PendingWindowInDays === leftoverDays
              ? { $metadata: {} }
              : client.scheduleKeyDeletion(input, options),
        }
      : {
          async createAlias(input, options) {
            try {
              return await client.createAlias(input, options);
            } catch (error) {
              if (!isTaken(error)) throw error;
              return client.updateAlias(input, options);
            }
          },
        };
  // The SDK's client has its methods from its class.
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(Object.hasOwn(changed, name) ? changed : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
