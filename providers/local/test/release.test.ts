import { execFileSync } from 'node:child_process';
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonWebKey, KeyExportEncryptionAlgorithm, KeyRecord } from '@keyway/core/driver';
import { calculateJwkThumbprint, exportJWK, compactVerify, SignJWT } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { releaseKey } from '../src/release.ts';
import type { ReleaseRequest } from '../src/release.ts';
import { unwrapWithOpenssl } from './unwrap-with-openssl.ts';

const folder = mkdtempSync(join(tmpdir(), 'release-'));
afterAll(() => rmSync(folder, { recursive: true }));

const issuer = 'https://attest.example';
const now = 1_800_000_000;
const keyId = 'local:vault/keys/payments/v1';

const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' }) as JsonWebKey;
const rsaPair = (modulusLength = 2048): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('rsa', { modulusLength });

const authorityPair = rsaPair();
const ecAuthority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strangerPair = rsaPair();
const target = rsaPair();
const vault = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const targetPem = join(folder, 'target.pem');
writeFileSync(targetPem, target.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });

const authorities = {
  [issuer]: {
    keys: [
      { ...jwkOf(authorityPair.publicKey), kid: 'rsa-1', alg: 'RS256', use: 'sig' },
      { ...jwkOf(ecAuthority.publicKey), kid: 'ec-1' },
    ],
  },
};
const targetKey = { ...jwkOf(target.publicKey), kid: 'TpmEphemeralEncryptionKey', key_ops: ['encrypt'] };
const claims = {
  'x-ms-isolation-tee': { 'x-ms-attestation-type': 'sevsnpvm' },
  'x-ms-runtime': { keys: [targetKey] },
};

interface TokenOptions {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: KeyObject | Uint8Array;
  readonly issuer?: string;
  readonly expires?: number | undefined;
  readonly notBefore?: number;
}

function tokenOf(options: TokenOptions = {}): Promise<string> {
  const jwt = new SignJWT({ ...claims, ...options.claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT', ...options.header })
    .setIssuer(options.issuer ?? issuer)
    .setNotBefore(options.notBefore ?? now - 60);
  if (!('expires' in options) || options.expires !== undefined)
    jwt.setExpirationTime(options.expires ?? now + 60);
  return jwt.sign(options.key ?? authorityPair.privateKey);
}

function policyOf(...allOf: unknown[]): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ version: '1.0.0', anyOf: [{ authority: issuer, allOf }] }),
  );
}

const condition = { claim: 'x-ms-isolation-tee.x-ms-attestation-type', equals: 'sevsnpvm' };

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const record: KeyRecord = {
  name: 'payments',
  version: 'v1',
  sourceId: 'v1',
  keyType: 'EC',
  curve: 'P-256',
  publicKey: jwkOf(ecKey.publicKey),
  publicKeyAuthentic: true,
  createdOn: now - 1000,
  updatedOn: now - 900,
  enabled: true,
  expiresOn: now + 1000,
  keyOperations: ['sign', 'verify'],
  tags: { team: 'pay' },
  exportable: true,
  releasePolicy: { encodedPolicy: policyOf(condition), immutable: true },
  ownership: 'own',
  status: 'ready',
  intact: true,
};

async function release(
  changes: Partial<ReleaseRequest> = {},
  token: TokenOptions = {},
): Promise<{ value: string }> {
  const algorithm: KeyExportEncryptionAlgorithm = 'CKM_RSA_AES_KEY_WRAP';
  const request = {
    material: ecKey.privateKey,
    keyId,
    record,
    algorithm,
    now,
    authorities,
    signingKey: vault.privateKey,
  };
  return releaseKey({ ...request, token: await tokenOf(token), ...changes });
}

const refused = (code: string, message: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string });

interface Answer {
  request: Record<string, unknown>;
  response: {
    key: { key: Record<string, unknown>; attributes: unknown; tags: unknown; release_policy: unknown };
  };
}

/** Reads an answer with jose alone. */
async function readAnswer(value: string): Promise<{
  header: Record<string, unknown>;
  answer: Answer;
  ciphertext: Buffer;
  keyHsm: Record<string, unknown>;
}> {
  const { payload, protectedHeader } = await compactVerify(value, vault.publicKey, { algorithms: ['ES256'] });
  const answer = JSON.parse(new TextDecoder().decode(payload)) as Answer;
  const keyHsm = JSON.parse(
    Buffer.from(String(answer.response.key.key['key_hsm']), 'base64url').toString(),
  ) as Record<string, unknown>;
  return {
    header: { ...protectedHeader },
    answer,
    keyHsm,
    ciphertext: Buffer.from(String(keyHsm['ciphertext']), 'base64url'),
  };
}

const hashes = {
  CKM_RSA_AES_KEY_WRAP: 'sha1',
  RSA_AES_KEY_WRAP_256: 'sha256',
  RSA_AES_KEY_WRAP_384: 'sha384',
} as const;
const algorithms = Object.keys(hashes) as (keyof typeof hashes)[];
const kinds: [string, KeyObject][] = [
  ['RSA', rsaPair().privateKey],
  ['EC', ecKey.privateKey],
  ['OKP', generateKeyPairSync('ed25519').privateKey],
  ['oct', createSecretKey(randomBytes(32))],
];
const pairs = kinds.flatMap(([kind, key]) => algorithms.map((algorithm) => [kind, algorithm, key] as const));

describe('a released key', () => {
  test.each(pairs)('of type %s under %s is unwrapped by openssl, and signs', async (kind, algorithm, key) => {
    const { ciphertext } = await readAnswer((await release({ material: key, algorithm })).value);
    const octets = unwrapWithOpenssl(folder, targetPem, ciphertext, hashes[algorithm]);
    if (kind === 'oct') {
      const mac = execFileSync(
        'openssl',
        ['mac', '-digest', 'SHA256', '-macopt', `hexkey:${octets.toString('hex')}`, 'HMAC'],
        { input: 'data' },
      );
      expect(mac.toString().trim().toLowerCase()).toBe(
        createHmac('sha256', key).update('data').digest('hex'),
      );
      return;
    }
    const [der, data] = [join(folder, 'released.der'), join(folder, 'data')];
    writeFileSync(der, octets, { mode: 0o600 });
    writeFileSync(data, 'data');
    const sign = ['pkeyutl', '-sign', '-rawin', '-inkey', der, '-keyform', 'DER', '-in', data];
    const signature = execFileSync('openssl', kind === 'OKP' ? sign : [...sign, '-digest', 'sha256']);
    const verifies = verify(
      kind === 'OKP' ? null : 'sha256',
      Buffer.from('data'),
      createPublicKey(key),
      signature,
    );
    expect(verifies).toBe(true);
    expect(createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' }).equals(key)).toBe(true);
  });

  test('may be given as a JWK too', async () => {
    const { ciphertext } = await readAnswer((await release({ material: jwkOf(ecKey.privateKey) })).value);
    const octets = unwrapWithOpenssl(folder, targetPem, ciphertext, 'sha1');
    expect(createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' }).equals(ecKey.privateKey)).toBe(
      true,
    );
  });

  test('says of a policy that may still change that it is not immutable', async () => {
    const { encodedPolicy } = record.releasePolicy ?? {};
    const changeable = { ...record, releasePolicy: { encodedPolicy: encodedPolicy ?? new Uint8Array() } };
    const { answer } = await readAnswer((await release({ record: changeable })).value);
    expect(answer.response.key.release_policy).toMatchObject({ immutable: false });
  });

  test('comes in the documented answer, signed by the vault', async () => {
    const { header, answer, keyHsm } = await readAnswer((await release()).value);
    expect(header).toEqual({
      alg: 'ES256',
      typ: 'JWT',
      kid: await calculateJwkThumbprint(await exportJWK(vault.publicKey)),
    });
    expect(answer.request).toEqual({ enc: 'CKM_RSA_AES_KEY_WRAP', kid: keyId });
    const { key, ...rest } = answer.response.key;
    const { key_hsm: _, ...publicKey } = key;
    expect(publicKey).toEqual({
      ...jwkOf(ecKey.publicKey),
      kid: keyId,
      kty: 'EC',
      key_ops: ['sign', 'verify'],
    });
    expect(rest).toEqual({
      attributes: {
        enabled: true,
        exp: now + 1000,
        created: now - 1000,
        updated: now - 900,
        exportable: true,
      },
      tags: { team: 'pay' },
      release_policy: { data: Buffer.from(policyOf(condition)).toString('base64url'), immutable: true },
    });
    expect(keyHsm).toEqual({
      schema_version: '1.0',
      header: { kid: 'TpmEphemeralEncryptionKey', alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
      ciphertext: expect.any(String) as string,
    });
  });

  test('is nowhere in the answer in the clear', async () => {
    const secret = randomBytes(32);
    const { value } = await release({ material: createSecretKey(secret) });
    const { answer } = await readAnswer(value);
    expect(JSON.stringify(answer)).not.toContain(secret.toString('base64url'));
  });

  test('is refused for another algorithm than the three', async () => {
    const untyped: unknown = { algorithm: 'RSA-OAEP' };
    const request = untyped as Partial<ReleaseRequest>;
    await expect(release(request)).rejects.toThrow(
      refused('ERR_INVALID_ARGUMENT', 'not a key export algorithm'),
    );
  });
});

describe('a token is accepted', () => {
  test('of an authority with an EC key', async () => {
    const token = { header: { alg: 'ES256', kid: 'ec-1' }, key: ecAuthority.privateKey };
    await expect(release({}, token)).resolves.toBeDefined();
  });

  test('whatever the slash at the end of the URL', async () => {
    await expect(release({}, { issuer: `${issuer}/` })).resolves.toBeDefined();
    await expect(
      release({ authorities: { [`${issuer}/`]: authorities[issuer] ?? { keys: [] } } }),
    ).resolves.toBeDefined();
  });

  test('until the second before it expires, and from the second it is valid', async () => {
    await expect(release({}, { expires: now + 1, notBefore: now })).resolves.toBeDefined();
  });

  test.each([
    ['use enc', [{ ...jwkOf(target.publicKey), use: 'enc' }]],
    ['key_use enc', [{ ...jwkOf(target.publicKey), key_use: 'enc' }]],
    ['key_ops wrapKey', [{ ...jwkOf(target.publicKey), key_ops: ['wrapKey'] }]],
    ['only the documented name', [{ ...jwkOf(target.publicKey), kid: 'TpmEphemeralEncryptionKey' }]],
    [
      'the documented name among others',
      [{ ...jwkOf(strangerPair.publicKey), kid: 'other', use: 'enc' }, targetKey],
    ],
    [
      'keys for signatures beside it',
      [{ ...jwkOf(strangerPair.publicKey), use: 'sig' }, jwkOf(ecKey.publicKey), null, targetKey],
    ],
  ])('whose own key is told by %s', async (_, keys) => {
    const { ciphertext } = await readAnswer(
      (await release({}, { claims: { 'x-ms-runtime': { keys } } })).value,
    );
    expect(() => unwrapWithOpenssl(folder, targetPem, ciphertext, 'sha1')).not.toThrow();
  });
});

const unsecured = (alg: string, signature: string): string =>
  [
    { alg, kid: 'rsa-1' },
    { ...claims, iss: issuer, exp: now + 60 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.');

describe('a release is refused', () => {
  const denied = (message: string): unknown => refused('ERR_PERMISSION_DENIED', message);

  test('for a key that is not exportable, whatever the token', async () => {
    const message = 'not exportable';
    const { releasePolicy: _, exportable: __, ...plain } = record;
    for (const other of [{ ...record, exportable: false }, plain, { ...plain, exportable: true }]) {
      await expect(release({ record: other })).rejects.toThrow(
        refused('ERR_OPERATION_NOT_PERMITTED', message),
      );
    }
  });

  test('where the stored policy is damaged', async () => {
    const damaged = { ...record, releasePolicy: { encodedPolicy: Uint8Array.of(0) } };
    await expect(release({ record: damaged })).rejects.toThrow(refused('ERR_INTEGRITY', ''));
  });

  test.each([
    ['nothing', ''],
    ['a text', 'canary'],
    ['two parts', 'e30.e30'],
    ['four parts', 'e30.e30.e30.e30'],
    ['five parts', 'e30.e30.e30.e30.e30'],
    ['a header that is no JSON', 'AAAA.e30.AAAA'],
    ['a header that is a list', 'W10.e30.AAAA'],
    ['claims that are no JSON', 'e30.AAAA.AAAA'],
    ['claims that are null', 'e30.bnVsbA.AAAA'],
    ['padding', 'e30=.e30=.AAAA'],
    ['a signature that is not base64url', 'e30.e30.A+A/'],
    ['too much', `e30.e30.${'A'.repeat(140_000)}`],
  ])('for %s, which is no token', async (_, token) => {
    await expect(release({ token })).rejects.toThrow(
      refused('ERR_INVALID_ARGUMENT', 'not an attestation token'),
    );
  });

  test('for something that is no text', async () => {
    const untyped: unknown = { token: 7 };
    await expect(release(untyped as Partial<ReleaseRequest>)).rejects.toThrow(
      refused('ERR_INVALID_ARGUMENT', 'not an attestation token'),
    );
  });

  test('for alg none, with and without a signature', async () => {
    const message = 'not signed with an algorithm that is accepted';
    await expect(release({ token: unsecured('none', '') })).rejects.toThrow(denied(message));
    await expect(release({ token: unsecured('none', 'AAAA') })).rejects.toThrow(denied(message));
    await expect(release({ token: unsecured('NONE', 'AAAA') })).rejects.toThrow(denied(message));
  });

  test('for an unsigned token', async () => {
    await expect(release({ token: unsecured('RS256', '') })).rejects.toThrow(denied('not signed'));
  });

  test("for HMAC under the authority's public key, which everybody has", async () => {
    const pem = Buffer.from(authorityPair.publicKey.export({ format: 'pem', type: 'spki' }));
    await expect(release({}, { header: { alg: 'HS256' }, key: pem })).rejects.toThrow(denied('not signed'));
  });

  test('for a signature of somebody else, even one who brings the key along', async () => {
    const jwk = jwkOf(strangerPair.publicKey);
    for (const header of [{}, { jwk }, { jku: 'https://attest.example/keys' }, { x5c: ['AAAA'] }]) {
      await expect(release({}, { header, key: strangerPair.privateKey })).rejects.toThrow(
        denied('does not verify'),
      );
    }
  });

  test('for any changed part of a token', async () => {
    const parts = (await tokenOf()).split('.');
    const more = Buffer.from(JSON.stringify({ ...claims, iss: issuer, exp: now + 9999 })).toString(
      'base64url',
    );
    await expect(release({ token: [parts[0], more, parts[2]].join('.') })).rejects.toThrow(
      denied('does not verify'),
    );
    const changed = Buffer.from(parts[2] ?? '', 'base64url');
    changed[7] = (changed[7] ?? 0) ^ 1;
    const forged = [parts[0], parts[1], changed.toString('base64url')].join('.');
    await expect(release({ token: forged })).rejects.toThrow(denied('does not verify'));
  });

  test('for a token that has expired, to the second', async () => {
    await expect(release({}, { expires: now })).rejects.toThrow(denied('has expired'));
    await expect(release({}, { expires: now - 1000 })).rejects.toThrow(denied('has expired'));
  });

  test('for a token that never expires, or has an expiry that is no number', async () => {
    await expect(release({}, { expires: undefined })).rejects.toThrow(denied('has no expiry'));
    const token = { expires: undefined, claims: { exp: 'never' } };
    await expect(release({}, token)).rejects.toThrow(denied('has no expiry'));
  });

  test('for a token that is not yet valid', async () => {
    await expect(release({}, { notBefore: now + 1 })).rejects.toThrow(denied('not yet valid'));
  });

  test('for an issuer that the policy does not name', async () => {
    for (const other of [
      'https://other.example',
      `${issuer}.evil.example`,
      `${issuer}//`,
      issuer.toUpperCase(),
    ]) {
      const known = { ...authorities, [other]: authorities[issuer] ?? { keys: [] } };
      await expect(release({ authorities: known }, { issuer: other })).rejects.toThrow(
        denied('does not name the authority'),
      );
    }
  });

  test('for a token without an issuer or the name of a key', async () => {
    const [header, payload] = [{ alg: 'RS256', kid: 'rsa-1' }, { iss: issuer }].map((part) =>
      JSON.stringify(part),
    );
    const join3 = (first = '', second = ''): string =>
      `${Buffer.from(first).toString('base64url')}.${Buffer.from(second).toString('base64url')}.AAAA`;
    await expect(release({ token: join3(header, '{}') })).rejects.toThrow(denied('its issuer'));
    await expect(release({ token: join3('{"alg":"RS256"}', payload) })).rejects.toThrow(
      denied('the key that signed it'),
    );
  });

  test('where the vault has no keys of the authority', async () => {
    await expect(release({ authorities: {} })).rejects.toThrow(denied('no keys of the authority'));
    const { keys } = authorities[issuer] ?? { keys: [] };
    const others = { 'https://other.example': { keys } };
    await expect(release({ authorities: others })).rejects.toThrow(denied('no keys of the authority'));
  });

  test('for a key name that the authority does not have, or has twice', async () => {
    await expect(release({}, { header: { kid: 'rsa-2' } })).rejects.toThrow(
      denied('no single key of that name'),
    );
    const { keys } = authorities[issuer] ?? { keys: [] };
    const twice = { [issuer]: { keys: [...keys, ...keys] } };
    await expect(release({ authorities: twice })).rejects.toThrow(denied('no single key of that name'));
  });

  test.each([
    ['is for encryption', { use: 'enc' }, 'not for signatures'],
    ['is for another algorithm', { alg: 'PS256' }, 'for another algorithm'],
    ['is no key', { n: 'AAAA' }, 'cannot be used'],
    ['is of another type', { ...jwkOf(ecAuthority.publicKey), alg: undefined }, 'does not verify'],
  ])('where the key of the authority %s', async (_, change, message) => {
    const key: JsonWebKey = { ...jwkOf(authorityPair.publicKey), kid: 'rsa-1', ...change };
    await expect(release({ authorities: { [issuer]: { keys: [key] } } })).rejects.toThrow(denied(message));
  });

  test('where the authority has a secret for a key', async () => {
    const key: JsonWebKey = { kty: 'oct', kid: 'rsa-1', k: randomBytes(32).toString('base64url') };
    await expect(release({ authorities: { [issuer]: { keys: [key] } } })).rejects.toThrow(
      denied('cannot be used'),
    );
  });

  test('for a header extension that nobody understands', async () => {
    const [header, payload] = [
      { alg: 'RS256', kid: 'rsa-1', crit: ['ext'], ext: 1 },
      { ...claims, iss: issuer, exp: now + 60 },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const { sign } = await import('node:crypto');
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), authorityPair.privateKey).toString(
      'base64url',
    );
    await expect(release({ token: `${header}.${payload}.${signature}` })).rejects.toThrow(
      denied('does not verify'),
    );
  });

  test('where a claim of the policy is missing or different', async () => {
    const message = 'does not fulfil the release policy';
    await expect(release({}, { claims: { 'x-ms-isolation-tee': {} } })).rejects.toThrow(denied(message));
    const other = { 'x-ms-isolation-tee': { 'x-ms-attestation-type': 'none' } };
    await expect(release({}, { claims: other })).rejects.toThrow(denied(message));
    const flat = { 'x-ms-isolation-tee': 1, [condition.claim]: 'sevsnpvm' };
    await expect(release({}, { claims: flat })).rejects.toThrow(denied(message));
  });

  test("where only another authority's conditions are fulfilled", async () => {
    const text = JSON.stringify({
      version: '1.0.0',
      anyOf: [
        { authority: issuer, allOf: [{ claim: 'never', equals: 1 }] },
        { authority: 'https://other.example', allOf: [condition] },
      ],
    });
    const releasePolicy = { encodedPolicy: new TextEncoder().encode(text) };
    await expect(release({ record: { ...record, releasePolicy } })).rejects.toThrow(
      denied('does not fulfil'),
    );
  });

  test.each<[string, unknown]>([
    ['no runtime claim', undefined],
    ['a runtime claim that is a text', 'keys'],
    ['no keys', {}],
    ['keys that are no list', { keys: targetKey }],
    ['an empty list of keys', { keys: [] }],
    ['only an EC key', { keys: [{ ...jwkOf(ecKey.publicKey), use: 'enc' }] }],
    ['only a key for signatures', { keys: [{ ...jwkOf(target.publicKey), use: 'sig' }] }],
    ['a key of the right name for signatures', { keys: [{ ...targetKey, key_ops: ['verify'] }] }],
    ['a key of no use', { keys: [jwkOf(target.publicKey)] }],
    ['two keys for encryption', { keys: [1, 2].map(() => ({ ...jwkOf(target.publicKey), use: 'enc' })) }],
    ['two keys of the documented name', { keys: [targetKey, targetKey] }],
  ])('where the token has %s', async (_, runtime) => {
    const token = { claims: { 'x-ms-runtime': runtime } };
    await expect(release({}, token)).rejects.toThrow(denied('exactly one RSA key to wrap for'));
  });

  test('where the key below another claim is all there is', async () => {
    const token = {
      claims: {
        'x-ms-isolation-tee': { ...claims['x-ms-isolation-tee'], 'x-ms-runtime': { keys: [targetKey] } },
        'x-ms-runtime': {},
      },
    };
    await expect(release({}, token)).rejects.toThrow(denied('exactly one RSA key'));
  });

  test('where the key to wrap for is weak or malformed', async () => {
    const message = 'must be an RSA key of 2048, 3072 or 4096 bits';
    const weak = { ...jwkOf(rsaPair(1024).publicKey), use: 'enc' };
    for (const key of [weak, { ...targetKey, n: '!' }, { ...targetKey, n: 1 }, { ...targetKey, e: 'AQ' }]) {
      await expect(release({}, { claims: { 'x-ms-runtime': { keys: [key] } } })).rejects.toThrow(
        denied(message),
      );
    }
  });
});

test('no refusal repeats a part of the token or the key', async () => {
  const canary = 'canary-claim-67012';
  const marked = { claims: { canary, 'x-ms-isolation-tee': { 'x-ms-attestation-type': canary } } };
  const attempts = [
    release({}, marked),
    release({}, { ...marked, expires: now - 5 }),
    release({}, { ...marked, notBefore: now + 5 }),
    release({}, { ...marked, key: strangerPair.privateKey }),
    release({}, { ...marked, header: { kid: canary } }),
    release({}, { ...marked, issuer: `https://${canary}.example` }),
    release({}, { claims: { 'x-ms-runtime': { keys: [{ ...targetKey, n: canary }] } } }),
    release({ token: canary }),
    release({ token: unsecured(canary, 'AAAA') }),
  ];
  const settled = await Promise.allSettled(attempts);
  const errors = settled.map((one) => (one.status === 'rejected' ? (one.reason as Error) : undefined));
  const written = errors
    .map((error) => `${String(error)} ${error?.stack} ${JSON.stringify(error)} ${String(error?.cause)}`)
    .join('\n');
  expect(errors).not.toContain(undefined);
  const { d = '' } = jwkOf(ecKey.privateKey);
  for (const secret of [canary, d, (await tokenOf(marked)).split('.')[1] ?? ''])
    expect(written).not.toContain(secret);
});
