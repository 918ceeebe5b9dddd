/**
 * `@keyway/conformance`: the suite that holds every provider to the same promises. `@keyway/conformance/vitest` runs it
 * in vitest.
 *
 * @packageDocumentation
 */
export { allCases } from './all-cases.ts';
export { checkCases, selectCases, UnknownCaseError } from './case.ts';
export type { Case } from './case.ts';
export type { CaseContext } from './case-context.ts';
export type { CallLog, LoggedCall } from './call-log.ts';
export type { MadeKey } from './make-key.ts';
export type { TestClock } from './test-clock.ts';
export type { AnyOf, FixtureRequirement, Requirement, TraitRequirement } from './requires.ts';
export type { TraitName } from './traits.ts';
export type {
  AttestationFixture,
  ConformanceTarget,
  FixtureName,
  KnownFailure,
  OpeningFixture,
  TargetFixtures,
  TargetPart,
} from './target.ts';
export { runConformance } from './run.ts';
export type { RunOptions } from './run.ts';
export type { SessionOptions } from './session.ts';
export { isGreen, notProven } from './report.ts';
export type { CaseResult, Outcome, TargetReport } from './report.ts';
export { jsonFull, jsonSummary } from './reports/json.ts';
export type { JsonSummary } from './reports/json.ts';
export { junit } from './reports/junit.ts';
export { markdown } from './reports/markdown.ts';
