import type { Capabilities, CapabilityQuery } from '@keyway/core';
import type { FixtureName } from './target.ts';
import { findTrait } from './traits.ts';
import type { TraitName } from './traits.ts';

/** At least one of several capabilities, in order of preference. */
export interface AnyOf {
  readonly anyOf: readonly CapabilityQuery[];
}

/** A statement of the capabilities that is not a row. */
export interface TraitRequirement {
  readonly trait: TraitName;
}

/** A way round the vault that only whoever set it up can give. Where it is missing the case is listed as not run. */
export interface FixtureRequirement {
  readonly fixture: FixtureName;
}

/** What a case needs. */
export type Requirement = CapabilityQuery | AnyOf | TraitRequirement | FixtureRequirement;

/** A capability that is not declared: what the suite then tries past the declaration. */
export type Undeclared = { readonly query: CapabilityQuery } | { readonly trait: TraitName };

/** What of a case's requirements the vault does not declare; the first unmet requirement decides. */
export function undeclaredOf(
  requires: readonly Requirement[],
  capabilities: Capabilities,
): readonly Undeclared[] {
  for (const requirement of requires) {
    const undeclared = unmet(requirement, capabilities);
    if (undeclared.length > 0) return undeclared;
  }
  return [];
}

/** The fixtures that a case needs. */
export function fixturesOf(requires: readonly Requirement[]): readonly FixtureName[] {
  return requires.flatMap((requirement) => ('fixture' in requirement ? [requirement.fixture] : []));
}

/** The first of the queries that the vault supports. */
export function firstSupported<Query extends CapabilityQuery>(
  capabilities: Capabilities,
  queries: readonly Query[],
): Query | undefined {
  return queries.find((query) => isSupported(capabilities, query));
}

/** Whether the vault declares a capability. */
export function isSupported(capabilities: Capabilities, query: CapabilityQuery): boolean {
  return capabilities.supports(query).support !== 'unsupported';
}

function unmet(requirement: Requirement, capabilities: Capabilities): readonly Undeclared[] {
  if ('fixture' in requirement) return [];
  if ('trait' in requirement) return findTrait(requirement.trait).holds(capabilities) ? [] : [requirement];
  const queries = 'anyOf' in requirement ? requirement.anyOf : [requirement];
  return firstSupported(capabilities, queries) === undefined ? queries.map((query) => ({ query })) : [];
}
