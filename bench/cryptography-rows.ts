import { createCipheriv, createDecipheriv, createHash, randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { EncryptResult, SignResult } from '@keyway/core';
import { derToP1363 } from '@keyway/core/driver';
import { loadNobleP256 } from './bare-noble.ts';
import { compare } from './compare.ts';
import { must, openBenchVault, pairedAesKey, pairedEcKey, pairedRsaKey } from './fixture.ts';
import type { BenchVault } from './fixture.ts';
import type { Measured } from './result.ts';
import type { BenchRow } from './row.ts';

const message = randomBytes(256);

/** Measures on a vault of its own. */
function onVault(name: string, run: (name: string, vault: BenchVault) => Promise<Measured>): BenchRow {
  return {
    name,
    async run() {
      const vault = await openBenchVault();
      try {
        return await run(name, vault);
      } finally {
        await vault.close();
      }
    },
  };
}

function verifies(publicKey: KeyObject, signature: Uint8Array): boolean {
  return verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

const es256 = onVault('local/es256-sign-data', async (name, { manager }) => {
  const { privateKey, publicKey, client } = await pairedEcKey(manager);
  return await compare<Uint8Array, SignResult>({
    name,
    against: 'node:crypto sign, bare key object in hand, its DER made r ‖ s: the fastest form',
    bound: { value: 0.8, side: 'at least' },
    as: 'speed',
    baseline: {
      call: () => derToP1363(sign('sha256', message, privateKey), 32) ?? new Uint8Array(),
      verify: (made) => must(verifies(publicKey, made), 'baseline'),
    },
    subject: {
      call: async () => await client.signData('ES256', message),
      verify: ({ signature }) => must(verifies(publicKey, signature), 'signData ES256'),
    },
  });
});

const rs256 = onVault('local/rs256-sign-data', async (name, { manager }) => {
  const { privateKey, publicKey, client } = await pairedRsaKey(manager);
  return await compare<Buffer, SignResult>({
    name,
    against: 'node:crypto sign, key object in hand',
    bound: { value: 0.9, side: 'at least' },
    as: 'speed',
    baseline: {
      call: () => sign('sha256', message, privateKey),
      verify: (made) => must(verifies(publicKey, made), 'baseline'),
    },
    subject: {
      call: async () => await client.signData('RS256', message),
      verify: ({ signature }) => must(verifies(publicKey, signature), 'signData RS256'),
    },
  });
});

interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly iv?: Uint8Array | undefined;
  readonly authenticationTag?: Uint8Array | undefined;
}

const gcm = onVault('local/a256gcm-64k', async (name, { manager }) => {
  const plaintext = randomBytes(65_536);
  const { key, client } = await pairedAesKey(manager);
  function check({ ciphertext, iv, authenticationTag }: Sealed): void {
    if (iv === undefined || authenticationTag === undefined)
      throw new Error('Wrong result: parts are missing');
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAuthTag(authenticationTag);
    must(Buffer.concat([decipher.update(ciphertext), decipher.final()]).equals(plaintext), 'A256GCM');
  }
  return await compare<Sealed, EncryptResult>({
    name,
    against: 'node:crypto createCipheriv with a fresh random IV, key object in hand',
    bound: { value: 0.75, side: 'at least' },
    as: 'speed',
    baseline: {
      call() {
        const iv = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key, iv);
        const ciphertext = cipher.update(plaintext);
        cipher.final();
        return { ciphertext, iv, authenticationTag: cipher.getAuthTag() };
      },
      verify: check,
    },
    subject: { call: async () => await client.encrypt('A256GCM', plaintext), verify: check },
  });
});

const digestSign = onVault('local/es256-sign-digest', async (name, { manager }) => {
  const { privateKey, publicKey, client } = await pairedEcKey(manager);
  const digest = createHash('sha256').update(message).digest();
  const p256 = await loadNobleP256();
  const secret = Uint8Array.from(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  return await compare<Uint8Array, SignResult>({
    name,
    against: 'bare @noble/curves, octets of the key in hand',
    bound: { value: 0.85, side: 'at least' },
    as: 'speed',
    baseline: {
      call: () => p256.sign(digest, secret, { prehash: false, lowS: false }),
      verify: (made) => must(verifies(publicKey, made), 'baseline'),
    },
    subject: {
      call: async () => await client.sign('ES256', digest),
      verify: ({ signature }) => must(verifies(publicKey, signature), 'sign ES256'),
    },
  });
});

/** What using a key costs over doing it by hand. */
export const cryptographyRows: readonly BenchRow[] = [es256, rs256, gcm, digestSign];
