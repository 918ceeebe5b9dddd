import { describeConformance } from '@keyway/conformance/vitest';
import { describe, expect, it } from 'vitest';
import { createTinyDriver, openTiny } from '../implementing/tiny-driver.ts';

describeConformance({ name: 'tiny', provider: 'tiny', open: async () => createTinyDriver() });

describe('the tiny driver', () => {
  it('signs and verifies through a KeyManager', async () => {
    await using vault = openTiny();
    await vault.createOctKey('greetings', { keyOperations: ['sign', 'verify'] });
    const client = await vault.getCryptographyClient('greetings');
    const { signature } = await client.signData('HS256', Buffer.from('hello'));
    const { result } = await client.verifyData('HS256', Buffer.from('hello'), signature);
    expect(result).toBe(true);
  });
});
