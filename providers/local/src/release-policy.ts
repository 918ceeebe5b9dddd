import { invalidArgument } from '@keyway/core/driver';
import type { KeyReleasePolicy } from '@keyway/core/driver';
import { parseStrictJson } from './strict-json.ts';

/** What a claim is compared with. */
type ClaimValue = string | number | boolean;

/** A condition of a release policy. */
export type ReleaseCondition =
  | { readonly claim: string; readonly equals: ClaimValue }
  | { readonly allOf: readonly ReleaseCondition[] }
  | { readonly anyOf: readonly ReleaseCondition[] };

/** An authority whose word counts, and what it must say. */
export interface AuthorityConditions {
  /** URL of the authority, without a slash at its end. */
  readonly authority: string;
  readonly condition: ReleaseCondition;
}

const contentTypes = /^application\/json(?:; ?charset=utf-8)?$/i;
const maxOctets = 32_768;
const maxDepth = 8;
const maxConditions = 1000;
const maxTextLength = 1024;

const wrong = (detail: string): Error =>
  invalidArgument(`The release policy is not of grammar 1.0.0: ${detail}`);

/**
 * Checks a release policy, as {@link parseReleasePolicy} reads it.
 *
 * @throws ERR_INVALID_ARGUMENT
 */
export function checkReleasePolicy(policy: KeyReleasePolicy): void {
  parseReleasePolicy(policy);
}

/**
 * Reads a release policy of grammar 1.0.0, as documented for Azure Key Vault ("secure key release policy grammar").
 *
 * As documented: `{ "version": "1.0.0", "anyOf": [authority, …] }`, an authority being `{ "authority": "https://…" }` with
 * `allOf` or `anyOf` of conditions, a condition `{ "claim", "equals" }` or again `allOf` or `anyOf`; `equals` is the only
 * comparison; dots in a claim's name lead into objects; lists cannot be addressed.
 *
 * Decided here, where the document is silent: no other members, no member twice, no empty lists; UTF-8 of at most 32 KiB,
 * 8 levels, 1000 conditions, texts of 1024 characters; an authority is an https URL without query, fragment or user, and
 * a slash at its end does not count.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else.
 */
export function parseReleasePolicy(policy: KeyReleasePolicy): readonly AuthorityConditions[] {
  const { version, anyOf, ...unknown } = objectOf(parseStrictJson(octetsOf(policy)), 'it is no JSON object');
  if (version !== '1.0.0') throw wrong('version must be "1.0.0"');
  if (Object.keys(unknown).length > 0) throw wrong('it has an unknown member');
  const budget = { left: maxConditions };
  return listOf(anyOf).map((authority) => parseAuthority(authority, budget));
}

/** The octets of a policy, after what surrounds them has been checked. */
function octetsOf(policy: KeyReleasePolicy): Uint8Array {
  const given = objectOf(policy, 'it must be an object');
  const { encodedPolicy, contentType, immutable, ...unknown } = given;
  if (Object.keys(unknown).length > 0) throw invalidArgument('The release policy has an unknown member');
  if (!(encodedPolicy instanceof Uint8Array)) throw invalidArgument('encodedPolicy must be a Uint8Array');
  if (encodedPolicy.length > maxOctets) throw wrong(`it is longer than ${maxOctets} octets`);
  if (contentType !== undefined && (typeof contentType !== 'string' || !contentTypes.test(contentType))) {
    throw invalidArgument('contentType of a release policy must be application/json; charset=utf-8');
  }
  if (immutable !== undefined && typeof immutable !== 'boolean')
    throw invalidArgument('immutable must be a boolean');
  return encodedPolicy;
}

type Members = Readonly<Record<string, unknown>>;

interface Budget {
  left: number;
}

function objectOf(value: unknown, detail: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(detail);
  return value as Members;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0)
    throw wrong('allOf and anyOf must be lists that are not empty');
  return value;
}

function parseAuthority(value: unknown, budget: Budget): AuthorityConditions {
  const { authority, ...rest } = objectOf(value, 'an authority must be an object');
  return { authority: authorityUrl(authority), condition: parseList(rest, budget, 1) };
}

/** The URL in the form in which authorities are compared. */
function authorityUrl(value: unknown): string {
  const text = typeof value === 'string' && value.length <= maxTextLength ? value : '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '' && !/[?#\s]/.test(text);
  if (url?.protocol !== 'https:' || !plain) throw wrong('an authority must be an https URL');
  return normalizeAuthority(text);
}

/** The text of an authority's URL without a slash at its end: so it is compared, and in no other way. */
export function normalizeAuthority(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}

/** Exactly one of `allOf` and `anyOf`. */
function parseList(members: Members, budget: Budget, depth: number): ReleaseCondition {
  const [name, another] = Object.keys(members);
  if (another !== undefined || (name !== 'allOf' && name !== 'anyOf')) {
    throw wrong('it needs exactly one of allOf and anyOf, and no unknown member');
  }
  if (depth > maxDepth) throw wrong(`it is nested deeper than ${maxDepth} levels`);
  const conditions = listOf(members[name]).map((condition) => parseCondition(condition, budget, depth + 1));
  return name === 'allOf' ? { allOf: conditions } : { anyOf: conditions };
}

function parseCondition(value: unknown, budget: Budget, depth: number): ReleaseCondition {
  budget.left -= 1;
  if (budget.left < 0) throw wrong(`it has more than ${maxConditions} conditions`);
  const members = objectOf(value, 'a condition must be an object');
  if (!('claim' in members)) return parseList(members, budget, depth);
  const { claim, equals, ...unknown } = members;
  if (Object.keys(unknown).length > 0)
    throw wrong('a condition on a claim has claim and equals, and nothing else');
  if (typeof claim !== 'string' || claim.length > maxTextLength || claim.split('.').includes('')) {
    throw wrong('claim must be the name of a claim, with single dots between its parts');
  }
  if (!isClaimValue(equals) || (typeof equals === 'string' && equals.length > maxTextLength)) {
    throw wrong('equals must be a text, a number, true or false');
  }
  return { claim, equals };
}

function isClaimValue(value: unknown): value is ClaimValue {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/**
 * Tells whether claims fulfil a condition. A claim that is not there, or is no text, number or boolean, fulfils none; types
 * are compared as well as values: `"true"` is not `true`.
 */
export function fulfils(claims: Members, condition: ReleaseCondition): boolean {
  if ('allOf' in condition) return condition.allOf.every((part) => fulfils(claims, part));
  if ('anyOf' in condition) return condition.anyOf.some((part) => fulfils(claims, part));
  let value: unknown = claims;
  for (const name of condition.claim.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return false;
    value = (value as Members)[name];
  }
  return value === condition.equals;
}
