import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyManager, KeyManagerError } from '../../src/index.ts';
import type { JsonWebKey } from '../../src/index.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

const data = Buffer.from('data');

async function opened() {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  await manager.createEcKey('app');
  return { vault, manager };
}

describe('promises that a small change of the code would break', () => {
  it('an option that signing and verifying do not know is refused', async () => {
    const client = await (await opened()).manager.getCryptographyClient('app');
    const options = { context: { a: 'b' } } as object;
    await expect(client.signData('ES256', data, options)).rejects.toThrow(/unknown member: context/);
    await expect(client.verifyData('ES256', data, Buffer.alloc(64, 1), options)).rejects.toThrow(
      /unknown member: context/,
    );
  });

  it('what a driver says in an error of the contract is kept', async () => {
    const { manager, vault } = await opened();
    const said = new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'Not on Sundays', {
      alternative: 'Monday',
    });
    const rotation = { ...vault.driver.rotation, rotate: () => Promise.reject(said) };
    const strict = createKeyManager({ ...vault.driver, rotation }, stillSettings().settings);
    await expect(strict.rotateKey('app')).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
      message: 'Not on Sundays',
      alternative: 'Monday',
    });
    await manager.close();
  });

  it('an algorithm other than that of the key itself is refused at import', async () => {
    const { manager } = await opened();
    const key = generateKeyPairSync('ml-dsa-44').privateKey.export({ format: 'jwk' }) as JsonWebKey;
    await expect(manager.importKey('pq', key, { algorithm: 'ML-DSA-65' })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('contradicts') as string,
    });
  });
});
