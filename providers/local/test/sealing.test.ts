import { createHash, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptographyClient } from '@keyway/core';
import { KeyManagerError } from '@keyway/core/driver';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSealingHeader } from '../src/sealing-header.ts';
import { createSealing, openSealing } from '../src/sealing.ts';
import type { SealingHeader, SealingSource } from '../src/sealing.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });
const passphrase = 'canary-passphrase-81723';
const key = Uint8Array.from({ length: 32 }, (_, index) => index + 101);

/** A header whose unkeyed checksum is right, whatever else it says: what an attacker can write. */
function forge(change: (members: Record<string, unknown>) => void, header: SealingHeader): SealingHeader {
  const { sum: _, ...members } = JSON.parse(header.text) as Record<string, unknown>;
  change(members);
  const sum = createHash('sha256')
    .update(JSON.stringify(members))
    .digest()
    .subarray(0, 16)
    .toString('base64url');
  return { text: JSON.stringify({ ...members, sum }) };
}

describe('a passphrase', () => {
  let sealing: { header: SealingHeader; sealingKey: Uint8Array };
  beforeAll(async () => {
    sealing = await createSealing({ kind: 'passphrase', passphrase });
  });

  test('opens what it sealed, as text and as octets', async () => {
    expect(await openSealing(sealing.header, { kind: 'passphrase', passphrase })).toEqual(sealing.sealingKey);
    const octets = new TextEncoder().encode(passphrase);
    expect(await openSealing(sealing.header, { kind: 'passphrase', passphrase: octets })).toEqual(
      sealing.sealingKey,
    );
    expect(octets).toEqual(new TextEncoder().encode(passphrase));
  });

  test('goes through scrypt with N = 2^17, r = 8, p = 1 and the salt that is stored', () => {
    const members = JSON.parse(sealing.header.text) as { n: number; r: number; p: number; salt: string };
    expect(members).toMatchObject({ v: 1, kind: 'passphrase', n: 131_072, r: 8, p: 1 });
    const salt = Buffer.from(members.salt, 'base64url');
    const root = scryptSync(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
    expect(salt.length).toBe(16);
    expect(Buffer.from(sealing.sealingKey)).toEqual(
      Buffer.from(hkdfSync('sha256', root, '', 'keyway-local sealing key 1', 32)),
    );
  });

  test('has a fresh salt and key each time', async () => {
    const again = await createSealing({ kind: 'passphrase', passphrase });
    expect(again.header.text).not.toBe(sealing.header.text);
    expect(again.sealingKey).not.toEqual(sealing.sealingKey);
  });

  test('that is wrong is ERR_UNAUTHENTICATED', async () => {
    const opening = openSealing(sealing.header, { kind: 'passphrase', passphrase: 'another' });
    await expect(opening).rejects.toThrow(failsWith('ERR_UNAUTHENTICATED'));
  });

  test('that is empty or no text is refused', async () => {
    await expect(createSealing({ kind: 'passphrase', passphrase: '' })).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT'),
    );
    await expect(createSealing({ kind: 'passphrase', passphrase: 'a\ud800' })).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT'),
    );
    const untyped = { kind: 'passphrase', passphrase: 1 } as unknown;
    await expect(createSealing(untyped as SealingSource)).rejects.toThrow(TypeError);
  });

  test.each([
    ['N above 2^20', { n: 2 ** 21 }],
    ['more than 1 GiB', { n: 2 ** 20, r: 16 }],
    ['a p that takes for ever', { p: 9 }],
    ['N below the default', { n: 2 ** 16 }],
    ['r below the default', { r: 4 }],
    ['no p', { p: 0 }],
    ['an N that is no power of two', { n: 2 ** 17 + 1 }],
    ['a fraction', { r: 8.5 }],
    ['an N beyond numbers', { n: 1e300 }],
  ])('stored with %s is refused before any work', async (_, change) => {
    const forged = forge((members) => Object.assign(members, change), sealing.header);
    // Reading the header is synchronous, and scrypt runs on another thread: it has not begun when this throws.
    expect(() => parseSealingHeader(forged.text)).toThrow(failsWith('ERR_INTEGRITY'));
    await expect(openSealing(forged, { kind: 'passphrase', passphrase })).rejects.toThrow(
      failsWith('ERR_INTEGRITY'),
    );
  });

  test('with greater parameters within the bounds is accepted by the header', () => {
    const forged = forge((members) => Object.assign(members, { n: 2 ** 20 }), sealing.header);
    expect(parseSealingHeader(forged.text).method).toMatchObject({ scrypt: { n: 2 ** 20, r: 8, p: 1 } });
  });

  test('with a salt that somebody has changed does not open', async () => {
    const forged = forge((members) => Object.assign(members, { salt: 'A'.repeat(22) }), sealing.header);
    await expect(openSealing(forged, { kind: 'passphrase', passphrase })).rejects.toThrow(
      failsWith('ERR_UNAUTHENTICATED'),
    );
  });
});

describe('32 octets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealing-'));
  const path = join(folder, 'key');
  writeFileSync(path, key, { mode: 0o600 });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('seal alike from a file and by themselves, so that vaults with the same key share backups', async () => {
    const fromFile = await createSealing({ kind: 'keyFile', path });
    const given = await createSealing({ kind: 'key', key });
    expect(fromFile.sealingKey).toEqual(given.sealingKey);
    expect(await openSealing(fromFile.header, { kind: 'key', key })).toEqual(given.sealingKey);
    expect(await openSealing(given.header, { kind: 'keyFile', path })).toEqual(given.sealingKey);
    expect(given.sealingKey).not.toEqual(key);
  });

  test('are neither changed nor kept', async () => {
    const own = Uint8Array.from(key);
    const { sealingKey } = await createSealing({ kind: 'key', key: own });
    sealingKey.fill(0);
    expect(own).toEqual(key);
  });

  test('that are others are ERR_UNAUTHENTICATED', async () => {
    const { header } = await createSealing({ kind: 'key', key });
    const opening = openSealing(header, { kind: 'key', key: new Uint8Array(32) });
    await expect(opening).rejects.toThrow(failsWith('ERR_UNAUTHENTICATED'));
  });

  test('that are 31 are refused', async () => {
    await expect(createSealing({ kind: 'key', key: key.subarray(1) })).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT'),
    );
    const untyped = { kind: 'key', key: 'text' } as unknown;
    await expect(createSealing(untyped as SealingSource)).rejects.toThrow(TypeError);
  });
});

/** A client over a fake vault: it "wraps" by XOR, and only what it made itself opens. */
function fakeClient(keyId: string, unwrapped?: () => Promise<Uint8Array>): CryptographyClient {
  const flip = (octets: Uint8Array): Uint8Array => octets.map((octet) => octet ^ 0x5a);
  const named = { algorithm: 'A256KW', id: keyId, execution: 'remote' } as const;
  const methods: Pick<CryptographyClient, 'keyId' | 'wrapKey' | 'unwrapKey'> = {
    keyId,
    wrapKey: (_, octets) => Promise.resolve({ ...named, encryptedKey: flip(octets) }),
    unwrapKey: async (_, octets) => ({ ...named, key: (await unwrapped?.()) ?? flip(octets) }),
  };
  return methods as CryptographyClient;
}

describe('a key of another vault', () => {
  const keyId = 'memory:other/keys/seal/v1';
  const source = { kind: 'keyManager', client: fakeClient(keyId), algorithm: 'A256KW' } as const;

  test('wraps a fresh key, and the header names the version and the algorithm', async () => {
    const first = await createSealing(source);
    const second = await createSealing(source);
    expect(first.sealingKey).not.toEqual(second.sealingKey);
    expect(JSON.parse(first.header.text)).toMatchObject({ kind: 'keyManager', keyId, algorithm: 'A256KW' });
    expect(await openSealing(first.header, source)).toEqual(first.sealingKey);
  });

  test('is refused clearly when the client is of another key', async () => {
    const { header } = await createSealing(source);
    const other = { ...source, client: fakeClient('memory:other/keys/seal/v2') };
    await expect(openSealing(header, other)).rejects.toThrow(failsWith('ERR_UNAUTHENTICATED'));
    await expect(openSealing(header, other)).rejects.toThrow(
      `The vault is sealed with another key: ${keyId}`,
    );
  });

  test('is refused clearly when another algorithm is given', async () => {
    const { header } = await createSealing(source);
    const opening = openSealing(header, { ...source, algorithm: 'A128KW' });
    await expect(opening).rejects.toThrow('The vault is sealed with algorithm A256KW');
  });

  test('must wrap keys', async () => {
    const signing = { ...source, algorithm: 'RS256' } as unknown;
    await expect(createSealing(signing as SealingSource)).rejects.toThrow(failsWith('ERR_INVALID_ARGUMENT'));
  });

  test('that unwraps to something else is ERR_INTEGRITY', async () => {
    const { header } = await createSealing(source);
    for (const octets of [new Uint8Array(32), new Uint8Array(31)]) {
      const client = fakeClient(keyId, () => Promise.resolve(octets));
      await expect(openSealing(header, { ...source, client })).rejects.toThrow(failsWith('ERR_INTEGRITY'));
    }
  });

  test('fails with the error of its own vault', async () => {
    const outage = new KeyManagerError('ERR_UNAVAILABLE', 'The other vault is down');
    const client = fakeClient(keyId, () => Promise.reject(outage));
    const { header } = await createSealing(source);
    await expect(openSealing(header, { ...source, client })).rejects.toBe(outage);
    const broken = { ...client, wrapKey: () => Promise.reject(outage) };
    await expect(createSealing({ ...source, client: broken })).rejects.toBe(outage);
  });
});

describe('the header', () => {
  test('tells clearly what it is sealed with when something else is given', async () => {
    const { header } = await createSealing({ kind: 'key', key });
    const opening = openSealing(header, { kind: 'passphrase', passphrase });
    await expect(opening).rejects.toThrow(failsWith('ERR_UNAUTHENTICATED'));
    await expect(opening).rejects.toThrow('The vault is sealed with a key of 32 octets, which was not given');
  });

  test('holds no secret', async () => {
    const { header, sealingKey } = await createSealing({ kind: 'key', key });
    for (const secret of [key, sealingKey]) {
      expect(header.text).not.toContain(Buffer.from(secret).toString('base64url'));
    }
  });

  test('is ERR_INTEGRITY with any character changed, taken away or added', async () => {
    const { text } = (await createSealing({ kind: 'key', key })).header;
    const puts = ['', 'A', ' ', '""'];
    const damaged = Array.from(text, (_, at) =>
      puts.map((put) => text.slice(0, at) + put + text.slice(at + 1)),
    ).flat();
    for (const one of damaged.filter((other) => other !== text)) {
      expect(() => parseSealingHeader(one)).toThrow(failsWith('ERR_INTEGRITY'));
    }
  });

  test.each([
    ['an unknown member', (members: Record<string, unknown>) => Object.assign(members, { extra: 1 })],
    ['another version', (members: Record<string, unknown>) => Object.assign(members, { v: 2 })],
    ['an unknown kind', (members: Record<string, unknown>) => Object.assign(members, { kind: 'nothing' })],
    ['a short check', (members: Record<string, unknown>) => Object.assign(members, { check: 'AA' })],
    [
      'a key id that is none',
      (members: Record<string, unknown>) => Object.assign(members, { keyId: 'text' }),
    ],
    [
      'a signature algorithm',
      (members: Record<string, unknown>) => Object.assign(members, { algorithm: 'RS256' }),
    ],
    ['no wrapped key', (members: Record<string, unknown>) => Object.assign(members, { wrapped: '' })],
    [
      'a number for a text',
      (members: Record<string, unknown>) => Object.assign(members, { wrapped: 1, keyId: 1 }),
    ],
  ])('with %s is ERR_INTEGRITY even under a right checksum', async (_, change) => {
    const client = fakeClient('memory:other/keys/seal/v1');
    const { header } = await createSealing({ kind: 'keyManager', client, algorithm: 'A256KW' });
    expect(() => parseSealingHeader(forge(change, header).text)).toThrow(failsWith('ERR_INTEGRITY'));
  });

  test('is never anything but read or ERR_INTEGRITY, whatever the text', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant('x'.repeat(20_000)),
      fc.constantFrom('null', '[]', '{}'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => parseSealingHeader(text)).toThrow(failsWith('ERR_INTEGRITY'));
      }),
    );
  });
});

test('no error repeats a passphrase or key', async () => {
  const secret = randomBytes(32);
  const errors: unknown[] = [];
  const { header } = await createSealing({ kind: 'key', key });
  const fail = (promise: Promise<unknown>): Promise<unknown> =>
    promise.catch((error: unknown) => errors.push(error));
  await fail(openSealing(header, { kind: 'passphrase', passphrase }));
  await fail(openSealing(header, { kind: 'key', key: secret }));
  await fail(createSealing({ kind: 'key', key: secret.subarray(1) }));
  await fail(createSealing({ kind: 'passphrase', passphrase: `${passphrase}\ud800` }));
  expect(errors.length).toBe(4);
  const written = errors
    .map((error) => `${String(error)} ${(error as Error).stack} ${JSON.stringify(error)}`)
    .join('\n');
  for (const canary of [
    passphrase,
    secret.toString('hex'),
    secret.toString('base64url'),
    secret.toString('base64'),
  ]) {
    expect(written).not.toContain(canary);
  }
});
