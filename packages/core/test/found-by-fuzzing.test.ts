import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePrivateJwk, publicKeyFromJwk } from '../src/driver.ts';

/* What the fuzzer once found: each input stays refused, at once and by type. */
describe('inputs that once went wrong', () => {
  it('an RSA key with n and e and a d of many kilobytes is refused without working on it', () => {
    const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const d = Buffer.alloc(10_240, 0x5a).toString('base64url');
    const before = process.cpuUsage();
    expect(() => parsePrivateJwk({ kty: 'RSA', n, e, d })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });

  it.each([null, undefined, 'text', 7, []])('%j is no public JWK', (jwk) => {
    expect(() => publicKeyFromJwk(jwk as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});
