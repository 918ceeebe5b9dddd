import type { CaseContext } from './case-context.ts';
import type { Requirement } from './requires.ts';
import type { ConformanceTarget } from './target.ts';

/**
 * One promise of the contract, as data.
 *
 * A case throws where the promise does not hold. It makes its own keys with names from the context, which are deleted
 * and purged after it. It never sleeps: time is the context's clock.
 */
export interface Case {
  /** Stable, unique: `family/subject/promise` in lower case, for example `sign/es256/digest-verified-outside`. */
  readonly id: string;
  /** The promise as a sentence. */
  readonly title: string;
  /**
   * The capabilities the case needs; all of them. Where one is not declared, the case is not run; instead the suite
   * tries what is missing past the declaration, which must fail.
   */
  readonly requires: readonly Requirement[];
  run(context: CaseContext): Promise<void>;
}

/** Checks what every list of cases must be: not empty, no id twice, ids well-formed. */
export function checkCases(cases: readonly Case[]): readonly Case[] {
  if (cases.length === 0) throw new Error('There are no conformance cases');
  const seen = new Set<string>();
  for (const { id } of cases) {
    if (!/^[a-z0-9-]+(?:\/[a-z0-9.-]+){1,4}$/.test(id)) throw new Error(`Malformed case id: ${id}`);
    if (seen.has(id)) throw new Error(`Two cases have the id ${id}`);
    seen.add(id);
  }
  return cases;
}

/**
 * Selects cases by id or by prefix (`sign/es256` selects all below it).
 *
 * @throws Error for a selection that matches nothing: an unknown id must never be a silent success.
 */
export function selectCases(cases: readonly Case[], only: readonly string[]): readonly Case[] {
  if (only.length === 0) return cases;
  for (const wanted of only) {
    if (!cases.some(({ id }) => matches(id, wanted))) throw new UnknownCaseError(wanted);
  }
  return cases.filter(({ id }) => only.some((wanted) => matches(id, wanted)));
}

/** Of a selection, the cases to which a target is held. */
export function casesFor(
  target: Pick<ConformanceTarget, 'heldTo'>,
  cases: readonly Case[],
  only: readonly string[],
): readonly Case[] {
  const { only: part = [], but = [] } = target.heldTo ?? {};
  const held = selectCases(cases, part);
  const left = but.length === 0 ? [] : selectCases(cases, but);
  return selectCases(cases, only).filter((each) => held.includes(each) && !left.includes(each));
}

/** A selection named a case that does not exist. */
export class UnknownCaseError extends Error {
  override readonly name: string = 'UnknownCaseError';
  constructor(wanted: string) {
    super(`No conformance case has the id or prefix ${wanted}`);
  }
}

function matches(id: string, wanted: string): boolean {
  return id === wanted || id.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}
