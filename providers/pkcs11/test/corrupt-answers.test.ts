import { createHash, createPublicKey, createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { encryptionRow, signatureRow } from '../src/algorithms.ts';
import { randomOctets } from '../src/random.ts';
import type { JobName } from '../src/token/jobs.ts';
import { TokenError } from '../src/token/return-values.ts';
import type { TokenAccess } from '../src/token-access.ts';
import { changedToken } from './changed-token.ts';
import { decryptOutside, jwkOf, verifyOutside } from './outside.ts';
import { accessTo, generated, imported, methodsOf } from './test-keys.ts';
import type { TestKey } from './test-keys.ts';
import { closeTokens, testCall } from './token-of.ts';

afterAll(closeTokens);

const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;

type Spoil = (octets: Uint8Array) => Uint8Array;

const flip: Spoil = (octets) => octets.map((octet, at) => (at === octets.length - 1 ? octet ^ 1 : octet));
const cut: Spoil = (octets) => octets.slice(0, -1);
const lengthen: Spoil = (octets) => Uint8Array.from([...octets, 0]);

/** A token that spoils what one kind of job answers. */
async function spoiling(job: JobName, spoil: Spoil, values: Partial<TokenAccess> = {}): Promise<TokenAccess> {
  const access = await accessTo('softhsm2', values);
  const token = changedToken(access.token, async (name, _request, run) => {
    const answer: unknown = await run();
    if (name !== job) return answer as never;
    if (answer instanceof Uint8Array) return spoil(answer) as never;
    const { octets, ...rest } = answer as { readonly octets: Uint8Array };
    return { ...rest, octets: spoil(octets) } as never;
  });
  return { ...access, token };
}

const keys = {
  rsa: async () =>
    generated(await accessTo('softhsm2'), { keyType: 'RSA', size: 2048, keyOperations: signs }),
  rsaCrypt: async () =>
    generated(await accessTo('softhsm2'), { keyType: 'RSA', size: 2048, keyOperations: crypts }),
  ec: async () =>
    generated(await accessTo('softhsm2'), { keyType: 'EC', curve: 'P-256', keyOperations: signs }),
  aes: async () =>
    generated(await accessTo('softhsm2'), { keyType: 'oct', size: 256, keyOperations: crypts }),
  mac: async () => generated(await accessTo('softhsm2'), { keyType: 'oct', size: 256, keyOperations: signs }),
} as const;

const digest = Uint8Array.from(createHash('sha256').update('x').digest());
const integrity = { code: 'ERR_INTEGRITY' };

function signRs256(access: TokenAccess, key: TestKey): Promise<unknown> {
  return Promise.resolve(
    methodsOf(access).sign({ ...key.use('RS256'), input: 'digest', digest }, testCall()),
  );
}

function signEs256(access: TokenAccess, key: TestKey): Promise<unknown> {
  return Promise.resolve(
    methodsOf(access).sign({ ...key.use('ES256'), input: 'digest', digest }, testCall()),
  );
}

describe('a signature that the token spoils', () => {
  it('with RSA is found out before it is given away', async () => {
    const key = await keys.rsa();
    for (const checkSignatures of ['rsa', 'all'] as const) {
      await expect(signRs256(await spoiling('sign', flip, { checkSignatures }), key)).rejects.toMatchObject(
        integrity,
      );
    }
    expect(await signRs256(await accessTo('softhsm2', { checkSignatures: 'rsa' }), key)).toBeDefined();
  });

  it('with PSS is found out before it is given away', async () => {
    const key = await keys.rsa();
    const { sign } = methodsOf(await spoiling('sign', flip, { checkSignatures: 'rsa' }));
    const use = { ...key.use('PS256'), input: 'digest', digest } as const;
    await expect(sign(use, testCall())).rejects.toMatchObject(integrity);
  });

  it('with ECDSA is found out where all are to be checked', async () => {
    const key = await keys.ec();
    const all = await spoiling('sign', flip, { checkSignatures: 'all' });
    await expect(signEs256(all, key)).rejects.toMatchObject(integrity);
    // Checking costs many times what signing does, so that it is not done unasked.
    expect(await signEs256(await spoiling('sign', flip, { checkSignatures: 'rsa' }), key)).toBeDefined();
  });

  it.each([
    ['shorter', cut],
    ['longer', lengthen],
  ])('by making it %s is found out, whatever is checked', async (_how, spoil) => {
    const access = await spoiling('sign', spoil, { checkSignatures: 'none' });
    await expect(signRs256(access, await keys.rsa())).rejects.toMatchObject(integrity);
    await expect(signEs256(access, await keys.ec())).rejects.toMatchObject(integrity);
    const mac = await keys.mac();
    const { sign } = methodsOf(access);
    const use = { ...mac.use('HS256'), input: 'data', data: digest } as const;
    await expect(sign(use, testCall())).rejects.toMatchObject(integrity);
  });
});

describe('a ciphertext that the token makes of another length', () => {
  it.each([
    ['shorter', cut],
    ['longer', lengthen],
  ])('is found out: %s', async (_how, spoil) => {
    const aes = await keys.aes();
    const plaintext = Uint8Array.from(randomBytes(32));
    const { encrypt, wrapKey } = methodsOf(await spoiling('encrypt', spoil));
    for (const algorithm of ['A256GCM', 'A256CBC', 'A256CBCPAD', 'provider'] as const) {
      const iv = algorithm.includes('CBC') ? Uint8Array.from(randomBytes(16)) : undefined;
      await expect(encrypt({ ...aes.use(algorithm), plaintext, iv }, testCall())).rejects.toMatchObject(
        integrity,
      );
    }
    await expect(wrapKey({ ...aes.use('provider'), keyToWrap: plaintext }, testCall())).rejects.toMatchObject(
      integrity,
    );
    const wrapping = methodsOf(await spoiling('wrapOctets', spoil));
    await expect(
      wrapping.wrapKey({ ...aes.use('A256KW'), keyToWrap: plaintext }, testCall()),
    ).rejects.toMatchObject(integrity);
    const rsa = await keys.rsaCrypt();
    const given = methodsOf(await spoiling('encryptWith', spoil));
    await expect(given.encrypt({ ...rsa.use('RSA-OAEP'), plaintext }, testCall())).rejects.toMatchObject(
      integrity,
    );
  });
});

describe('a plaintext that the token makes of another length', () => {
  it.each([
    ['shorter', cut],
    ['longer', lengthen],
  ])('is found out where the length is known: %s', async (_how, spoil) => {
    const aes = await keys.aes();
    const good = methodsOf(await accessTo('softhsm2'));
    const plaintext = Uint8Array.from(randomBytes(32));
    const { ciphertext, iv, authenticationTag } = await good.encrypt(
      { ...aes.use('A256GCM'), plaintext },
      testCall(),
    );
    const { wrappedKey } = await good.wrapKey({ ...aes.use('A256KW'), keyToWrap: plaintext }, testCall());
    const { decrypt } = methodsOf(await spoiling('decrypt', spoil));
    const parts = { ciphertext, iv, authenticationTag };
    await expect(decrypt({ ...aes.use('A256GCM'), ...parts }, testCall())).rejects.toMatchObject(integrity);
    const { unwrapKey } = methodsOf(await spoiling('unwrapOctets', spoil));
    await expect(unwrapKey({ ...aes.use('A256KW'), wrappedKey }, testCall())).rejects.toMatchObject(
      integrity,
    );
  });
});

describe('a token that makes the IV itself', () => {
  it('is asked which one it was', async () => {
    const access = await accessTo('softhsm2');
    const own = Uint8Array.from(randomBytes(12));
    const token = changedToken(access.token, async (name, request, run) => {
      if (name !== 'encrypt') return run();
      const { mechanism } = request as { mechanism: { type: number; parameter: object } };
      const changed = { ...mechanism, parameter: { ...mechanism.parameter, iv: own } };
      const answer = await access.token.run(
        'encrypt',
        { ...(request as object), mechanism: changed } as never,
        testCall(),
      );
      return { ...answer, iv: own } as never;
    });

    const secret = createSecretKey(randomBytes(32));
    const kind = { keyType: 'oct', size: 256, keyOperations: crypts } as const;
    const key = await imported(access, kind, jwkOf(secret));
    const plaintext = Uint8Array.from(randomBytes(9));
    const parts = await methodsOf({ ...access, token }).encrypt(
      { ...key.use('A256GCM'), plaintext },
      testCall(),
    );
    expect(parts.iv).toEqual(own);
    expect(Buffer.from(decryptOutside(encryptionRow('A256GCM'), secret, parts))).toEqual(
      Buffer.from(plaintext),
    );
  });
});

describe('random octets', () => {
  it.each([
    ['of another number', cut],
    ['all alike', (octets: Uint8Array) => octets.fill(7)],
  ])('%s are none', async (_how, spoil) => {
    const access = await spoiling('random', spoil);
    await expect(randomOctets(access, 32, testCall())).rejects.toMatchObject(integrity);
  });

  it('of a few octets may be alike', async () => {
    const access = await spoiling('random', (octets) => octets.fill(7));
    expect(await randomOctets(access, 1, testCall())).toEqual(Uint8Array.of(7));
  });
});

describe('what a token says to a ciphertext', () => {
  const codes = [0x005, 0x006, 0x007, 0x020, 0x021, 0x040, 0x041, 0x042, 0x110, 0x112, 0x130];

  it.each(codes)('is one error without a cause, whichever code it gives: %i', async (ckr) => {
    const aes = await keys.aes();
    const access = await accessTo('softhsm2');
    const token = changedToken(access.token, (name, _request, run) =>
      name === 'decrypt' ? Promise.reject(new TokenError(ckr, 'C_Decrypt')) : run(),
    );
    const { decrypt } = methodsOf({ ...access, token });
    const parts = {
      ciphertext: new Uint8Array(16),
      iv: new Uint8Array(12),
      authenticationTag: new Uint8Array(16),
    };
    const error: unknown = await Promise.resolve(
      decrypt({ ...aes.use('A256GCM'), ...parts }, testCall()),
    ).catch((reason: unknown) => reason);
    expect(error).toMatchObject(integrity);
    expect((error as Error).cause).toBeUndefined();
    expect((error as Error).message).not.toMatch(/CKR|C_Decrypt/);
  });

  it('is its own where it says nothing about the ciphertext', async () => {
    const aes = await keys.aes();
    const access = await accessTo('softhsm2');
    const removed = new TokenError(0x032, 'C_Decrypt');
    const token = changedToken(access.token, (name, _request, run) =>
      name === 'decrypt' ? Promise.reject(removed) : run(),
    );
    const { decrypt } = methodsOf({ ...access, token });
    const parts = {
      ciphertext: new Uint8Array(16),
      iv: new Uint8Array(12),
      authenticationTag: new Uint8Array(16),
    };
    await expect(decrypt({ ...aes.use('A256GCM'), ...parts }, testCall())).rejects.toBe(removed);
  });
});

describe('a good signature', () => {
  it('passes every check', async () => {
    const key = await keys.ec();
    const access = await accessTo('softhsm2', { checkSignatures: 'all' });
    const { signature } = await methodsOf(access).sign(
      { ...key.use('ES256'), input: 'digest', digest },
      testCall(),
    );
    const publicKey = createPublicKey({ key: key.made.publicKey as { kty: string }, format: 'jwk' });
    expect(verifyOutside(signatureRow('ES256'), publicKey, Buffer.from('x'), signature)).toBe(true);
  });
});
