import { randomUUID } from 'node:crypto';
import { KeyManagerError } from '@keyway/core';
import type { KeyManager } from '@keyway/core';
import { expect, test } from 'vitest';
import { runCell } from '../../proof/faults/run-cell.ts';
import type { CellEnd } from '../../proof/faults/run-cell.ts';
import { cellFaults, scriptOf } from '../../proof/faults/cell-faults.ts';
import { openOwnPlace } from '../../proof/faults/cell-place.ts';
import type { CellClient, CellPlace } from '../../proof/faults/cell-place.ts';
import type { CellGround, FlowKind } from '../../proof/faults/flow-kinds.ts';
import { flowKinds } from '../../proof/faults/flow-kinds.ts';
import { keyKinds } from '../../proof/faults/key-kinds.ts';
import { learnSaga } from '../../proof/faults/learn-saga.ts';

type Act = FlowKind['act'];

/** Runs a rotation whose act was changed, with a throttled first request, and gives what the judge says. */
async function judged(change: (act: Act, place: CellPlace) => Act): Promise<CellEnd> {
  const place = await openOwnPlace({ name: 'our own', afterCancel: 'Disabled' });
  const row = flowKinds.find(({ flow }) => flow === 'rotate');
  const kind = keyKinds.find(({ name }) => name === 'aes');
  const fault = cellFaults.find(({ name }) => name === 'throttled');
  if (row === undefined || kind === undefined || fault === undefined) throw new Error('There is no such row');
  const saga = await learnSaga(place, row, kind);
  let ran = false;
  const changed = change(row.act, place);
  // The repetition and what comes next are the provider's own.
  const once: Act = (manager, ground) => {
    const act = ran ? row.act : changed;
    ran = true;
    return act(manager, ground);
  };
  const [first] = saga.requests;
  if (first === undefined) throw new Error('The flow makes no request');
  return runCell({ ...saga, row: { ...row, act: once } }, fault, scriptOf(fault, first), undefined);
}

const kms = (place: CellPlace): CellClient => place.connect();

/** What there is of the one name: its prefix, and its keys by claim. */
async function inside(
  place: CellPlace,
): Promise<{ readonly prefix: string; readonly keys: readonly string[] }> {
  const { Aliases = [] } = await kms(place).listAliases({});
  const [name = ''] = Aliases.flatMap(({ AliasName }) => AliasName ?? []);
  return {
    prefix: name.split('/')[1] ?? '',
    keys: Aliases.flatMap(({ AliasName = '', TargetKeyId = '' }) =>
      AliasName.includes('/v/') ? [TargetKeyId] : [],
    ),
  };
}

const then =
  (after: (place: CellPlace, manager: KeyManager, ground: CellGround) => Promise<unknown>) =>
  (act: Act, place: CellPlace): Act =>
  async (manager, ground) => {
    await act(manager, ground);
    await after(place, manager, ground);
  };

test('a cell that is as it should be has nothing wrong', async () => {
  expect(await judged((act) => act)).toMatchObject({ wrong: [], code: undefined, half: false, orphans: 0 });
});

test('an orphan is wrong, although the doctor finds it', async () => {
  const end = await judged(
    then(async (place) => {
      const { prefix } = await inside(place);
      await kms(place).createKey({
        Description: 'lost',
        Tags: [{ TagKey: 'keyway:vault', TagValue: prefix }],
      });
    }),
  );
  expect(end.wrong.join()).toContain('1 orphans, but only 0 answers were lost');
});

test('a double version is wrong', async () => {
  const end = await judged(then((_, manager) => manager.rotateKey('k', { requestId: randomUUID() })));
  expect(end.wrong.join()).toContain('done, but the vault has');
});

test('a version in another state is wrong', async () => {
  const end = await judged(
    then(async (place) => kms(place).disableKey({ KeyId: (await inside(place)).keys[0] })),
  );
  expect(end.wrong.join()).toContain('Disabled');
});

test('an alias of the name at an older version is wrong', async () => {
  const end = await judged(
    then(async (place) => {
      const { prefix, keys } = await inside(place);
      await kms(place).updateAlias({ AliasName: `alias/${prefix}/k`, TargetKeyId: keys[0] });
    }),
  );
  expect(end.wrong.join()).toContain('points 1');
});

test('a claim that is gone is wrong', async () => {
  const end = await judged(
    then(async (place) =>
      kms(place).deleteAlias({ AliasName: `alias/${(await inside(place)).prefix}/k/v/1` }),
    ),
  );
  expect(end.wrong.join()).toContain('claims [0,');
});

test('an error that is none of the contract is wrong', async () => {
  const end = await judged(() => () => Promise.reject(new RangeError('no')));
  expect(end.wrong.join()).toContain('ended with untyped: RangeError');
});

test('an unknown outcome is wrong where nothing was asked for but reads', async () => {
  const end = await judged(() => async (manager) => {
    await manager.getKey('k');
    throw new KeyManagerError('ERR_OUTCOME_UNKNOWN', 'the same call goes on');
  });
  expect(end.wrong.join()).toContain('ended with ERR_OUTCOME_UNKNOWN');
});

test('an error after half a change is wrong where it does not say what to call', async () => {
  const half = (message: string): Promise<CellEnd> =>
    judged((act, place) => async (manager, ground) => {
      await act(manager, ground);
      const { prefix, keys } = await inside(place);
      await kms(place).updateAlias({ AliasName: `alias/${prefix}/k`, TargetKeyId: keys[1] });
      throw new KeyManagerError('ERR_THROTTLED', message);
    });
  expect((await half('no')).wrong).toEqual(['ERR_THROTTLED does not say what to call: no']);
  expect(await half('no: rotateKey finishes it')).toMatchObject({ half: true, wrong: [] });
});

test('a secret in an error is wrong', async () => {
  const place = await openOwnPlace({ name: 'our own', afterCancel: 'Disabled' });
  place.told('the key is a2V5LW1hdGVyaWFs');
  expect(place.searchSecrets([Buffer.from('key-material')]).sightings.join()).toContain('the key material');
  expect(place.searchSecrets([Buffer.from('key-material')])).toMatchObject({ texts: 0, sightings: [] });
});
