import { expect, test } from 'vitest';
import { diagnose } from '../src/doctor.ts';
import type { Finding } from '../src/finding.ts';
import { create, prepare, recover, remove, three } from './acts.ts';
import { account, createFakeKms, defaultPolicy, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, fakeVault, there } from './fake-vault.ts';
import { doomedProcess, dumpOf, startProcess } from './processes.ts';

const changing = /^(?:create|update|delete|tag|untag|enable|disable|schedule|cancel|import)/;

/** Diagnoses, and makes sure that nothing is changed by it. */
async function examine(fake: FakeKms): Promise<readonly Finding[]> {
  const before = JSON.stringify([fake.dump(), [...fake.keys.values()]]);
  fake.requests.length = 0;
  const findings = await diagnose(fakeVault(fake), fakeCall());
  expect(fake.requests.filter((operation) => changing.test(operation))).toEqual([]);
  expect(JSON.stringify([fake.dump(), [...fake.keys.values()]])).toBe(before);
  return findings;
}

const whats = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ what }) => what).filter((what) => what !== 'permissions-not-tried');

test('a vault in order has no finding but what cannot be tried', async () => {
  const fake = createFakeKms();
  await prepare(fake, ...three, remove, recover, create);
  await there(fakeDriver(fake).keys.create)(
    ecRequest('h', { keyType: 'oct', curve: undefined, size: 256 }),
    fakeCall(),
  );
  fake.aliases.set('alias/test/theirs', fake.make({ Description: 'of others' }).id);
  fake.aliases.set('alias/elsewhere', fake.make().id);
  fake.make();
  const findings = await examine(fake);
  expect(findings.map(({ what }) => what)).toEqual(['permissions-not-tried']);
});

test('every finding says what to do', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = (operation) => {
    if (operation === 'sign' || operation === 'getKeyPolicy') throw kmsError('AccessDeniedException');
  };
  for (const { message, advice } of await examine(fake)) {
    expect(message.length).toBeGreaterThan(20);
    expect(advice.length).toBeGreaterThan(20);
  }
});

test.each([
  ['the wrong credentials', kmsError('UnrecognizedClientException'), 'no-access'],
  ['no way to KMS', Object.assign(new Error('no'), { code: 'ENOTFOUND' }), 'no-access'],
  ['no permission to list aliases', kmsError('AccessDeniedException'), 'permission-missing'],
])('%s are one finding, after one request', async (_, error, what) => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = () => {
    throw error;
  };
  const findings = await examine(fake);
  expect(findings).toMatchObject([{ severity: 'error', what }]);
  expect(fake.requests).toEqual(['listAliases']);
});

test.each(['sign', 'verify', 'getPublicKey', 'listResourceTags'])(
  'a missing permission for %s is found',
  async (denied) => {
    const fake = createFakeKms();
    await prepare(fake, create);
    fake.before = (operation) => {
      if (operation === denied) throw kmsError('AccessDeniedException');
    };
    const [finding, ...more] = (await examine(fake)).filter(({ what }) => what === 'permission-missing');
    expect(finding?.message.toLowerCase()).toContain(`kms:${denied.toLowerCase()}`);
    expect(finding?.keyId).toBe(dumpOf(fake, 'k').pointer);
    expect(more).toEqual([]);
  },
);

test.each([
  [
    'names a role only',
    [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/r` }, Action: 'kms:*' }],
    'policy-without-account',
  ],
  [
    'denies everything',
    [...defaultPolicy.Statement, { Effect: 'Deny', Principal: '*', Action: 'kms:*' }],
    'policy-denies-all',
  ],
  ['is no policy', 'nonsense', 'policy-without-account'],
])('a key policy that %s is found', async (_, Statement, what) => {
  const fake = createFakeKms();
  await prepare(fake, create);
  const client = {
    ...fake.client,
    getKeyPolicy: () => Promise.resolve({ $metadata: {}, Policy: JSON.stringify({ Statement }) }),
  };
  const findings = await diagnose(fakeVault(fake, { client }), fakeCall());
  expect(whats(findings)).toEqual([what]);
});

test('keys that became no version are found after every death of their maker, and only then', async () => {
  const whole = createFakeKms();
  const process = startProcess(whole);
  await create(process.driver, fakeCall());
  let orphans = 0;
  for (const number of process.moments.keys()) {
    const fake = createFakeKms();
    await create(doomedProcess(fake, number).driver, fakeCall()).catch(() => undefined);
    const found = (await examine(fake)).filter(({ what }) => what === 'orphan');
    expect(found.map(({ keyId }) => keyId)).toEqual(dumpOf(fake, 'k').strayed);
    orphans += found.length;
  }
  expect(orphans).toBeGreaterThan(0);
});

test('what a death leaves half done is found, whatever was being done', async () => {
  for (const [before, act, expected] of [
    [[create], create, ['orphan', 'pointer-behind']],
    [[], create, ['orphan', 'claim-without-pointer']],
    [three, remove, ['deletion-unfinished']],
    [[...three, remove], recover, ['deletion-unfinished', 'recovery-unfinished']],
  ] as const) {
    const whole = createFakeKms();
    await prepare(whole, ...before);
    const process = startProcess(whole);
    await act(process.driver, fakeCall());
    const seen = new Set<string>();
    for (const number of process.moments.keys()) {
      const fake = createFakeKms();
      await prepare(fake, ...before);
      await act(doomedProcess(fake, number).driver, fakeCall()).catch(() => undefined);
      for (const what of whats(await examine(fake))) seen.add(what);
    }
    expect([...seen].toSorted()).toEqual([...expected].toSorted());
  }
});

test('strange aliases, damaged records, gaps and versions on their way out are found', async () => {
  const fake = createFakeKms();
  await prepare(fake, create, create, create);
  const [first = '', second = '', third = ''] = dumpOf(fake, 'k').versions;
  fake.aliases.set('alias/test/k/v/x', first);
  fake.aliases.set('alias/test/a/b', second);
  expect(whats(await examine(fake))).toEqual(['alias-outside-scheme', 'alias-outside-scheme']);
  fake.aliases.delete('alias/test/k/v/x');
  fake.aliases.delete('alias/test/a/b');
  await fake.client.scheduleKeyDeletion({ KeyId: first });
  expect(await examine(fake)).toMatchObject([{ what: 'version-scheduled', keyId: first, name: 'k' }, {}]);
  fake.destroy(first);
  expect(whats(await examine(fake))).toEqual(['claim-missing']);
  const key = fake.keys.get(second);
  if (key !== undefined) key.description = 'keyway:test:damaged';
  expect(whats(await examine(fake))).toEqual(['record-damaged', 'claim-missing']);
  await there(fakeDriver(fake).keys.create)(ecRequest('other'), fakeCall());
  fake.aliases.set('alias/test/other', third);
  expect(whats(await examine(fake))).toContain('pointer-astray');
});

test('a part that cannot be looked at is a finding, and the others are looked at all the same', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = (operation) => {
    if (operation === 'listKeys') throw kmsError('ThrottlingException');
  };
  const findings = await examine(fake);
  expect(findings.map(({ what }) => what)).toEqual(['not-examined', 'permissions-not-tried']);
  expect(findings[0]?.message).toContain('KMS keys without an alias');
  expect(fake.requests).toContain('sign');
});
