import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encryptionRows, idOf, signatureRows, wrapRows } from '../src/algorithm-ids.ts';
import { kindFor } from '../src/key-kinds.ts';
import { decryptOutside, encryptOutside } from '../src/outside/encryption.ts';
import { opensslDecrypts, opensslKnows, opensslVerifies, opensslVersion } from '../src/outside/openssl.ts';
import { derOfP1363 } from '../src/outside/p1363.ts';
import { signOutside, verifyOutside } from '../src/outside/signatures.ts';
import { publicHalf, testKey } from '../src/test-keys.ts';

const data = Buffer.from('checked by somebody else');

const flipped = (octets: Buffer): Buffer => {
  const copy = Buffer.from(octets);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
};

describe('a check outside', () => {
  it('finds the openssl program on this machine', () => {
    expect(opensslVersion()).toMatch(/^OpenSSL 3/);
  });

  for (const row of signatureRows) {
    it(`says yes to a true ${row.name} signature and no to a false one, by each program that knows it`, async () => {
      const key = await testKey(kindFor(row));
      const signature = signOutside(row, key, data);
      expect(verifyOutside(row, publicHalf(key), data, signature)).toBe(true);
      expect(verifyOutside(row, publicHalf(key), data, flipped(signature))).toBe(false);
      if (!opensslKnows(row, data)) return;
      expect(await opensslVerifies(row, publicHalf(key), data, signature)).toBe(true);
      expect(await opensslVerifies(row, publicHalf(key), data, flipped(signature))).toBe(false);
    });
  }

  const rows = [...new Set([...encryptionRows, ...wrapRows])].filter(({ mode }) => mode !== 'provider');
  for (const row of rows) {
    it(`opens what ${idOf(row)} sealed, by each program that knows it`, async () => {
      const key = await testKey(kindFor(row));
      const plaintext = Buffer.alloc(32, 'plain');
      const sealed = encryptOutside(row, key, plaintext);
      expect(decryptOutside(row, key, sealed).equals(plaintext)).toBe(true);
      if (row.mode === 'gcm') return;
      expect((await opensslDecrypts(row, key, sealed)).equals(plaintext)).toBe(true);
    });
  }

  it('writes DER as node:crypto does, for r and s of every length', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const jwk = publicKey.export({ format: 'jwk' });
    expect(jwk.crv).toBe('P-521');
    for (let count = 0; count < 50; count++) {
      const p1363 = sign('sha512', Buffer.from([count >> 8, count & 255]), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      const der = derOfP1363(p1363);
      expect(der[0]).toBe(0x30);
      expect(der.length).toBe(der[1] === 0x81 ? (der[2] ?? 0) + 3 : (der[1] ?? 0) + 2);
    }
    expect(derOfP1363(Buffer.from('0001', 'hex')).toString('hex')).toBe('3006020100020101');
    expect(derOfP1363(Buffer.from('80ff', 'hex')).toString('hex')).toBe('300802020080020200ff');
  });
});
