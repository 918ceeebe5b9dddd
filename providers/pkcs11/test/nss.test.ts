import { afterAll, expect, test } from 'vitest';
import { createDeletionMethods } from '../src/deletion.ts';
import { createKeyMethods } from '../src/keys.ts';
import type { VaultParts } from '../src/open-vault.ts';
import { probeToken } from '../src/probe-token.ts';
import { createRotationMethods } from '../src/rotation.ts';
import { there } from './acts.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import { killAt, killedRows } from './kill.ts';
import { recordsIn } from './record-places.ts';
import { pair, testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';
import { closeTokens, tokenOf } from './token-of.ts';

let parts: Promise<Pick<VaultParts, 'token' | 'features'>> | undefined;

/** The NSS database of this process, which keeps no data objects: the records are in a file. */
async function open(): Promise<Pick<VaultParts, 'token' | 'features'>> {
  const token = await tokenOf('nss');
  return { token, features: await probeToken(token, testCall()) };
}
const nss = (): Promise<Pick<VaultParts, 'token' | 'features'>> => (parts ??= open());

afterAll(closeTokens);

test('a vault on NSS lives with its records in a file, and is told so where it has none', async () => {
  const token = await nss();
  const namespace = freshNamespace();
  await expect(testVault({ ...token, namespace })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  const place = { ...token, namespace, records: recordsIn('file', namespace) };
  const { vault, close } = await testVault(place);
  const keys = createKeyMethods(vault);
  for (const request of [pair('k'), pair('r', { keyType: 'RSA', curve: undefined, size: 2048 })]) {
    const { name } = request;
    const made = await there(keys.create)(request, testCall());
    expect(made).toMatchObject({ intact: true, publicKeyAuthentic: true });
    await there(createRotationMethods(vault).rotate)({ name }, testCall());
    await there(keys.update)({ name, version: made.version, changes: { enabled: false } }, testCall());
    vault.publicKeys.clear();
    expect(await there(keys.read)({ name }, testCall())).toMatchObject({
      intact: true,
      publicKeyAuthentic: true,
    });
    const deletion = createDeletionMethods(vault);
    await there(deletion.delete)({ name }, testCall());
    await there(deletion.recover)({ name, allowPartial: false }, testCall());
    expect((await dumpOf(vault, name)).versions.map(({ objects }) => objects)).toEqual([
      ['private', 'public'],
      ['private', 'public'],
    ]);
    await there(deletion.delete)({ name }, testCall());
    await there(deletion.purge)({ name }, testCall());
    expectWhole(await dumpOf(vault, name));
  }
  await close();
  await cleanUp(vault);
});

test.for(killedRows)(
  '$what on NSS, killed at any moment, is done or undone',
  { timeout: 300_000 },
  async (row) => {
    const token = await nss();
    let number = 0;
    while (await killAt(row, 'file', number, token)) number++;
    expect(number).toBe(row.moments);
  },
);
