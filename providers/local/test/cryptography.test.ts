import { execFileSync } from 'node:child_process';
import { createDecipheriv, createPublicKey, randomBytes, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AlgorithmName,
  CryptographyClient,
  DecryptOptions,
  EncryptResult,
  KeyManager,
} from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { expectCode, makePlace, openMemory } from './fixture.ts';

const data = new TextEncoder().encode('sixteen octets..sixteen octets..');

async function clientOf(vault: KeyManager, name: string): Promise<CryptographyClient> {
  return vault.getCryptographyClient(name, { execution: 'remote' });
}

/** What `decrypt` takes back of what `encrypt` gave. */
function parts({ iv, authenticationTag }: EncryptResult): DecryptOptions {
  return { iv, authenticationTag };
}

/** Octets that are not a window into memory that others use. */
function expectOwn(octets: Uint8Array): void {
  expect(octets.buffer.byteLength).toBe(octets.length);
}

describe('signing at the vault', () => {
  it('works with every algorithm that a key has, and verifies, and not with another signature', async () => {
    const vault = await openMemory();
    await vault.createRsaKey('rsa');
    for (const curve of ['P-256', 'P-384', 'P-521', 'P-256K'] as const) {
      await vault.createEcKey(`ec-${curve.toLowerCase()}`, { curve });
    }
    await vault.createKey('okp', 'OKP');
    await vault.createOctKey('mac', { size: 512, keyOperations: ['sign', 'verify'] });
    for (const algorithm of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
      await vault.createKey(algorithm.toLowerCase(), 'AKP', { algorithm });
    }
    const used = new Set<AlgorithmName>();
    for await (const { name } of vault.listPropertiesOfKeys()) {
      const client = await clientOf(vault, name);
      for (const algorithm of client.algorithms('signData') as ('ES256' | 'HS256')[]) {
        const { signature, execution } = await client.signData(algorithm, data);
        expect(execution).toBe('remote');
        expect((await client.verifyData(algorithm, data, signature)).result).toBe(true);
        const other = Uint8Array.from(signature, (octet, index) =>
          index === signature.length - 1 ? octet ^ 1 : octet,
        );
        expect((await client.verifyData(algorithm, data, other)).result).toBe(false);
        expect((await client.verifyData(algorithm, data, signature.subarray(1))).result).toBe(false);
        used.add(algorithm);
      }
    }
    expect(used.size).toBe(17);
  });

  it('signs a digest so that node:crypto verifies it over the data', async () => {
    const vault = await openMemory();
    const { key } = await vault.createEcKey('ec');
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', data));
    const client = await clientOf(vault, 'ec');
    const { signature } = await client.sign('ES256', digest);
    const publicKey = createPublicKey({ key, format: 'jwk' });
    expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    expect((await client.verify('ES256', digest, signature)).result).toBe(true);
  });
});

describe('encrypting at the vault', () => {
  it('opens what it has sealed, in memory of its own, and says one thing about everything else', async () => {
    const vault = await openMemory();
    for (const size of [128, 192, 256]) await vault.createOctKey(`oct-${size}`, { size });
    await vault.createRsaKey('rsa', { keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] });
    const used = new Set<string>();
    for await (const { name } of vault.listPropertiesOfKeys()) {
      const client = await clientOf(vault, name);
      for (const algorithm of client.algorithms('encrypt') as ('A256GCM' | 'A256CBC')[]) {
        const sealed = await client.encrypt(algorithm, data);
        const opened = await client.decrypt(algorithm, sealed.ciphertext, parts(sealed));
        expect(opened.plaintext).toEqual(data);
        expectOwn(opened.plaintext);
        expectOwn(sealed.ciphertext);
        if (!/CBC|RSA1_5/.test(algorithm)) {
          const forged = sealed.ciphertext.map((octet, index) => (index === 0 ? octet ^ 1 : octet));
          await expectCode(client.decrypt(algorithm, forged, parts(sealed)), 'ERR_INTEGRITY');
        }
        used.add(algorithm);
      }
      for (const algorithm of client.algorithms('wrapKey') as 'A256KW'[]) {
        const { encryptedKey } = await client.wrapKey(algorithm, data);
        const { key } = await client.unwrapKey(algorithm, encryptedKey);
        expect(key).toEqual(data);
        expectOwn(key);
        used.add(`${algorithm} wrap`);
      }
    }
    expect(used.size).toBe(3 + 9 + 1 + 3 + 3 + 1);
  });

  it('refuses lengths that the modes do not take', async () => {
    const vault = await openMemory();
    await vault.createOctKey('oct');
    const client = await clientOf(vault, 'oct');
    await expectCode(client.encrypt('A256CBC', new Uint8Array(15)), 'ERR_INVALID_ARGUMENT');
    await expectCode(client.wrapKey('A256KW', new Uint8Array(12)), 'ERR_INVALID_ARGUMENT');
    const iv = new Uint8Array(16);
    await expectCode(client.decrypt('A256CBCPAD', new Uint8Array(15), { iv }), 'ERR_INTEGRITY');
    const padded = await client.encrypt('A256CBCPAD', new Uint8Array(15));
    const wrong = (padded.iv ?? iv).map((octet, index) => (index === 15 ? octet ^ 0x80 : octet));
    await expectCode(client.decrypt('A256CBCPAD', padded.ciphertext, { iv: wrong }), 'ERR_INTEGRITY');
    await expectCode(client.decrypt('provider', new Uint8Array(3)), 'ERR_INTEGRITY');
    await expectCode(client.decrypt('provider', new Uint8Array(60)), 'ERR_INTEGRITY');
    await expectCode(client.unwrapKey('A256KW', new Uint8Array(40)), 'ERR_INTEGRITY');
    await expectCode(client.unwrapKey('A256KW', new Uint8Array(7)), 'ERR_INTEGRITY');
    await expectCode(client.unwrapKey('provider', new Uint8Array(70)), 'ERR_INTEGRITY');
  });

  it('pads what is no multiple of a block, down to nothing', async () => {
    const vault = await openMemory();
    await vault.createOctKey('oct');
    const client = await clientOf(vault, 'oct');
    for (const length of [0, 1, 15, 16, 17, 1000]) {
      const sealed = await client.encrypt('A256CBCPAD', new Uint8Array(length).fill(1));
      const { plaintext } = await client.decrypt('A256CBCPAD', sealed.ciphertext, parts(sealed));
      expect(plaintext).toEqual(new Uint8Array(length).fill(1));
      expectOwn(plaintext);
    }
  });

  it('binds a context, and keeps encryption and key wrap of its own format apart', async () => {
    const vault = await openMemory();
    await vault.createOctKey('oct');
    const client = await clientOf(vault, 'oct');
    for (const algorithm of ['A256GCM', 'provider'] as const) {
      const sealed = await client.encrypt(algorithm, data, { context: { tenant: 'a' } });
      await expectCode(
        client.decrypt(algorithm, sealed.ciphertext, { ...parts(sealed), context: { tenant: 'b' } }),
        'ERR_INTEGRITY',
      );
      const opened = await client.decrypt(algorithm, sealed.ciphertext, {
        ...parts(sealed),
        context: { tenant: 'a' },
      });
      expect(opened.plaintext).toEqual(data);
    }
    const { encryptedKey } = await client.wrapKey('provider', data);
    await expectCode(client.decrypt('provider', encryptedKey), 'ERR_INTEGRITY');
  });

  it('is what openssl and node:crypto decrypt with the same key', async () => {
    const { folder } = makePlace();
    const vault = await openMemory();
    const secret = randomBytes(32);
    await vault.importKey('oct', { kty: 'oct', k: secret.toString('base64url') });
    const client = await clientOf(vault, 'oct');
    const { ciphertext, iv } = await client.encrypt('A256CBCPAD', data);
    writeFileSync(join(folder, 'ciphertext'), ciphertext);
    const options = ['-K', secret.toString('hex'), '-iv', Buffer.from(iv ?? []).toString('hex')];
    const opened = execFileSync('openssl', [
      'enc',
      '-d',
      '-aes-256-cbc',
      '-in',
      join(folder, 'ciphertext'),
      ...options,
    ]);
    expect(Uint8Array.from(opened)).toEqual(data);
    const sealed = await client.encrypt('A256GCM', data);
    const decipher = createDecipheriv('aes-256-gcm', secret, sealed.iv ?? new Uint8Array());
    decipher.setAuthTag(sealed.authenticationTag ?? new Uint8Array());
    expect(Uint8Array.from(Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()]))).toEqual(
      data,
    );
  });

  it('wraps as RFC 3394 section 4.6 says', async () => {
    const vault = await openMemory();
    const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
    const k = hex('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F').toString('base64url');
    await vault.importKey('kek', { kty: 'oct', k });
    const client = await clientOf(vault, 'kek');
    const { encryptedKey } = await client.wrapKey(
      'A256KW',
      hex('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F'),
    );
    expect(Buffer.from(encryptedKey)).toEqual(
      hex('28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326 CBC7F0E71A99F43B FB988B9B7A02DD21'),
    );
  });
});

describe('random octets', () => {
  it('are as many as asked for, of their own memory, and different each time', async () => {
    const vault = await openMemory();
    const [one, two] = [await vault.getRandomBytes(128), await vault.getRandomBytes(128)];
    expect(one).toHaveLength(128);
    expect(one).not.toEqual(two);
    expectOwn(one);
    for (const count of [0, 129, 1.5]) await expectCode(vault.getRandomBytes(count), 'ERR_INVALID_ARGUMENT');
  });
});
