import type { Call, KeyDriver } from '@keyway/core/driver';

/** The calls that reached a driver, as `group.method`, in order. */
export interface CallLog {
  readonly entries: readonly LoggedCall[];
  add(entry: LoggedCall): void;
  clear(): void;
  /** How many calls of a method (`keys.read`) or of a group (`cryptography`). */
  count(of?: string): number;
}

/** One call. */
export interface LoggedCall {
  readonly method: string;
  readonly request: unknown;
  readonly call: Call;
}

/** The groups of a driver's methods. */
const methodGroups = ['keys', 'cryptography', 'deletion', 'rotation', 'other'] as const;

/** Makes an empty log. */
export function createCallLog(): CallLog {
  const entries: LoggedCall[] = [];
  return {
    entries,
    add(entry) {
      entries.push(entry);
    },
    clear() {
      entries.length = 0;
    },
    count: (of) =>
      entries.filter(({ method }) => of === undefined || method === of || method.startsWith(`${of}.`)).length,
  };
}

/** What runs in place of a method; `next` runs the method itself. */
export type Around = (logged: LoggedCall, next: () => Promise<unknown>) => Promise<unknown>;

/** The same driver with something around each of its methods. Closing it does nothing. */
export function interpose(driver: KeyDriver, around: Around): KeyDriver {
  const groups: object = Object.fromEntries(
    methodGroups.map((group) => [group, interposeGroup(group, driver[group] as MethodGroup, around)]),
  );
  return {
    spi: driver.spi,
    provider: driver.provider,
    identity: driver.identity,
    capabilities: driver.capabilities,
    ...(groups as Pick<KeyDriver, (typeof methodGroups)[number]>),
    classify: (error, at) => driver.classify(error, at),
    ...(driver.stamp === undefined ? {} : { stamp: () => driver.stamp?.() ?? 0 }),
    close: () => Promise.resolve(),
  };
}

/** The same driver, with each call entered into a log. */
export function recordCalls(driver: KeyDriver, log: CallLog): KeyDriver {
  return interpose(driver, (logged, next) => {
    log.add(logged);
    return next();
  });
}

type MethodGroup = Readonly<Record<string, ((request: unknown, call: Call) => Promise<unknown>) | undefined>>;

function interposeGroup(group: string, methods: MethodGroup, around: Around): MethodGroup {
  const present = Object.keys(methods).filter((name) => methods[name] !== undefined);
  return Object.fromEntries(
    present.map((name) => [
      name,
      (request: unknown, call: Call) =>
        around(
          { method: `${group}.${name}`, request, call },
          () => methods[name]?.(request, call) ?? Promise.resolve(),
        ),
    ]),
  );
}
