import type { KeyDriver } from '@keyway/core/driver';
import type { KmsClient } from '../src/client.ts';
import { createAliasScheme } from '../src/aliases.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeDriver, prefix } from './fake-vault.ts';

/** What a process comes by: a request before or after KMS has carried it out, or an event of a flow. */
export type Moment = `before ${string}` | `after ${string}` | `event ${string}`;

/** A process of its own on a fake: its driver, and what it has come by. */
export interface FakeProcess {
  readonly driver: KeyDriver;
  readonly moments: readonly Moment[];
}

/**
 * Starts a process. `at` is told every moment with its number. What it throws is the answer to the request; `Killed` ends
 * the process: nothing that it asks for afterwards is carried out.
 */
export function startProcess(
  fake: FakeKms,
  at: (moment: Moment, number: number) => void | Promise<void> = () => undefined,
): FakeProcess {
  const moments: Moment[] = [];
  let killed: unknown;
  const come = async (moment: Moment): Promise<void> => {
    if (killed !== undefined) throw killed;
    moments.push(moment);
    try {
      await at(moment, moments.length - 1);
    } catch (error) {
      if (error instanceof Killed) killed = error;
      throw error;
    }
  };
  const client = Object.fromEntries(
    Object.entries(fake.client).map(([operation, send]) => [
      operation,
      async (...request: readonly unknown[]) => {
        await come(`before ${operation}`);
        const answer = await (send as (...request: readonly unknown[]) => Promise<unknown>)(...request);
        await come(`after ${operation}`);
        return answer;
      },
    ]),
  ) as object as KmsClient;
  const driver = fakeDriver(fake, {
    client,
    afterStep: ({ flow, step, at: where }) => come(`event ${flow}/${step}/${where}`),
  });
  return { driver, moments };
}

/** What kills a process. */
class Killed extends Error {
  override readonly name: string = 'Killed';
}

/** A process that dies at its n-th moment. */
export function doomedProcess(fake: FakeKms, moment: number): FakeProcess {
  return startProcess(fake, (_, number) => {
    if (number === moment) throw new Killed();
  });
}

const scheme = createAliasScheme(prefix);

/** What the bare fake holds of a name: nothing of Keyway's reading is in it. */
export interface NameDump {
  /** Key ids by claim, from 1. */
  readonly claims: readonly (string | undefined)[];
  /** Key ids, each once, oldest first. */
  readonly versions: readonly string[];
  readonly pointer: string | undefined;
  readonly states: readonly (string | undefined)[];
  readonly marked: readonly boolean[];
  /** Keys with our tags that no alias points to. */
  readonly orphans: readonly string[];
  /** Orphans that are not on their way out. */
  readonly strayed: readonly string[];
}

/** Reads what there is of a name. */
export function dumpOf(fake: FakeKms, name: string): NameDump {
  const claims: (string | undefined)[] = [];
  for (const [alias, id] of fake.aliases) {
    const meant = scheme.parse(alias);
    if (meant?.name === name && meant.sequence !== undefined) claims[meant.sequence - 1] = id;
  }
  const whole = Array.from(claims);
  const versions = [...new Set(whole.filter((id) => id !== undefined))];
  const pointed = new Set(fake.aliases.values());
  const orphans = [...fake.keys.values()].filter(
    (key) => key.tags.get('keyway:name') === name && !pointed.has(key.id),
  );
  return {
    claims: whole,
    versions,
    pointer: fake.aliases.get(scheme.current(name)),
    states: versions.map((id) => fake.keys.get(id)?.state),
    marked: versions.map((id) => /"del":/.test(fake.keys.get(id)?.description ?? '')),
    orphans: orphans.map(({ id }) => id),
    strayed: orphans.filter(({ state }) => state !== 'PendingDeletion').map(({ id }) => id),
  };
}
