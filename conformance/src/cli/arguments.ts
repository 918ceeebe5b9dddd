/** What the command was asked for. */
export interface Arguments {
  readonly help: boolean;
  readonly list: boolean;
  readonly selfTest: boolean;
  readonly providers: readonly string[];
  readonly only: readonly string[];
  readonly json: 'short' | 'full' | undefined;
  /** A file, or `-` for the standard output. */
  readonly junit: string | undefined;
  readonly markdown: string | undefined;
  /** URIs of vaults, or paths of modules that export `target` or `targets`. */
  readonly vaults: readonly string[];
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

const flags = ['help', 'list', 'self-test', 'json', 'junit', 'markdown', 'provider', 'only'] as const;
type Flag = (typeof flags)[number];

/** Flags whose value is the next argument, where it is not given with `=`. */
const needsValue: ReadonlySet<string> = new Set(['provider', 'only']);
/** Flags that may have a value after `=`. */
const mayHaveValue: ReadonlySet<string> = new Set(['json', 'junit', 'markdown', 'provider', 'only']);
/** Flags whose value may be the next argument: a file, which is recognised by its name. */
const fileFlags: Readonly<Partial<Record<string, RegExp>>> = { junit: /\.xml$/, markdown: /\.md$/ };

/**
 * Reads the command line.
 *
 * @throws UsageError for a flag that is not known, or has no value where it needs one.
 */
export function parseArguments(given: readonly string[]): Arguments {
  const values = new Map<Flag, string[]>();
  const vaults: string[] = [];
  for (let index = 0; index < given.length; index++) {
    const argument = given[index] ?? '';
    if (!argument.startsWith('--')) {
      vaults.push(argument);
      continue;
    }
    const [name, inline] = splitFlag(argument.slice(2));
    const flag = flags.find((known) => known === name);
    if (flag === undefined) throw new UsageError(`Unknown option --${name}`);
    const next = given[index + 1];
    const takesNext = inline === undefined && (needsValue.has(flag) || isFileFor(flag, next));
    if (needsValue.has(flag) && inline === undefined && next === undefined)
      throw new UsageError(`--${flag} needs a value`);
    if (inline !== undefined && !mayHaveValue.has(flag)) throw new UsageError(`--${flag} takes no value`);
    values.set(flag, [...(values.get(flag) ?? []), inline ?? (takesNext ? (next ?? '') : '')]);
    if (takesNext) index++;
  }
  return argumentsOf(values, vaults);
}

function splitFlag(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function isFileFor(flag: string, next: string | undefined): boolean {
  return next !== undefined && (fileFlags[flag]?.test(next) ?? false);
}

function argumentsOf(values: ReadonlyMap<Flag, readonly string[]>, vaults: readonly string[]): Arguments {
  const json = values.get('json')?.at(-1);
  if (json !== undefined && json !== '' && json !== 'full')
    throw new UsageError('--json takes nothing, or full');
  const file = (flag: Flag): string | undefined => {
    const value = values.get(flag)?.at(-1);
    return value === '' ? '-' : value;
  };
  return {
    help: values.has('help'),
    list: values.has('list'),
    selfTest: values.has('self-test'),
    providers: values.get('provider') ?? [],
    only: values.get('only') ?? [],
    json: json === undefined ? undefined : json === 'full' ? 'full' : 'short',
    junit: file('junit'),
    markdown: file('markdown'),
    vaults,
  };
}
