import { createHash, createPublicKey, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { algorithmRows } from '@keyway/core/driver';
import type { EncryptionAlgorithmRow, SignatureAlgorithmRow } from '@keyway/core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { encryptionRow, signatureRow } from '../src/algorithms.ts';
import { works } from '../src/token-features.ts';
import type { KeyKind } from '../src/key-kind.ts';
import { expectedFeatures } from './expected-features.ts';
import { decryptOutside, encryptOutside, jwkOf, outsidePair, signOutside, verifyOutside } from './outside.ts';
import type { PairName } from './outside.ts';
import { accessTo, imported, methodsOf, there } from './test-keys.ts';
import type { TestKey } from './test-keys.ts';
import { closeTokens, libraries, testCall } from './token-of.ts';
import type { Library } from './token-of.ts';

afterAll(closeTokens);

/** A key that is on the token and outside, too, so that each can check the other. */
interface SharedKey {
  readonly key: TestKey;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const shared = new Map<string, Promise<SharedKey>>();

async function share(library: Library, name: PairName | `oct-${number}`, kind: KeyKind): Promise<SharedKey> {
  const access = await accessTo(library, { plainImport: true });
  if (name.startsWith('oct-')) {
    const secret = createSecretKey(randomBytes(Number(name.slice(4)) / 8));
    return { key: await imported(access, kind, jwkOf(secret)), privateKey: secret, publicKey: secret };
  }
  const pair = outsidePair(name as PairName);
  return { ...pair, key: await imported(access, kind, jwkOf(pair.privateKey)) };
}

function sharedKey(library: Library, name: PairName | `oct-${number}`, kind: KeyKind): Promise<SharedKey> {
  const at = `${library} ${name} ${kind.keyOperations.join()}`;
  let made = shared.get(at);
  if (made === undefined) shared.set(at, (made = share(library, name, kind)));
  return made;
}

function signingKey(library: Library, row: SignatureAlgorithmRow): Promise<SharedKey> {
  const keyOperations = ['sign', 'verify'] as const;
  if (row.family === 'RSA')
    return sharedKey(library, 'RSA-2048', { keyType: 'RSA', size: 2048, keyOperations });
  if (row.family === 'oct')
    return sharedKey(library, `oct-${row.minSize ?? 0}`, { keyType: 'oct', keyOperations });
  const { curve = 'P-256' } = row;
  return sharedKey(library, curve, { keyType: row.family, curve, keyOperations });
}

function encryptionKey(library: Library, row: EncryptionAlgorithmRow): Promise<SharedKey> {
  const keyOperations = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;
  if (row.family === 'RSA')
    return sharedKey(library, 'RSA-2048', { keyType: 'RSA', size: 2048, keyOperations });
  return sharedKey(library, `oct-${row.size ?? 256}`, { keyType: 'oct', keyOperations });
}

const methodsFor = async (library: Library): Promise<ReturnType<typeof methodsOf>> =>
  methodsOf(await accessTo(library));

const octets = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

const signatures = algorithmRows.filter((row) => row.kind === 'signature');
const encryptions = algorithmRows.filter((row) => row.kind === 'encryption');

function inputOf(
  row: SignatureAlgorithmRow,
  data: Uint8Array,
): { input: 'data'; data: Uint8Array } | { input: 'digest'; digest: Uint8Array } {
  if (row.input === 'data') return { input: 'data', data };
  return {
    input: 'digest',
    digest: Uint8Array.from(
      createHash(row.hash ?? '')
        .update(data)
        .digest(),
    ),
  };
}

const flipped = (bytes: Uint8Array, at = bytes.length - 1): Uint8Array =>
  bytes.map((octet, index) => (index === at ? octet ^ 1 : octet));

describe.each(libraries)('signatures on %s', (library) => {
  const offered = signatures.filter(({ name }) => works(expectedFeatures[library], `sign ${name}`));

  it.each(offered)('$name is signed on the token and verified outside', async (row) => {
    const { key, publicKey } = await signingKey(library, row);
    const { sign } = await methodsFor(library);
    for (const length of [0, 1, 1000]) {
      const data = octets(length);
      const { signature } = await sign({ ...key.use(row.name), ...inputOf(row, data) }, testCall());
      expect(verifyOutside(row, publicKey, data, signature)).toBe(true);
    }
  });

  it.each(offered)('$name is signed outside and verified on the token, and nothing else is', async (row) => {
    const { key, privateKey } = await signingKey(library, row);
    const { verify } = await methodsFor(library);
    const data = octets(77);
    const signature = Uint8Array.from(signOutside(row, privateKey, data));
    const check = async (input: Uint8Array, over: Uint8Array): Promise<boolean> =>
      (await verify({ ...key.use(row.name), ...inputOf(row, over), signature: input }, testCall())).valid;
    expect(await check(signature, data)).toBe(true);
    expect(await check(flipped(signature), data)).toBe(false);
    expect(await check(flipped(signature, 0), data)).toBe(false);
    expect(await check(signature, flipped(data))).toBe(false);
    expect(await check(signature.slice(1), data)).toBe(false);
    expect(await check(new Uint8Array(signature.length), data)).toBe(false);
    expect(await check(new Uint8Array(), data)).toBe(false);
  });
});

/** What each mode takes: whole blocks, whole half blocks, or anything. */
function plaintextFor(row: EncryptionAlgorithmRow): Uint8Array {
  if (row.mode === 'cbc' || row.mode === 'kw') return octets(48);
  return octets(33);
}

const isThere = (library: Library, row: EncryptionAlgorithmRow): boolean =>
  !(library === 'softhsm2' && row.name === 'RSA-OAEP-256');

describe.each(libraries)('encryption on %s', (library) => {
  const offered = encryptions.filter((row) => row.mode !== 'provider' && isThere(library, row));
  const encrypting = offered.filter(({ operations }) => operations.includes('encrypt'));
  const wrapping = offered.filter(({ operations }) => operations.includes('wrapKey'));
  const aad = octets(9);

  it.each(encrypting)('$name is encrypted on the token and decrypted outside', async (row) => {
    const { key, privateKey } = await encryptionKey(library, row);
    const { encrypt } = await methodsFor(library);
    const bound = row.mode === 'gcm' ? { additionalAuthenticatedData: aad } : {};
    for (const plaintext of [plaintextFor(row), octets(0), octets(16)]) {
      const iv = row.mode.startsWith('cbc') ? octets(16) : undefined;
      const parts = await encrypt({ ...key.use(row.name), plaintext, iv, ...bound }, testCall());
      const back = decryptOutside(row, privateKey, parts, row.mode === 'gcm' ? aad : undefined);
      expect(Buffer.from(back)).toEqual(Buffer.from(plaintext));
    }
  });

  it.each(encrypting)('$name is encrypted outside and decrypted on the token', async (row) => {
    const { key, publicKey } = await encryptionKey(library, row);
    const { decrypt } = await methodsFor(library);
    const bound = row.mode === 'gcm' ? { additionalAuthenticatedData: aad } : {};
    for (const plaintext of [plaintextFor(row), octets(0), octets(16)]) {
      const parts = encryptOutside(row, publicKey, plaintext, row.mode === 'gcm' ? aad : undefined);
      const answer = await decrypt({ ...key.use(row.name), ...parts, ...bound }, testCall());
      expect(Buffer.from(answer.plaintext)).toEqual(Buffer.from(plaintext));
    }
  });

  it.each(wrapping)('$name is wrapped on the token and unwrapped outside', async (row) => {
    const { key, privateKey } = await encryptionKey(library, row);
    const { wrapKey } = await methodsFor(library);
    for (const length of [16, 32, 64]) {
      const keyToWrap = octets(length);
      const { wrappedKey } = await wrapKey({ ...key.use(row.name), keyToWrap }, testCall());
      const back = decryptOutside(row, privateKey, { ciphertext: wrappedKey });
      expect(Buffer.from(back)).toEqual(Buffer.from(keyToWrap));
    }
  });

  it.each(wrapping)('$name is wrapped outside and unwrapped on the token', async (row) => {
    const { key, publicKey } = await encryptionKey(library, row);
    const { unwrapKey } = await methodsFor(library);
    for (const length of [16, 32, 64]) {
      const plain = octets(length);
      const { ciphertext } = encryptOutside(row, publicKey, plain);
      const answer = await unwrapKey(
        { ...key.use(row.name), wrappedKey: Uint8Array.from(ciphertext) },
        testCall(),
      );
      expect(Buffer.from(answer.unwrappedKey)).toEqual(Buffer.from(plain));
    }
  });

  it('gives every GCM message an IV of its own', async () => {
    const row = encryptionRow('A256GCM');
    const { key } = await encryptionKey(library, row);
    const { encrypt } = await methodsFor(library);
    const ivs = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const { iv } = await encrypt({ ...key.use('A256GCM'), plaintext: octets(1) }, testCall());
      ivs.add(Buffer.from(iv ?? []).toString('hex'));
    }
    expect(ivs.size).toBe(50);
  });
});

describe.each(libraries)('the algorithm provider on %s', (library) => {
  const row = encryptionRow('A256GCM');

  it('opens what it has sealed, for the same purpose and associated data only', async () => {
    const { key } = await encryptionKey(library, row);
    const { encrypt, decrypt, wrapKey, unwrapKey } = await methodsFor(library);
    const use = key.use('provider');
    const additionalAuthenticatedData = octets(5);
    const plaintext = octets(40);
    const bound = { additionalAuthenticatedData };
    const { ciphertext } = await encrypt({ ...use, plaintext, ...bound }, testCall());
    expect(ciphertext).toHaveLength(1 + 12 + 40 + 16);
    expect((await decrypt({ ...use, ciphertext, ...bound }, testCall())).plaintext).toEqual(plaintext);
    await expect(decrypt({ ...use, ciphertext }, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    await expect(unwrapKey({ ...use, wrappedKey: ciphertext, ...bound }, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    const { wrappedKey } = await wrapKey({ ...use, keyToWrap: plaintext }, testCall());
    expect((await unwrapKey({ ...use, wrappedKey }, testCall())).unwrappedKey).toEqual(plaintext);
    await expect(decrypt({ ...use, ciphertext: wrappedKey }, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
  });

  it('is AES-GCM outside, with the format and the purpose in the associated data', async () => {
    const { key, privateKey } = await encryptionKey(library, row);
    const { encrypt } = await methodsFor(library);
    const plaintext = octets(20);
    const { ciphertext: sealed } = await encrypt({ ...key.use('provider'), plaintext }, testCall());
    expect(sealed[0]).toBe(1);
    const parts = {
      iv: sealed.slice(1, 13),
      ciphertext: sealed.slice(13, -16),
      authenticationTag: sealed.slice(-16),
    };
    const aad = Buffer.from('keyway-pkcs11 provider 1 encrypt\0');
    expect(Buffer.from(decryptOutside(row, privateKey, parts, aad))).toEqual(Buffer.from(plaintext));
  });
});

describe.each(libraries)('what is wrong with a ciphertext on %s', (library) => {
  const offered = encryptions.filter((row) => isThere(library, row) && row.mode !== 'cbc');

  it.each(offered)('$name fails in one way, whichever octet is wrong', async (row) => {
    const source = row.mode === 'provider' ? encryptionRow('A256GCM') : row;
    const { key } = await encryptionKey(library, source);
    const { encrypt, decrypt, wrapKey, unwrapKey } = await methodsFor(library);
    const use = key.use(row.name);
    const errors = new Set<string>();
    const failure = async (run: Promise<unknown>): Promise<void> => {
      const error: unknown = await run.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) return;
      const { code, message, cause } = error as { code?: string; message: string; cause?: unknown };
      errors.add(`${code} ${message} ${String(cause)}`);
    };
    if (row.mode === 'kw') {
      const { wrappedKey } = await wrapKey({ ...use, keyToWrap: octets(32) }, testCall());
      for (const at of wrappedKey.keys()) {
        await failure(
          Promise.resolve(unwrapKey({ ...use, wrappedKey: flipped(wrappedKey, at) }, testCall())),
        );
      }
      for (const cut of [0, 1, 8, 23, 39]) {
        await failure(
          Promise.resolve(unwrapKey({ ...use, wrappedKey: wrappedKey.slice(0, cut) }, testCall())),
        );
      }
    } else {
      const iv = row.mode === 'cbcpad' ? octets(16) : undefined;
      const { version: _, ...parts } = await encrypt({ ...use, plaintext: octets(20), iv }, testCall());
      for (const member of ['ciphertext', 'authenticationTag'] as const) {
        const whole = parts[member];
        const places = whole === undefined ? [] : [...whole.keys()];
        for (const at of places.filter((place) => place < 48 || place > (whole?.length ?? 0) - 8)) {
          const changed = { ...parts, [member]: flipped(whole ?? new Uint8Array(), at) };
          await failure(Promise.resolve(decrypt({ ...use, ...changed }, testCall())));
        }
        const cuts = whole === undefined ? [] : [whole.slice(1), whole.slice(0, -1), new Uint8Array()];
        for (const cut of cuts)
          await failure(Promise.resolve(decrypt({ ...use, ...parts, [member]: cut }, testCall())));
      }
    }
    expect([...errors]).toEqual([
      'ERR_INTEGRITY The data is damaged, forged or was made with another key undefined',
    ]);
  });
});

describe.each(libraries)('keys on %s', (library) => {
  it('verify with the key of the record, and not with the one that lies on the token', async () => {
    const row = signatureRow('ES256');
    const { key } = await signingKey(library, row);
    const stranger = outsidePair('P-256');
    const access = await accessTo(library);
    const found = await access.token.run('find', { template: { class: 2, id: key.id } }, testCall());
    expect(found).toHaveLength(1);
    const { x, y } = createPublicKey(stranger.privateKey).export({ format: 'jwk' });
    const point = Buffer.concat([
      Buffer.from([4, 65, 4]),
      Buffer.from(x ?? '', 'base64url'),
      Buffer.from(y ?? '', 'base64url'),
    ]);
    await access.token.run('destroy', { object: { handle: there(found[0]) } }, testCall());
    const template = {
      class: 2,
      keyType: 3,
      token: true,
      private: false,
      verify: true,
      id: key.id,
      label: 'planted',
      ecParams: Uint8Array.from(Buffer.from('06082a8648ce3d030107', 'hex')),
      ecPoint: Uint8Array.from(point),
    };
    await access.token.run('create', { template }, testCall());
    const data = octets(10);
    const { verify } = await methodsFor(library);
    const forged = Uint8Array.from(signOutside(row, stranger.privateKey, data));
    const use = { ...key.use('ES256'), ...inputOf(row, data), signature: forged };
    expect((await verify(use, testCall())).valid).toBe(false);
    const planted = { ...key.record, publicKeyAuthentic: false, publicKey: jwkOf(stranger.publicKey) };
    await expect(verify({ ...use, key: planted }, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
  });

  it('believe a public key that no record vouches for once the private key has proved it', async () => {
    const row = signatureRow('ES384');
    const { key, privateKey } = await signingKey(library, row);
    const { verify } = await methodsFor(library);
    const data = octets(10);
    const external = { ...key.record, publicKeyAuthentic: false };
    const signature = Uint8Array.from(signOutside(row, privateKey, data));
    const use = { ...key.use('ES384'), key: external, ...inputOf(row, data), signature };
    expect((await verify(use, testCall())).valid).toBe(true);
  });

  it('refuse lengths that the algorithm has not', async () => {
    const { key } = await encryptionKey(library, encryptionRow('A256KW'));
    const { encrypt, wrapKey } = await methodsFor(library);
    for (const length of [0, 8, 15, 17, 31]) {
      const use = { ...key.use('A256KW'), keyToWrap: octets(length) };
      await expect(wrapKey(use, testCall())).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
    const cbc = { ...key.use('A256CBC'), plaintext: octets(17), iv: octets(16) };
    await expect(encrypt(cbc, testCall())).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});
