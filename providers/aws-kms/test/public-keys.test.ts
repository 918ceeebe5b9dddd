import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyRecord } from '@keyway/core/driver';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';

const create = (fake: FakeKms): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall());
/** As another process, which knows nothing yet. */
const read = (fake: FakeKms): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall());

const spkiOf = (kind: 'rsa' | 'ec'): Uint8Array => {
  const { publicKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
};

describe('a key whose public key KMS does not show', () => {
  it.each([
    'DisabledException',
    'KMSInvalidStateException',
    'AccessDeniedException',
    'UnsupportedOperationException',
  ])('has none, and is read all the same: %s', async (name) => {
    const fake = createFakeKms();
    const { version } = await create(fake);
    fake.before = (operation) => {
      if (operation === 'getPublicKey') throw kmsError(name);
    };
    expect(await read(fake)).toMatchObject({ version, publicKey: undefined, intact: true });
  });

  it('is not asked for it while it is disabled', async () => {
    const fake = createFakeKms();
    const { version } = await create(fake);
    await fake.client.disableKey({ KeyId: version });
    fake.requests.length = 0;
    expect((await read(fake)).publicKey).toBeUndefined();
    expect(fake.requests).toEqual(['describeKey']);
  });

  it('is not read where KMS is in trouble', async () => {
    const fake = createFakeKms();
    await create(fake);
    fake.before = (operation) => {
      if (operation === 'getPublicKey') throw kmsError('KMSInternalException');
    };
    await expect(read(fake)).rejects.toMatchObject({ name: 'KMSInternalException' });
  });
});

describe('a public key that is not one of such a key', () => {
  it.each([
    ['of another type', () => spkiOf('rsa')],
    ['cut', () => spkiOf('ec').subarray(0, 40)],
    ['empty', () => new Uint8Array()],
    ['missing', () => undefined],
  ])('is ERR_INTEGRITY: %s', async (_, octets) => {
    const fake = createFakeKms();
    await create(fake);
    const client = {
      ...fake.client,
      getPublicKey: () => Promise.resolve({ $metadata: {}, PublicKey: octets() }),
    };
    const attempt = there(fakeDriver(fake, { client }).keys.read)({ name: 'k' }, fakeCall());
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });
});
