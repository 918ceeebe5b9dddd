import type { FuzzTarget } from '../target.ts';
import { documentTargets } from './documents.ts';
import { identifierTargets } from './identifiers.ts';
import { keyTargets } from './keys.ts';
import { textTargets } from './texts.ts';

/** Every parser that meets input from outside. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...identifierTargets,
  ...textTargets,
  ...documentTargets,
  ...keyTargets,
];
