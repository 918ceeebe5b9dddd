import { findAlgorithm } from '@keyway/core/driver';
import type { AlgorithmName, Call, KeyRecord, KeyUse } from '@keyway/core/driver';
import { describe, expect, it } from 'vitest';
import type { KmsClient } from '../src/client.ts';
import { createCryptographyMethods } from '../src/cryptography.ts';
import { createOtherMethods } from '../src/other.ts';
import { createFakeKms, kmsError } from './fake-kms.ts';
import { fakeCall, fakeVault } from './fake-vault.ts';

const version = '12345678-1234-1234-1234-123456789012';
const arn = `arn:aws:kms:eu-central-1:111122223333:key/${version}`;
const otherArn = arn.replace(version, '00000000-1234-1234-1234-123456789012');
const octets = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(7);

function recordFor(algorithm: AlgorithmName): KeyRecord {
  const row = findAlgorithm(algorithm);
  return {
    name: 'k',
    version,
    sourceId: arn,
    keyType: row?.family ?? 'oct',
    size: row?.family === 'oct' ? (row.kind === 'signature' ? row.minSize : 256) : 2048,
    publicKeyAuthentic: true,
    createdOn: 1,
    enabled: true,
    keyOperations: [],
    tags: {},
    ownership: 'own',
    status: 'ready',
    intact: true,
  };
}

const useOf = (algorithm: AlgorithmName): KeyUse => ({
  name: 'k',
  version,
  key: recordFor(algorithm),
  algorithm,
});

type Operation = 'sign' | 'verify' | 'generateMac' | 'verifyMac' | 'encrypt' | 'decrypt' | 'generateRandom';

/** Our own: a client whose one operation gives this answer, or throws it, and notes what it was asked. */
function answering(
  operation: Operation,
  answer: object,
): { client: KmsClient; asked: unknown[]; call: Call } {
  const asked: unknown[] = [];
  const client = {
    ...createFakeKms().client,
    [operation]: (input: unknown, options: { abortSignal?: AbortSignal }) => {
      asked.push(input);
      expect(options.abortSignal).toBe(call.signal);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer);
    },
  };
  const call = fakeCall();
  return { client, asked, call };
}

const methodsOf = (client: KmsClient) => createCryptographyMethods(fakeVault(createFakeKms(), { client }));

/** KMS's name and message type of each signature algorithm, as AWS documents them. */
const signatures: readonly (readonly [AlgorithmName, string, 'DIGEST' | 'RAW', number])[] = [
  ['RS256', 'RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST', 32],
  ['RS384', 'RSASSA_PKCS1_V1_5_SHA_384', 'DIGEST', 48],
  ['RS512', 'RSASSA_PKCS1_V1_5_SHA_512', 'DIGEST', 64],
  ['PS256', 'RSASSA_PSS_SHA_256', 'DIGEST', 32],
  ['PS384', 'RSASSA_PSS_SHA_384', 'DIGEST', 48],
  ['PS512', 'RSASSA_PSS_SHA_512', 'DIGEST', 64],
  ['ES256', 'ECDSA_SHA_256', 'DIGEST', 32],
  ['ES384', 'ECDSA_SHA_384', 'DIGEST', 48],
  ['ES512', 'ECDSA_SHA_512', 'DIGEST', 64],
  ['ES256K', 'ECDSA_SHA_256', 'DIGEST', 32],
  ['Ed25519', 'ED25519_SHA_512', 'RAW', 100],
  ['ML-DSA-44', 'ML_DSA_SHAKE_256', 'RAW', 100],
  ['ML-DSA-65', 'ML_DSA_SHAKE_256', 'RAW', 100],
  ['ML-DSA-87', 'ML_DSA_SHAKE_256', 'RAW', 100],
];

const inputOf = (type: 'DIGEST' | 'RAW', message: Uint8Array) =>
  type === 'DIGEST'
    ? ({ input: 'digest', digest: message } as const)
    : ({ input: 'data', data: message } as const);

describe('signing', () => {
  it.each(signatures)('with %s asks for %s over %s', async (algorithm, spec, type, length) => {
    const { client, asked, call } = answering('sign', { KeyId: arn, Signature: octets(70) });
    const message = octets(length);
    const result = await methodsOf(client).sign?.({ ...useOf(algorithm), ...inputOf(type, message) }, call);
    expect(result).toEqual({ signature: octets(70), version });
    expect(asked).toEqual([{ KeyId: version, SigningAlgorithm: spec, MessageType: type, Message: message }]);
  });

  it.each(signatures)(
    'with %s is never asked of KMS over the other kind of input',
    async (algorithm, _, type) => {
      const { client, asked, call } = answering('sign', { KeyId: arn, Signature: octets(70) });
      const input = inputOf(type === 'RAW' ? 'DIGEST' : 'RAW', octets(32));
      const attempt = methodsOf(client).sign?.({ ...useOf(algorithm), ...input }, call);
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      expect(asked).toEqual([]);
    },
  );

  it('of a MAC asks for the one that the size of the key decides', async () => {
    for (const bits of [256, 384, 512] as const) {
      const { client, asked, call } = answering('generateMac', { KeyId: arn, Mac: octets(bits / 8) });
      const use = { ...useOf(`HS${bits}`), input: 'data', data: octets(9) } as const;
      const result = await methodsOf(client).sign?.(use, call);
      expect(result).toEqual({ signature: octets(bits / 8), version });
      expect(asked).toEqual([{ KeyId: version, MacAlgorithm: `HMAC_SHA_${bits}`, Message: octets(9) }]);
      const other = { ...use, key: { ...use.key, size: bits === 256 ? 512 : 256 } };
      await expect(methodsOf(client).sign?.(other, call)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    }
  });

  it('with another key than the one that was asked for is ERR_INTEGRITY', async () => {
    const use = { ...useOf('ES256'), input: 'digest', digest: octets(32) } as const;
    const { client, call } = answering('sign', { KeyId: otherArn, Signature: octets(70) });
    await expect(methodsOf(client).sign?.(use, call)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    const mute = answering('sign', { Signature: octets(70) });
    await expect(methodsOf(mute.client).sign?.(use, mute.call)).rejects.toThrow('no key id');
    const empty = answering('sign', { KeyId: arn });
    await expect(methodsOf(empty.client).sign?.(use, empty.call)).rejects.toThrow('no signature');
  });
});

describe('verifying', () => {
  it.each(signatures)('with %s asks for %s over %s', async (algorithm, spec, type, length) => {
    const { client, asked, call } = answering('verify', { KeyId: arn, SignatureValid: true });
    const use = { ...useOf(algorithm), ...inputOf(type, octets(length)), signature: octets(70) };
    expect(await methodsOf(client).verify?.(use, call)).toEqual({ valid: true, version });
    const Message = octets(length);
    const request = { SigningAlgorithm: spec, MessageType: type, Message, Signature: octets(70) };
    expect(asked).toEqual([{ KeyId: version, ...request }]);
  });

  it('is no, and no error, where KMS says that a signature or MAC does not verify', async () => {
    const signature = { ...useOf('ES256'), ...inputOf('DIGEST', octets(32)), signature: octets(70) };
    const first = answering('verify', kmsError('KMSInvalidSignatureException'));
    expect(await methodsOf(first.client).verify?.(signature, first.call)).toEqual({ valid: false, version });
    const mac = { ...useOf('HS256'), ...inputOf('RAW', octets(9)), signature: octets(32) };
    const second = answering('verifyMac', kmsError('KMSInvalidMacException'));
    expect(await methodsOf(second.client).verify?.(mac, second.call)).toEqual({ valid: false, version });
    const Message = octets(9);
    expect(second.asked).toEqual([
      { KeyId: version, MacAlgorithm: 'HMAC_SHA_256', Message, Mac: octets(32) },
    ]);
  });

  it('is an error where KMS gives another one, or none of the two words', async () => {
    const use = { ...useOf('ES256'), ...inputOf('DIGEST', octets(32)), signature: octets(70) };
    const wrong = answering('verify', kmsError('KMSInvalidMacException'));
    await expect(methodsOf(wrong.client).verify?.(use, wrong.call)).rejects.toThrow('KMSInvalidMacException');
    const mute = answering('verify', { KeyId: arn });
    await expect(methodsOf(mute.client).verify?.(use, mute.call)).rejects.toThrow('no verdict');
    const other = answering('verify', { KeyId: otherArn, SignatureValid: true });
    const attempt = methodsOf(other.client).verify?.(use, other.call);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });
});

describe('encrypting and wrapping', () => {
  const specs = [
    ['RSA-OAEP', 'RSAES_OAEP_SHA_1'],
    ['RSA-OAEP-256', 'RSAES_OAEP_SHA_256'],
    ['provider', 'SYMMETRIC_DEFAULT'],
  ] as const;

  it.each(specs)('with %s asks for %s with the id of the version, both ways', async (algorithm, spec) => {
    const request = { KeyId: version, EncryptionAlgorithm: spec };
    const sealing = answering('encrypt', { KeyId: arn, CiphertextBlob: octets(99) });
    const { encrypt, wrapKey } = methodsOf(sealing.client);
    const plaintext = octets(16);
    expect(await encrypt?.({ ...useOf(algorithm), plaintext }, sealing.call)).toEqual({
      ciphertext: octets(99),
      version,
    });
    expect(await wrapKey?.({ ...useOf(algorithm), keyToWrap: plaintext }, sealing.call)).toEqual({
      wrappedKey: octets(99),
      version,
    });
    expect(sealing.asked).toEqual([1, 2].map(() => ({ ...request, Plaintext: octets(16) })));
    const opening = answering('decrypt', { KeyId: arn, Plaintext: octets(16) });
    const { decrypt } = methodsOf(opening.client);
    expect(await decrypt?.({ ...useOf(algorithm), ciphertext: octets(99) }, opening.call)).toEqual({
      plaintext: octets(16),
      version,
    });
    expect(opening.asked).toEqual([{ ...request, CiphertextBlob: octets(99) }]);
  });

  it('gives the context to KMS as the map that it is', async () => {
    const context = { tenant: 'a' };
    const sealing = answering('encrypt', { KeyId: arn, CiphertextBlob: octets(99) });
    await methodsOf(sealing.client).encrypt?.(
      { ...useOf('provider'), context, plaintext: octets(1) },
      sealing.call,
    );
    const opening = answering('decrypt', { KeyId: arn, Plaintext: octets(1) });
    await methodsOf(opening.client).unwrapKey?.(
      { ...useOf('provider'), context, wrappedKey: octets(99) },
      opening.call,
    );
    expect([sealing.asked[0], opening.asked[0]]).toEqual([
      expect.objectContaining({ EncryptionContext: context }),
      expect.objectContaining({ EncryptionContext: context }),
    ]);
  });

  it('leaves the octets of the caller alone, and overwrites those of the SDK', async () => {
    const ciphertext = octets(99);
    const pooled = octets(16);
    const { client, call } = answering('decrypt', { KeyId: arn, Plaintext: pooled });
    const result = await methodsOf(client).unwrapKey?.(
      { ...useOf('provider'), wrappedKey: ciphertext },
      call,
    );
    expect(result?.unwrappedKey).toEqual(octets(16));
    expect(pooled).toEqual(new Uint8Array(16));
    expect(ciphertext).toEqual(octets(99));
  });

  it('by another key than the one that was asked for is ERR_INTEGRITY, and its plaintext is overwritten', async () => {
    const pooled = octets(16);
    const { client, call } = answering('decrypt', { KeyId: otherArn, Plaintext: pooled });
    const attempt = methodsOf(client).decrypt?.({ ...useOf('provider'), ciphertext: octets(9) }, call);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    expect(pooled).toEqual(new Uint8Array(16));
  });

  it('is refused before any request for what KMS does not have', async () => {
    const { client, asked, call } = answering('encrypt', {});
    const { encrypt, decrypt, wrapKey } = methodsOf(client);
    for (const algorithm of ['RSA1_5', 'A256GCM', 'A128CBC', 'A256KW'] as const) {
      const use = useOf(algorithm);
      const attempts = [
        encrypt?.({ ...use, plaintext: octets(1) }, call),
        decrypt?.({ ...use, ciphertext: octets(1) }, call),
        wrapKey?.({ ...use, keyToWrap: octets(1) }, call),
      ];
      for (const attempt of attempts)
        await expect(attempt).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    }
    expect(asked).toEqual([]);
  });
});

describe('random octets', () => {
  it('are those of KMS, in memory of their own', async () => {
    const pooled = octets(9);
    const { client, asked, call } = answering('generateRandom', { Plaintext: pooled });
    const { random } = createOtherMethods(fakeVault(createFakeKms(), { client }));
    expect(await random?.({ count: 9 }, call)).toEqual(octets(9));
    expect([asked, pooled]).toEqual([[{ NumberOfBytes: 9 }], new Uint8Array(9)]);
    const short = answering('generateRandom', { Plaintext: octets(8) });
    const few = createOtherMethods(fakeVault(createFakeKms(), { client: short.client }));
    await expect(few.random?.({ count: 9 }, short.call)).rejects.toThrow('too short');
  });
});
