import { junkText, mutateText } from './mutate-text.ts';
import type { Random } from './random.ts';

/** A JSON value, and what JavaScript can put in its place. */
export type Value = unknown;

type Members = Record<string, Value>;

function isObject(value: Value): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Arrays in arrays. */
function nested(depth: number): Value {
  let value: Value = [];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const names: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  'v',
  'd',
  'k',
  'kid',
  'kty',
  'id',
  'anyOf',
  'x',
  '',
];

function odd(random: Random): Value {
  switch (random.below(14)) {
    case 0:
      return null;
    case 1:
      return random.pick([0, -0, -1, 1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]);
    case 2:
      return random.chance(0.5);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return '';
    case 6:
      return nested(random.chance(0.02) ? 5000 : 3);
    case 7:
      return Object.create(null) as Value;
    case 8:
      return new Uint8Array(3);
    case 9:
      return JSON.parse('{"__proto__":{"kty":"RSA"}}') as Value;
    case 10:
      return undefined;
    case 11:
      return new Date(0);
    default:
      return junkText(random);
  }
}

/** Sets own members even where their name is `__proto__`. */
function fromEntries(entries: readonly (readonly [string, Value])[]): Members {
  return Object.fromEntries(entries);
}

function mutateObject(random: Random, value: Members, other: Value): Members {
  const entries = Object.entries(value);
  const at = random.below(entries.length);
  switch (entries.length === 0 ? 0 : random.below(6)) {
    case 0:
      return fromEntries([...entries, [random.pick(names), odd(random)]]);
    case 1:
      return fromEntries(entries.filter((_, index) => index !== at));
    case 2:
      return fromEntries(
        entries.map(([name, member], index) => [
          index === at ? mutateText(random, name, 'kty') : name,
          member,
        ]),
      );
    case 3:
      return isObject(other)
        ? { ...value, ...fromEntries(Object.entries(other).filter(() => random.chance(0.3))) }
        : value;
    default:
      return fromEntries(
        entries.map(([name, member], index) => [
          name,
          index === at ? mutateJson(random, member, other) : member,
        ]),
      );
  }
}

function mutateArray(random: Random, value: readonly Value[], other: Value): readonly Value[] {
  const at = random.below(value.length + 1);
  switch (random.below(4)) {
    case 0:
      return value.toSpliced(at, 0, random.chance(0.5) ? odd(random) : value[0]);
    case 1:
      return value.toSpliced(at, 1);
    default:
      return value.map((item, index) => (index === at ? mutateJson(random, item, other) : item));
  }
}

/** Changes a value somewhere: members come, go, are renamed, change their type or their text. */
export function mutateJson(random: Random, value: Value, other: Value): Value {
  if (random.chance(0.08)) return odd(random);
  if (Array.isArray(value)) return mutateArray(random, value as readonly Value[], other);
  if (isObject(value) && !(value instanceof Uint8Array)) return mutateObject(random, value, other);
  if (typeof value === 'string') return random.chance(0.8) ? mutateText(random, value, value) : odd(random);
  if (typeof value === 'number')
    return random.pick([value + 1, value - 1, -value, value * 1000, value + 0.5, String(value)]);
  return odd(random);
}

/** A value as JSON text; what is nested too deep for that becomes text that is nested deeper still. */
export function jsonText(value: Value): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return '['.repeat(20_000) + ']'.repeat(20_000);
  }
}
