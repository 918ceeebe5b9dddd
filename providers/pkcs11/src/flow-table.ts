import type { Flow } from '@keyway/core/driver';
import { adoptionFlow } from './adopt.ts';
import { makeVersionFlow } from './make-version-flow.ts';
import type { MakingPlan } from './make-version-flow.ts';
import { purgeFlow } from './purge.ts';
import { changeFlow } from './update.ts';
import type { Pkcs11Vault } from './vault.ts';
import { intentSteps } from './with-intent.ts';

/** One flow with the names of its steps: what a test of faults goes through. */
export interface FlowRow {
  readonly flow: string;
  /** What of the contract it serves. */
  readonly operations: readonly string[];
  readonly steps: readonly string[];
}

function rowOf<State>(flow: Flow<State>, operations: readonly string[]): FlowRow {
  return { flow: flow.name, operations, steps: flow.steps.map(({ name }) => name) };
}

function allRows(): readonly FlowRow[] {
  // No step is run, so nothing is asked of the vault.
  const vault = {} as Pkcs11Vault;
  const making: MakingPlan = {
    name: 'k',
    parts: [],
    extend: () => ({ name: 'k', versions: [] }),
  };
  const change = {
    name: 'k',
    read: () => Promise.reject(new Error('This plan is never carried out')),
    change: () => ({ name: 'k', versions: [] }),
    affected: () => [],
  };
  const record = {
    v: 1,
    version: 'id-00',
    sequence: 1,
    keyType: 'EC',
    keyOperations: [],
    enabled: true,
    createdOn: 0,
    tags: {},
  } as const;
  return [
    rowOf(makeVersionFlow(vault, making, intentSteps(vault, 'make-version', 'k', [])), [
      'createKey',
      'importKey',
      'rotateKey',
      'restoreKeyBackup',
    ]),
    rowOf(changeFlow(vault, change, intentSteps(vault, 'change', 'k', [])), [
      'updateKeyProperties',
      'beginDeleteKey',
      'beginRecoverDeletedKey',
    ]),
    rowOf(
      purgeFlow(vault, 'k', (stored) => stored, intentSteps(vault, 'purge', 'k', [])),
      ['purgeDeletedKey'],
    ),
    rowOf(adoptionFlow(vault, { name: 'k', record }), ['adoptKey']),
  ];
}

/** Every flow, put together by the very functions that put together those that run. */
export const flowRows: readonly FlowRow[] = allRows();
