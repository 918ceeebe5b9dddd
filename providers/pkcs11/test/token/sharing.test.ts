import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test, vi } from 'vitest';
import type { SoftToken } from '@keyway/conformance/emulators';
import type { FaultModule } from '../../proof/shim/fault-module.ts';
import { sharedModule } from '../../src/token/module-registry.ts';
import { openToken } from '../../src/token/open-token.ts';
import type { Token } from '../../src/token/token.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';
import { faultyToken, openSoft, pinOf } from './open-soft-token.ts';
import { callFor, makeEcKey, makeHmacKey, signsRight } from './token-keys.ts';

let one: SoftToken;
let two: SoftToken;
let faults: FaultModule;
beforeAll(async () => {
  ({ soft: one, faults } = await faultyToken());
  two = { ...(await softHsmToken()), module: one.module };
});

const countOf = (name: string): number =>
  faults.calls().filter((call) => call.function === name && call.told === 0).length;

async function signsMany(token: Token): Promise<void> {
  const [one, two] = await Promise.all([makeEcKey(token), makeHmacKey(token)]);
  const rights = await Promise.all(
    Array.from({ length: 40 }, (_, index) => signsRight(token, index % 2 === 0 ? one : two)),
  );
  expect(rights).toEqual(rights.map(() => true));
}

test('two tokens of one module are initialised once, logged in to once each, and finalised by the last', async () => {
  const [first, second] = await Promise.all([openSoft(one), openSoft(two)]);
  expect([first.facts.label, second.facts.label]).toEqual([one.label, two.label]);
  await Promise.all([signsMany(first), signsMany(second)]);
  expect([countOf('C_Initialize'), countOf('C_Login'), countOf('C_Finalize')]).toEqual([1, 2, 0]);
  await first.close();
  expect(countOf('C_Finalize')).toBe(0);
  await signsMany(second);
  await second.close();
  expect(countOf('C_Finalize')).toBe(1);
});

test('two copies of the library share the module: keys of one are used by the other, and neither ends it for the other', async () => {
  // Everything below is loaded once more, with its own classes and its own tables.
  vi.resetModules();
  const copy = await import('../../src/token/open-token.ts');
  const registry = await import('../../src/token/module-registry.ts');
  expect(copy.openToken).not.toBe(openToken);
  expect(registry.sharedModule).not.toBe(sharedModule);
  const before = [countOf('C_Initialize'), countOf('C_Login'), countOf('C_Finalize')];
  const [mine, other] = await Promise.all([
    openSoft(one),
    copy.openToken({ module: one.module, label: one.label, pin: pinOf(one) }),
  ]);
  const key = await makeEcKey(mine);
  const rights = await Promise.all([signsRight(mine, key), signsRight(other, key), signsRight(other, key)]);
  expect(rights).toEqual([true, true, true]);
  await mine.close();
  expect(await signsRight(other, key)).toBe(true);
  await other.close();
  const after = [countOf('C_Initialize'), countOf('C_Login'), countOf('C_Finalize')];
  expect(after).toEqual(before.map((count) => count + 1));
});

test('opening and closing at the same time, over and over, leaves nothing behind', async () => {
  const id = randomBytes(16);
  const first = await openSoft(one);
  const key = await makeHmacKey(first, id);
  await first.close();
  const round = async (): Promise<void> => {
    for (let count = 0; count < 4; count++) {
      const token = await openSoft(one, { workers: 1 });
      expect(await signsRight(token, key)).toBe(true);
      await token.close();
    }
  };
  await Promise.all([round(), round(), round()]);
  const { opened, closed } = faults.sessions();
  expect(opened - closed).toBe(0);
  expect(countOf('C_Initialize')).toBe(countOf('C_Finalize'));
});

test('a handle that one vault keeps is not used after the other has changed what handles mean', async () => {
  const token = await openSoft(one, { workers: 1 });
  const key = await makeEcKey(token);
  expect(await signsRight(token, key)).toBe(true);
  faults.setFaults([
    { function: 'C_SignInit', when: 'before', calls: 1, action: { do: 'fail', ckr: 0x101 } },
  ]);
  const beside = await openSoft(two, { workers: 1 });
  expect(await signsRight(token, key)).toBe(true);
  await Promise.all([token.close(), beside.close()]);
  const run = token.run('random', { length: 1 }, callFor());
  await expect(run).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});

test('a token that is gone does not take the module from the one beside it', async () => {
  const [gone, beside] = [await openSoft(one, { workers: 1 }), await openSoft(two, { workers: 1 })];
  const [key, other] = [await makeHmacKey(gone), await makeHmacKey(beside)];
  expect(await signsRight(beside, other)).toBe(true);
  const before = countOf('C_Finalize');
  faults.setFaults([
    { function: 'C_SignInit', when: 'before', calls: 1, action: { do: 'fail', ckr: 0xe0 } },
    // Whoever looks for the token finds one with another serial number in its place.
    { function: 'C_GetTokenInfo', when: 'after', action: { do: 'flip' } },
  ]);
  await expect(signsRight(gone, key)).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
  expect(await signsRight(beside, other)).toBe(true);
  expect(countOf('C_Finalize')).toBe(before);
  faults.setFaults([]);
  expect(await signsRight(gone, key)).toBe(true);
  await Promise.all([gone.close(), beside.close()]);
});
