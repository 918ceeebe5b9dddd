import { equal, ok } from 'node:assert/strict';
import type { KeyManagerErrorCode, NewVersionOptions } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { hour } from '../test-clock.ts';
import { usesByOperation } from '../use-key.ts';
import type { KeyUseCase } from '../use-key.ts';

interface StateCase {
  readonly id: string;
  readonly words: string;
  readonly code: KeyManagerErrorCode;
  /** Uses that open or check what was protected before go on. */
  readonly everyUse: boolean;
  readonly member: string;
  /** The property as the key is made with it. */
  readonly made: (context: CaseContext) => NewVersionOptions;
  /** Brings the key into the state. */
  enter(context: CaseContext, name: string): Promise<void>;
  /** Brings it back. */
  leave(context: CaseContext, name: string): Promise<void>;
}

const states: readonly StateCase[] = [
  {
    id: 'disabled',
    words: 'disabled',
    code: 'ERR_KEY_DISABLED',
    everyUse: true,
    member: 'enabled',
    made: () => ({ enabled: true }),
    enter: async ({ manager }, name) => void (await manager.updateKeyProperties(name, { enabled: false })),
    leave: async ({ manager }, name) => void (await manager.updateKeyProperties(name, { enabled: true })),
  },
  {
    id: 'expired',
    words: 'expired',
    code: 'ERR_KEY_EXPIRED',
    everyUse: false,
    member: 'expiresOn',
    made: ({ clock }) => ({ expiresOn: clock.dateIn(hour) }),
    enter: async ({ clock }) => clock.advance(hour * 1000),
    leave: async ({ manager }, name) => void (await manager.updateKeyProperties(name, { expiresOn: null })),
  },
  {
    id: 'not-yet-valid',
    words: 'not yet valid',
    code: 'ERR_KEY_NOT_YET_VALID',
    everyUse: false,
    member: 'notBefore',
    made: ({ clock }) => ({ notBefore: clock.dateIn(-hour) }),
    enter: async ({ clock, manager }, name) =>
      void (await manager.updateKeyProperties(name, { notBefore: clock.dateIn(hour) })),
    leave: async ({ clock }) => clock.advance(hour * 1000),
  },
];

function stateCase(state: StateCase, use: KeyUseCase): Case {
  const stays = !state.everyUse && !use.protects;
  return {
    id: `state/${state.id}/${use.operation.toLowerCase()}-${stays ? 'goes-on' : 'refused'}`,
    title: `A key that is ${state.words}: ${use.operation} ${stays ? 'goes on' : `is ${state.code}`}, at the edge to the second`,
    requires: [
      ...use.requires,
      { operation: 'updateKeyProperties' },
      { trait: `member:updateKeyProperties.${state.member}` },
      { trait: `member:${use.made}.${state.member}` },
    ],
    async run(context) {
      const used = await use.prepare(context, state.made(context));
      await used.use();
      await state.enter(context, used.name);
      const managers = [context.manager, context.open()];
      for (const manager of managers) {
        for (const execution of used.executions) {
          const running = used.useThrough(manager, execution);
          if (stays) await running;
          else await refusedFor(running, state.code);
        }
      }
      await state.leave(context, used.name);
      await used.use();
      equal((await context.open().getKey(used.name)).name, used.name);
    },
  };
}

async function refusedFor(running: Promise<unknown>, code: KeyManagerErrorCode): Promise<void> {
  const error = await refused(running, code);
  ok(error.keyId !== undefined && !error.retryable, 'the error names the key and is not to be repeated');
}

const edges: readonly Case[] = usesByOperation
  .filter(({ operation }) => operation === 'signData' || operation === 'encrypt')
  .map((use): Case => ({
    id: `state/edges/${use.operation.toLowerCase()}-to-the-second`,
    title: `${use.operation}: refused before notBefore, allowed from it on, refused from expiresOn on`,
    requires: [
      ...use.requires,
      { trait: `member:${use.made}.notBefore` },
      { trait: `member:${use.made}.expiresOn` },
    ],
    async run(context) {
      const { clock } = context;
      const dates = { notBefore: clock.dateIn(10), expiresOn: clock.dateIn(20) };
      const used = await use.prepare(context, dates);
      clock.advance(9999);
      await refused(used.use(), 'ERR_KEY_NOT_YET_VALID');
      clock.advance(1);
      await used.use();
      clock.advance(9999);
      await used.use();
      clock.advance(1);
      await refused(used.use(), 'ERR_KEY_EXPIRED');
    },
  }));

/** The key-state table: three states, eight operations, two ways of running, two processes. */
export const keyStateCases: readonly Case[] = [
  ...states.flatMap((state) => usesByOperation.map((use) => stateCase(state, use))),
  ...edges,
];
