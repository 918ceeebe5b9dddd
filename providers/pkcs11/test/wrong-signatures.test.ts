import { join } from 'node:path';
import { openPkcs11 } from '@keyway/pkcs11';
import type { KeyManager } from '@keyway/core';
import { afterAll, expect, test } from 'vitest';
import { TokenError } from '../src/token/return-values.ts';
import { nssToken } from './fixtures/soft-tokens.ts';
import { closeManagers, managerOn } from './test-manager.ts';
import { closeTokens } from './token-of.ts';

afterAll(async () => {
  await closeManagers();
  await closeTokens();
});

async function signedBy(
  manager: KeyManager,
  algorithm: 'RS256' | 'PS256' = 'RS256',
): Promise<{
  readonly signature: Uint8Array;
  verify(data: Uint8Array, signature: Uint8Array): Promise<boolean>;
}> {
  await manager.createKey('k', 'RSA', { size: 2048, keyOperations: ['sign', 'verify'] });
  const client = await manager.getCryptographyClient('k', { execution: 'remote' });
  const { signature } = await client.signData(algorithm, Buffer.from('data'));
  return {
    signature,
    verify: async (data, made) => (await client.verifyData(algorithm, data, made)).result,
  };
}

test('the first wrong RSA signature that a thread of NSS meets is wrong, and no failure of the token', async () => {
  const { uri, folder } = await nssToken();
  const records = { file: join(folder, 'wrong-signatures.db') };
  const manager = await openPkcs11(uri, { namespace: 'wrong', records, workers: 1, checkSignatures: 'none' });
  try {
    const { signature, verify } = await signedBy(manager);
    expect(await verify(Buffer.from('other'), signature)).toBe(false);
    expect(await verify(Buffer.from('data'), signature)).toBe(true);
  } finally {
    await manager.close();
  }
});

test.each([0x30, 0x05, 0x07])(
  'where a token says %i of a PKCS #1 signature, this process says whether it is right',
  async (ckr) => {
    const manager = await managerOn('softhsm2', (name, _, run) =>
      name === 'verifyWith' ? Promise.reject(new TokenError(ckr, 'C_Verify')) : run(),
    );
    const { signature, verify } = await signedBy(manager);
    expect(await verify(Buffer.from('data'), signature)).toBe(true);
    expect(await verify(Buffer.from('other'), signature)).toBe(false);
  },
);

test.each([
  ['C_VerifyInit', 'RS256'],
  ['C_Verify', 'PS256'],
] as const)('a failure of %s with %s stays one', async (function_, algorithm) => {
  const manager = await managerOn('softhsm2', (name, _, run) =>
    name === 'verifyWith' ? Promise.reject(new TokenError(0x30, function_)) : run(),
  );
  const { signature, verify } = await signedBy(manager, algorithm);
  await expect(verify(Buffer.from('data'), signature)).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
});
