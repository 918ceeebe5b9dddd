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

  it('an answer that a driver has at once is taken as it is, an error thrown at once is classified', async () => {
    const { vault, manager } = await opened();
    const signature = new Uint8Array(64).fill(1);
    const answers = [
      () => ({ signature }),
      () => {
        throw new KeyManagerError('ERR_QUOTA_EXCEEDED', 'Enough for today');
      },
    ];
    const cryptography = { ...vault.driver.cryptography, sign: () => answers.shift()?.() ?? { signature } };
    const prompt = createKeyManager({ ...vault.driver, cryptography }, stillSettings().settings);
    const client = await prompt.getCryptographyClient('app');
    expect((await client.signData('ES256', data)).signature).toEqual(signature);
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_QUOTA_EXCEEDED' });
    await manager.close();
  });

  it('a caller who gives up while a driver begins is told so, even if the driver never answers', async () => {
    const { vault, manager } = await opened();
    const controller = new AbortController();
    const sign = async (): Promise<never> => {
      controller.abort();
      return await new Promise<never>(() => undefined);
    };
    const cryptography = { ...vault.driver.cryptography, sign };
    const slow = createKeyManager({ ...vault.driver, cryptography }, stillSettings().settings);
    const client = await slow.getCryptographyClient('app');
    await expect(client.signData('ES256', data, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
    await manager.close();
  });
});
