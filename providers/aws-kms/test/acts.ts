import { generateKeyPairSync } from 'node:crypto';
import { isKeyManagerError } from '@keyway/core/driver';
import type { Call, ImportRequest, JsonWebKey, KeyDriver } from '@keyway/core/driver';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';

/** What a process does with the key `k`. */
export type Act = (driver: KeyDriver, call: Call) => Promise<unknown>;

/** Fails only with the codes that say it was over already. */
export const unlessDone =
  (act: Act, ...codes: readonly string[]): Act =>
  async (driver, call) => {
    try {
      return await act(driver, call);
    } catch (error) {
      if (!isKeyManagerError(error) || !codes.includes(error.code)) throw error;
      return error.code;
    }
  };

export const create: Act = (driver, call) => there(driver.keys.create)(ecRequest('k'), call);
export const createDisabled: Act = (driver, call) =>
  there(driver.keys.create)(ecRequest('k', { enabled: false }), call);
const material = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'jwk',
}) as JsonWebKey;
export const importing: Act = (driver, call) => {
  const request: ImportRequest = { ...ecRequest('k'), material };
  return there(driver.keys.import)(request, call);
};
export const rotate: Act = (driver, call) => there(driver.rotation.rotate)({ name: 'k' }, call);
export const remove: Act = (driver, call) => there(driver.deletion.delete)({ name: 'k' }, call);
export const recover: Act = (driver, call) =>
  there(driver.deletion.recover)({ name: 'k', allowPartial: false }, call);

/** Does things one after the other, each in a process of its own. */
export async function prepare(fake: FakeKms, ...acts: readonly Act[]): Promise<void> {
  for (const act of acts) await act(fakeDriver(fake), fakeCall());
}

/** Three versions, the second one disabled. */
export const three: readonly Act[] = [create, createDisabled, create];
