import { isKeyManagerError } from '@keyway/core';
import type { KeyManagerErrorCode } from '@keyway/core';
import type { Random } from './random.ts';

/** A parser under test. */
export interface FuzzTarget {
  readonly name: string;
  /** The sources whose branches are counted, from the root of the repository. */
  readonly sources: readonly string[];
  /** Milliseconds that one input may take, where that is not the standard. */
  readonly maxMilliseconds?: number | undefined;
  /** Makes an input; `kind` says of which sort. */
  prepare(random: Random, kind: InputKind): PreparedInput;
  /** Called once after the last input. */
  close?(): Promise<void>;
}

/** `valid`: as a caller would write it. `mutated`: a valid one, changed. `junk`: without any plan. */
export type InputKind = 'valid' | 'mutated' | 'junk';

/** An input that is ready to be parsed. */
export interface PreparedInput {
  /** For the report of a failure. */
  describe(): string;
  /** Parses it. True where it was accepted, and came back the same; false where it was refused as it should. */
  run(): boolean | Promise<boolean>;
}

/** What {@link defineTarget} needs to know. */
export interface TargetDefinition<Input> {
  readonly name: string;
  readonly sources: readonly string[];
  /** The codes with which the parser may refuse. Everything else that is thrown is a failure. */
  readonly refusals: readonly KeyManagerErrorCode[];
  /** Whether it may refuse with a `TypeError`: only where an input can have a type that a type checker would refuse. */
  readonly typeErrors?: boolean | undefined;
  readonly maxMilliseconds?: number | undefined;
  valid(random: Random): Input;
  mutate(random: Random, input: Input, other: Input): Input;
  junk(random: Random): Input;
  /** Parses, and throws where what was accepted does not come back the same. `undefined` or `false`: refused. */
  parse(input: Input): boolean | Promise<boolean>;
  /** What must not stand in an error's message. */
  secrets?(input: Input): readonly string[];
  describe?(input: Input): string;
  close?(): Promise<void>;
}

/** @throws Error with `what` where a round trip does not hold. */
export function roundTrip(holds: boolean, what: string): true {
  if (!holds) throw new Error(`Round trip: ${what}`);
  return true;
}

const octetsAsHex = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? `hex ${Buffer.from(value).toString('hex')}` : value;

function describeValue(input: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(input, octetsAsHex);
    return text?.slice(0, 4000) ?? 'undefined';
  } catch {
    return 'a value that JSON cannot write (nested too deep)';
  }
}

/** Makes a target out of its parts. */
export function defineTarget<Input>(definition: TargetDefinition<Input>): FuzzTarget {
  const { name, sources, refusals, typeErrors = false } = definition;

  function refused(error: unknown, input: Input): false {
    const typed = isKeyManagerError(error)
      ? refusals.includes(error.code)
      : typeErrors && error instanceof TypeError;
    if (!typed) throw error;
    const { message } = error as Error;
    if (message.length > 1000) throw new Error(`A message of ${message.length} characters`, { cause: error });
    for (const secret of definition.secrets?.(input) ?? []) {
      if (secret.length >= 8 && message.includes(secret)) throw new Error('A message holds a secret');
    }
    return false;
  }

  function run(input: Input): boolean | Promise<boolean> {
    try {
      const answer = definition.parse(input);
      return typeof answer === 'boolean' ? answer : answer.catch((error: unknown) => refused(error, input));
    } catch (error) {
      return refused(error, input);
    }
  }

  return {
    name,
    sources,
    maxMilliseconds: definition.maxMilliseconds,
    prepare(random, kind) {
      const input =
        kind === 'junk'
          ? definition.junk(random)
          : kind === 'valid'
            ? definition.valid(random)
            : definition.mutate(random, definition.valid(random), definition.valid(random));
      return { describe: () => (definition.describe ?? describeValue)(input), run: () => run(input) };
    },
    ...(definition.close === undefined ? {} : { close: definition.close }),
  };
}
