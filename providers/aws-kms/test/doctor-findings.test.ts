import { describe, expect, it, onTestFinished, test } from 'vitest';
import { openAwsKms } from '@keyway/aws-kms';
import type { KmsClient } from '@keyway/aws-kms';
import type { KeyCurveName, VaultRecord } from '@keyway/core/driver';
import { formatDescription } from '../src/description.ts';
import { diagnose } from '../src/doctor.ts';
import type { Finding } from '../src/finding.ts';
import { create, prepare, remove, three } from './acts.ts';
import { account, createFakeKms, defaultPolicy, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeCall, fakeDriver, fakeVault } from './fake-vault.ts';
import { dumpOf } from './processes.ts';

async function examine(fake: FakeKms, client: Partial<KmsClient> = {}): Promise<readonly Finding[]> {
  const findings = await diagnose(fakeVault(fake, { client: { ...fake.client, ...client } }), fakeCall());
  return findings.filter(({ what }) => what !== 'permissions-not-tried');
}
const whats = (findings: readonly Finding[]): readonly string[] => findings.map(({ what }) => what);

type Shape = Pick<VaultRecord, 'keyType' | 'curve' | 'size' | 'keyOperations' | 'algorithms'>;

/** Makes a key of any spec that is one of the vault's own by its claim and its record. */
function own(fake: FakeKms, name: string, KeySpec: string, KeyUsage: string, shape: Shape): string {
  const Description = formatDescription('test', { v: 1, name, sequence: 1, ...shape });
  const { id } = fake.make({ KeySpec, KeyUsage, Description });
  fake.aliases.set(`alias/test/${name}`, id);
  fake.aliases.set(`alias/test/${name}/v/1`, id);
  return id;
}

describe('the permissions to use a key', () => {
  type Row = readonly [spec: string, usage: string, shape: Shape, algorithm: object];
  const signs = { keyOperations: ['sign', 'verify'] } as const;
  const crypts = { keyOperations: ['encrypt', 'decrypt'] } as const;
  const ec = (curve: KeyCurveName): Shape => ({ keyType: 'EC', curve, ...signs });
  const rows: readonly Row[] = [
    [
      'RSA_2048',
      'SIGN_VERIFY',
      { keyType: 'RSA', size: 2048, ...signs },
      { SigningAlgorithm: 'RSASSA_PSS_SHA_256' },
    ],
    ['ECC_NIST_P256', 'SIGN_VERIFY', ec('P-256'), { SigningAlgorithm: 'ECDSA_SHA_256' }],
    ['ECC_NIST_P384', 'SIGN_VERIFY', ec('P-384'), { SigningAlgorithm: 'ECDSA_SHA_384' }],
    ['ECC_NIST_P521', 'SIGN_VERIFY', ec('P-521'), { SigningAlgorithm: 'ECDSA_SHA_512' }],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', ec('P-256K'), { SigningAlgorithm: 'ECDSA_SHA_256' }],
    [
      'ECC_NIST_EDWARDS25519',
      'SIGN_VERIFY',
      { keyType: 'OKP', curve: 'Ed25519', ...signs },
      { SigningAlgorithm: 'ED25519_SHA_512' },
    ],
    [
      'ML_DSA_65',
      'SIGN_VERIFY',
      { keyType: 'AKP', algorithms: ['ML-DSA-65'], ...signs },
      { SigningAlgorithm: 'ML_DSA_SHAKE_256' },
    ],
    [
      'HMAC_256',
      'GENERATE_VERIFY_MAC',
      { keyType: 'oct', size: 256, ...signs },
      { MacAlgorithm: 'HMAC_SHA_256' },
    ],
    [
      'HMAC_384',
      'GENERATE_VERIFY_MAC',
      { keyType: 'oct', size: 384, ...signs },
      { MacAlgorithm: 'HMAC_SHA_384' },
    ],
    [
      'HMAC_512',
      'GENERATE_VERIFY_MAC',
      { keyType: 'oct', size: 512, ...signs },
      { MacAlgorithm: 'HMAC_SHA_512' },
    ],
    [
      'SYMMETRIC_DEFAULT',
      'ENCRYPT_DECRYPT',
      { keyType: 'oct', size: 256, ...crypts },
      { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    ],
    [
      'RSA_3072',
      'ENCRYPT_DECRYPT',
      { keyType: 'RSA', size: 3072, ...crypts },
      { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
    ],
  ];
  const operations: Readonly<Record<string, readonly string[]>> = {
    SIGN_VERIFY: ['sign', 'verify'],
    GENERATE_VERIFY_MAC: ['generateMac', 'verifyMac'],
    ENCRYPT_DECRYPT: ['encrypt', 'decrypt'],
  };

  it.each(rows)(
    'are tried with %s that is for %s, by dry runs of what it can do',
    async (spec, usage, shape, algorithm) => {
      const fake = createFakeKms();
      const id = own(fake, 'k', spec, usage, shape);
      const tried: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
      fake.before = (operation, input) => {
        if ('DryRun' in input) tried.push([operation, input]);
      };
      expect(await examine(fake)).toEqual([]);
      expect(tried.map(([operation]) => operation)).toEqual(operations[usage]);
      for (const [, input] of tried) expect(input).toMatchObject({ KeyId: id, DryRun: true, ...algorithm });
      const symmetric = spec === 'SYMMETRIC_DEFAULT' || spec.startsWith('HMAC');
      expect(fake.requests.includes('getPublicKey')).toBe(!symmetric);
      const decryption = tried.find(([operation]) => operation === 'decrypt')?.[1] ?? {};
      // KMS reads the ciphertext of a symmetric key before it looks at permissions.
      if (spec === 'SYMMETRIC_DEFAULT') {
        expect(decryption).toMatchObject({ DryRunModifiers: ['IGNORE_CIPHERTEXT'] });
        expect(decryption['CiphertextBlob']).toBeUndefined();
      }
      if (spec === 'RSA_3072') expect(decryption['CiphertextBlob']).toHaveLength(32);
    },
  );

  it.each(['encrypt', 'decrypt', 'generateMac', 'verifyMac'])('to %s are found missing', async (denied) => {
    const fake = createFakeKms();
    own(fake, 'c', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', { keyType: 'oct', size: 256, ...crypts });
    own(fake, 'm', 'HMAC_256', 'GENERATE_VERIFY_MAC', { keyType: 'oct', size: 256, ...signs });
    fake.before = (operation) => {
      if (operation === denied) throw kmsError('AccessDeniedException');
    };
    const findings = await examine(fake);
    expect(findings).toMatchObject([{ what: 'permission-missing', severity: 'error' }]);
    expect(findings[0]?.message.toLowerCase()).toContain(`kms:${denied.toLowerCase()} `);
  });

  it('are not said to be missing where KMS refuses for another reason', async () => {
    const fake = createFakeKms();
    await prepare(fake, create);
    fake.before = (operation) => {
      if (operation === 'sign') throw kmsError('ValidationException');
    };
    expect(await examine(fake)).toEqual([]);
  });

  it.each(['UnrecognizedClientException', 'KMSInternalException', 'ThrottlingException'])(
    'are not judged where KMS does not answer for them: %s',
    async (name) => {
      const fake = createFakeKms();
      await prepare(fake, create);
      fake.before = (operation) => {
        if (operation === 'sign') throw kmsError(name);
      };
      const findings = await diagnose(fakeVault(fake), fakeCall());
      expect(findings).toMatchObject([{ what: 'not-examined', severity: 'warning' }]);
      expect(findings[0]?.message).toContain('permissions');
    },
  );

  it('are not tried with keys that are disabled, but for reading', async () => {
    const fake = createFakeKms();
    await prepare(fake, create);
    await fake.client.disableKey({ KeyId: dumpOf(fake, 'k').pointer });
    fake.requests.length = 0;
    await examine(fake);
    expect(fake.requests).not.toContain('sign');
    expect(fake.requests).not.toContain('getPublicKey');
    expect(fake.requests).toContain('listResourceTags');
  });
});

test('an endpoint that asks for fewer requests is one finding, with advice', async () => {
  const fake = createFakeKms();
  fake.before = () => {
    throw kmsError('ThrottlingException');
  };
  const [finding, ...more] = await examine(fake);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ what: 'no-access', message: 'KMS asks for fewer requests' });
  expect(finding?.advice.length).toBeGreaterThan(20);
});

test('a diagnosis that its caller aborts rejects with the reason, at every request', async () => {
  for (let request = 0; ; request++) {
    const fake = createFakeKms();
    await prepare(fake, create);
    const controller = new AbortController();
    const reason = new Error('given up');
    let seen = 0;
    fake.before = () => {
      if (seen++ !== request) return;
      controller.abort(reason);
      throw kmsError('AbortError');
    };
    const running = diagnose(fakeVault(fake), fakeCall({ signal: controller.signal }));
    const outcome: unknown = await running.catch((error: unknown) => error);
    if (!controller.signal.aborted) {
      expect(request).toBeGreaterThan(5);
      return;
    }
    expect(outcome).toBe(reason);
  }
});

test('more aliases and keys than a page holds are read to the end', async () => {
  const fake = createFakeKms();
  for (let n = 0; n < 230; n++) fake.make();
  const last = fake.make({
    Tags: [
      { TagKey: 'keyway:vault', TagValue: 'test' },
      { TagKey: 'keyway:name', TagValue: 'k' },
    ],
  });
  const [first] = fake.keys.keys();
  for (let n = 0; n < 230; n++) fake.aliases.set(`alias/a/${n}`, first ?? '');
  fake.aliases.set('alias/test/x/y', last.id);
  expect(await examine(fake)).toMatchObject([{ what: 'alias-outside-scheme', alias: 'alias/test/x/y' }]);
  fake.aliases.delete('alias/test/x/y');
  expect(await examine(fake)).toMatchObject([{ what: 'orphan', keyId: last.id, name: 'k' }]);
  expect(fake.requests.filter((operation) => operation === 'listKeys').length).toBe(6);
  expect(fake.requests.filter((operation) => operation === 'listAliases').length).toBe(6);
});

test('a key without an alias that is on its way out, gone, or of others is no orphan', async () => {
  const fake = createFakeKms();
  const Tags = [{ TagKey: 'keyway:vault', TagValue: 'test' }];
  const pending = fake.make({ Tags });
  await fake.client.scheduleKeyDeletion({ KeyId: pending.id });
  fake.make({ Tags: [{ TagKey: 'keyway:vault', TagValue: 'other' }] });
  const gone = fake.make({ Tags });
  fake.before = (operation, input) => {
    if (operation === 'describeKey' && input['KeyId'] === gone.id) throw kmsError('NotFoundException');
  };
  expect(await examine(fake)).toEqual([]);
});

test('aliases without a key, and answers without a list, are passed over', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  const { listAliases, listKeys } = fake.client;
  const findings = await examine(fake, {
    listAliases: async (...request) => {
      const page = await listAliases(...request);
      const bare = [{ AliasName: 'alias/aws/s3' }, { AliasName: 'alias/test/empty' }];
      return { ...page, Aliases: [...bare, ...(page.Aliases ?? [])] };
    },
    listKeys: async (...request) => ({ ...(await listKeys(...request)), Keys: [{}, { KeyArn: 'x' }] }),
  });
  expect(findings).toEqual([]);
  const mute = {
    listAliases: () => Promise.resolve({ $metadata: {} }),
    listKeys: () => Promise.resolve({ $metadata: {} }),
  };
  expect(await examine(fake, mute)).toEqual([]);
});

test('whoever may not list keys is told that orphans are not looked for', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = (operation) => {
    if (operation === 'listKeys') throw kmsError('AccessDeniedException');
  };
  const findings = await examine(fake);
  expect(findings).toMatchObject([{ severity: 'note', what: 'permission-missing' }]);
  expect(findings[0]?.message).toContain('kms:ListKeys');
});

describe('a key policy', () => {
  const policyOf = (Statement: unknown) => ({
    getKeyPolicy: () => Promise.resolve({ $metadata: {}, Policy: JSON.stringify({ Statement }) }),
  });
  const root = `arn:aws:iam::${account}:root`;
  const allow = { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*' };

  it.each([
    ['AWS makes', defaultPolicy.Statement],
    ['is one statement, not a list', allow],
    ['names the account by its number', [{ ...allow, Principal: { AWS: [account] } }]],
    ['names everybody', [{ ...allow, Principal: '*', Action: ['kms:Sign', '*'] }]],
    ['denies some things', [allow, { Effect: 'Deny', Principal: '*', Action: 'kms:Delete*' }]],
    [
      'denies everything under a condition',
      [allow, { Effect: 'Deny', Principal: '*', Action: 'kms:*', Condition: { Bool: {} } }],
    ],
    ['denies everything to one', [allow, { Effect: 'Deny', Principal: { AWS: root }, Action: 'kms:*' }]],
  ])('that %s is no finding', async (_, Statement) => {
    const fake = createFakeKms();
    await prepare(fake, create);
    expect(await examine(fake, policyOf(Statement))).toEqual([]);
  });

  it.each([
    ['is empty', []],
    ['lets the account do one thing', [{ ...allow, Action: ['kms:Sign'] }]],
    ['lets it under a condition', [{ ...allow, Condition: {} }]],
    ['denies it', [{ ...allow, Effect: 'Deny' }]],
    ['names another account', [{ ...allow, Principal: { AWS: root.replace(account, '999988887777') } }]],
    ['names a user of the account', [{ ...allow, Principal: { AWS: `${root}x` } }]],
    ['names nobody', [{ Effect: 'Allow', Action: 'kms:*' }, null, 7]],
  ])('that %s leaves the key to nobody', async (_, Statement) => {
    const fake = createFakeKms();
    await prepare(fake, create);
    expect(await examine(fake, policyOf(Statement))).toMatchObject([
      { what: 'policy-without-account', name: 'k', keyId: dumpOf(fake, 'k').pointer },
    ]);
  });

  it('that is missing or no JSON leaves the key to nobody', async () => {
    const fake = createFakeKms();
    await prepare(fake, create);
    for (const Policy of [undefined, '{"Statement":', '[]']) {
      const getKeyPolicy = () =>
        Promise.resolve({ $metadata: {}, ...(Policy === undefined ? {} : { Policy }) });
      expect(whats(await examine(fake, { getKeyPolicy }))).toEqual(['policy-without-account']);
    }
  });

  it('that may not be read is a note, that of a key which is gone nothing, and trouble leaves them all unread', async () => {
    const fake = createFakeKms();
    await prepare(fake, create);
    const expected = {
      AccessDeniedException: [{ what: 'permission-missing', severity: 'note' }],
      NotFoundException: [],
      KMSInternalException: [{ what: 'not-examined', severity: 'warning' }],
    };
    for (const [name, findings] of Object.entries(expected)) {
      fake.before = (operation) => {
        if (operation === 'getKeyPolicy') throw kmsError(name);
      };
      expect(await examine(fake)).toMatchObject(findings);
    }
  });
});

test('a deleted key of which KMS has destroyed the current version is a matter of waiting', async () => {
  const fake = createFakeKms();
  await prepare(fake, ...three, remove);
  fake.destroy(dumpOf(fake, 'k').pointer ?? '');
  const findings = await examine(fake);
  expect(findings).toMatchObject([{ severity: 'note', what: 'claim-without-pointer' }]);
  expect(findings[0]?.advice).toContain('Wait');
});

test.each([
  [
    'scheduled for deletion',
    (fake: FakeKms, id: string) => fake.client.scheduleKeyDeletion({ KeyId: id }),
    'beginRecoverDeletedKey',
  ],
  [
    'without its record',
    (fake: FakeKms, id: string) => fake.client.updateKeyDescription({ KeyId: id, Description: '' }),
    'Restore its description',
  ],
])('a claimed version that is %s is one that cannot become current', async (_, spoil, advice) => {
  const fake = createFakeKms();
  await prepare(fake, create, create);
  const [first = '', second = ''] = dumpOf(fake, 'k').versions;
  fake.aliases.set('alias/test/k', first);
  await spoil(fake, second);
  const finding = (await examine(fake)).find(({ what }) => what === 'claim-unusable');
  expect(finding).toMatchObject({ severity: 'error', keyId: second, name: 'k' });
  expect(finding?.advice).toContain(advice);
});

test('a key of others under our prefix is no finding, and one of ours with a damaged record and no claim is', async () => {
  const fake = createFakeKms();
  fake.aliases.set('alias/test/e', fake.make().id);
  expect(await examine(fake)).toEqual([]);
  const damaged = fake.make({ Description: 'keyway:test:damaged' });
  fake.aliases.set('alias/test/d', damaged.id);
  expect(await examine(fake)).toMatchObject([{ what: 'record-damaged', name: 'd', keyId: damaged.id }]);
});

test('a damaged record and an alias that went astray are told apart, with what to do about each', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  const pointer = dumpOf(fake, 'k').pointer ?? '';
  const whole = fake.keys.get(pointer)?.description ?? '';
  await fake.client.updateKeyDescription({ KeyId: pointer, Description: 'keyway:test:damaged' });
  const [damaged] = await examine(fake);
  expect(damaged?.message).toContain('missing or damaged');
  expect(damaged?.advice).toContain('UpdateKeyDescription');
  await fake.client.updateKeyDescription({ KeyId: pointer, Description: whole });
  fake.aliases.set('alias/test/other', pointer);
  fake.aliases.set('alias/test/other/v/1', pointer);
  const [astray] = (await examine(fake)).filter(({ name }) => name === 'other');
  expect(astray).toMatchObject({ what: 'pointer-astray', keyId: pointer });
  expect(astray?.message).toContain('points to a version of k');
  expect(astray?.advice).toContain('UpdateAlias');
});

test('an open vault has its doctor, with a signal or without', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  const vault = await openAwsKms({ client: fake.client, prefix: 'test' });
  onTestFinished(() => vault.close());
  expect(whats(await vault.aws.doctor())).toEqual(['permissions-not-tried']);
  const reason = new Error('given up');
  await expect(vault.aws.doctor({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(fakeDriver(fake).provider).toBe('aws-kms');
});
