import { expect, it } from 'vitest';
import { countLeft } from '../../proof/leaks/count-left.ts';
import type { LoggedCall } from '../../proof/shim/fault-log.ts';
import { expectNoLeaks } from './expect-no-leaks.ts';

it(
  'operations of all kinds on SoftHSM2, some of which fail, leave nothing',
  { timeout: 900_000 },
  async () => {
    await expectNoLeaks('softhsm2');
  },
);

const call = (name: string, told: number | undefined = 0, real: number | undefined = told): LoggedCall => ({
  pid: 1,
  thread: 1,
  function: name,
  told,
  real,
  microseconds: 1,
  action: undefined,
});

it.each([
  ['a session that is not closed', [call('C_OpenSession')], { sessions: 1 }],
  [
    'a session that only the end of everything closes',
    [call('C_OpenSession'), call('C_Finalize')],
    { sessions: 1 },
  ],
  ['a session that nobody was told of', [call('C_OpenSession', 5, 0)], { sessions: 1, lostSessions: 1 }],
  ['no session that was refused', [call('C_OpenSession', 5)], { opened: 0, sessions: 0 }],
  ['a search without an end', [call('C_OpenSession'), call('C_FindObjectsInit')], { searches: 1 }],
  [
    'no search that ended with its session',
    [call('C_FindObjectsInit'), call('C_CloseSession')],
    { searches: 0 },
  ],
  ['an object that is not destroyed', [call('C_GenerateKeyPair'), call('C_DestroyObject')], { objects: 1 }],
  [
    'no object twice that was not destroyed',
    [call('C_UnwrapKey'), call('C_DestroyObject', 5)],
    { objects: 1 },
  ],
] as const)('the count sees %s', (_, calls, expected) => {
  expect(countLeft(calls)).toMatchObject(expected);
});
