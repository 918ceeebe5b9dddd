import { invalidArgument } from '@keyway/core/driver';

/**
 * How a vault's keys are named in KMS. The alias `alias/<prefix>/<name>` points to the current version. Each version has
 * `alias/<prefix>/<name>/v/<sequence>`, from 1: since an alias can be made once only, making it claims the version.
 */
export interface AliasScheme {
  readonly prefix: string;
  /** The alias that points to the current version. */
  current(name: string): string;
  /** The alias that claims a version. */
  claim(name: string, sequence: number): string;
  /** What an alias of this vault means; undefined for an alias outside the scheme. */
  parse(alias: string): ParsedAlias | undefined;
}

/** What an alias of a vault means: the current version of a key, or the claim of one. */
interface ParsedAlias {
  readonly name: string;
  readonly sequence: number | undefined;
}

/** The longest alias that KMS takes, `alias/` included. */
const maxAliasLength = 256;
/** Letters, digits and what KMS allows beside them; a slash would make the scheme ambiguous. */
const namePart = /^[A-Za-z0-9_-]+$/;
const prefixText = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;
const sequenceText = /^[1-9][0-9]{0,8}$/;
/** Octets that the longest claim of a name takes beyond the alias of the name itself. */
const claimLength = '/v/999999999'.length;

/** Checks the prefix of a vault: one or more parts of letters, digits, `_` and `-`, and not AWS's own. */
export function checkPrefix(prefix: string): string {
  const own = prefixText.test(prefix) && !/^aws(?:\/|$)/i.test(prefix);
  if (own && prefix.length <= 128 && !prefix.split('/').includes('v')) return prefix;
  throw invalidArgument(
    'prefix must be parts of letters, digits, _ and - with slashes between, at most 128 characters, no part "v", and not begin with aws',
  );
}

/** Makes the scheme of a checked prefix. */
export function createAliasScheme(prefix: string): AliasScheme {
  const start = `alias/${prefix}/`;
  const current = (name: string): string => {
    const alias = `${start}${name}`;
    if (!namePart.test(name)) throw invalidArgument('A KMS alias takes letters, digits, _ and - only');
    if (alias.length + claimLength > maxAliasLength) {
      throw invalidArgument(`The name is too long for an alias with the prefix ${prefix}`);
    }
    return alias;
  };
  return {
    prefix,
    current,
    claim: (name, sequence) => `${current(name)}/v/${sequence}`,
    parse(alias) {
      if (!alias.startsWith(start)) return undefined;
      const [name = '', marker, sequence = '', ...more] = alias.slice(start.length).split('/');
      if (!namePart.test(name)) return undefined;
      if (marker === undefined) return { name, sequence: undefined };
      if (marker !== 'v' || more.length > 0 || !sequenceText.test(sequence)) return undefined;
      return { name, sequence: Number(sequence) };
    },
  };
}
