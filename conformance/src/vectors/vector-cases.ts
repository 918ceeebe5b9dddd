import type { Case } from '../case.ts';
import { knownAnswerCases } from './known-answer-cases.ts';
import { wycheproofCases } from './wycheproof-cases.ts';

/** Everything that published vectors say about the contract. */
export const vectorCases: readonly Case[] = [...knownAnswerCases, ...wycheproofCases];
