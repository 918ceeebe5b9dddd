import { expect, test } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import type { KmsClient } from '../src/client.ts';
import { create, recover, remove, rotate } from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeCall, fakeDriver } from './fake-vault.ts';
import { dumpOf } from './processes.ts';

const changing = /^(?:create|update|delete|tag|enable|disable|schedule|cancel|import)/;

/** A client that reads a vault as it was some changes ago: the n-th read after each change is the first to see it. */
function behind(fake: FakeKms, reads: number): KmsClient {
  let old: { readonly aliases: Map<string, string>; readonly keys: ReturnType<typeof copyKeys> } | undefined;
  let left = 0;
  const copyKeys = (): FakeKms['keys'] => new Map([...fake.keys].map(([id, key]) => [id, { ...key }]));
  const swapped = async (run: () => Promise<unknown>): Promise<unknown> => {
    if (old === undefined || left <= 0) return run();
    left--;
    const now = { aliases: new Map(fake.aliases), keys: new Map(fake.keys) };
    const set = ({ aliases, keys }: { aliases: Map<string, string>; keys: FakeKms['keys'] }): void => {
      fake.aliases.clear();
      fake.keys.clear();
      for (const [alias, id] of aliases) fake.aliases.set(alias, id);
      for (const [id, key] of keys) fake.keys.set(id, key);
    };
    set(old);
    // The fake answers a read before its promise is given, so that nobody else sees the swap.
    const answer = run();
    set(now);
    return answer;
  };
  return Object.fromEntries(
    Object.entries(fake.client).map(([operation, send]) => [
      operation,
      (...request: readonly unknown[]) => {
        const run = (): Promise<unknown> =>
          (send as (...request: readonly unknown[]) => Promise<unknown>)(...request);
        if (operation === 'describeKey') return swapped(run);
        if (changing.test(operation)) {
          old = { aliases: new Map(fake.aliases), keys: copyKeys() };
          left = reads;
        }
        return run();
      },
    ]),
  ) as object as KmsClient;
}

const rounds: readonly Act[] = [create, create, rotate, rotate, remove, recover, create, rotate];

test.each([1, 2, 3, 5])(
  'with reads that are %i requests late, what is done is done whole or refused with a code',
  async (reads) => {
    const fake = createFakeKms();
    const client = behind(fake, reads);
    const outcomes: string[] = [];
    for (const act of rounds) {
      outcomes.push(
        await act(fakeDriver(fake, { client }), fakeCall()).then(
          () => 'done',
          (error: unknown) => {
            if (!isKeyManagerError(error)) throw error;
            return error.code;
          },
        ),
      );
    }
    // Once KMS shows all, everything is where it belongs, and the key goes on.
    await create(fakeDriver(fake), fakeCall());
    const { claims, pointer, strayed } = dumpOf(fake, 'k');
    expect(claims).not.toContain(undefined);
    expect(pointer).toBe(claims.at(-1));
    expect(strayed).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThan(rounds.length / 2);
  },
);
