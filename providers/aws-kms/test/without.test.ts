import { describe, expect, it } from 'vitest';
import { createCapabilities } from '../src/capabilities.ts';
import { checkAwsKmsOptions } from '../src/options.ts';
import { createFakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';

const postQuantum = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const;

describe('what a region or endpoint is said to lack', () => {
  it('is unsupported with its reason, for keys and for the algorithms that run on nothing else', () => {
    const capabilities = createCapabilities([...postQuantum, 'ECC_NIST_EDWARDS25519', 'ECC_NIST_P384']);
    for (const query of [
      { operation: 'createKey', keyType: 'AKP', algorithm: 'ML-DSA-65' },
      { operation: 'signData', algorithm: 'ML-DSA-65' },
      { operation: 'createKey', keyType: 'OKP', curve: 'Ed25519' },
      { operation: 'signData', algorithm: 'Ed25519' },
      { operation: 'createKey', keyType: 'EC-HSM', curve: 'P-384' },
      { operation: 'sign', algorithm: 'ES384' },
      { operation: 'signData', algorithm: 'ES384' },
    ] as const) {
      expect(capabilities.supports(query)).toMatchObject({
        support: 'unsupported',
        reason: expect.stringMatching(/is said to have no key spec/) as string,
      });
    }
    expect(capabilities.supports({ operation: 'sign', algorithm: 'ES256' }).support).toBe('native');
  });

  it('leaves symmetric keys of 256 bits where either of their two specs is there', () => {
    const symmetric = { operation: 'createKey', keyType: 'oct', size: 256 } as const;
    const macs = ['HMAC_256', 'HMAC_384', 'HMAC_512'] as const;
    expect(createCapabilities(macs).supports(symmetric).support).toBe('emulated');
    expect(createCapabilities(['SYMMETRIC_DEFAULT']).supports(symmetric).support).toBe('emulated');
    expect(createCapabilities([...macs, 'SYMMETRIC_DEFAULT']).supports(symmetric).support).toBe(
      'unsupported',
    );
    expect(createCapabilities(macs).supports({ operation: 'signData', algorithm: 'HS384' }).support).toBe(
      'unsupported',
    );
    expect(
      createCapabilities(['SYMMETRIC_DEFAULT']).supports({ operation: 'encrypt', algorithm: 'provider' })
        .support,
    ).toBe('unsupported');
  });

  it('is one parameter set, and not the others of its key type', () => {
    const capabilities = createCapabilities(['ML_DSA_65']);
    for (const [algorithm, support] of [
      ['ML-DSA-44', 'emulated'],
      ['ML-DSA-65', 'unsupported'],
      ['ML-DSA-87', 'emulated'],
    ] as const) {
      const query = { operation: 'createKey', keyType: 'AKP', algorithm } as const;
      expect(capabilities.supports(query).support).toBe(support);
    }
  });

  it('takes the import away where that is missing, and the driver has none', () => {
    const without = ['ImportKeyMaterial'] as const;
    const query = { operation: 'importKey', keyType: 'EC', curve: 'P-256' } as const;
    expect(createCapabilities(without).supports(query).support).toBe('unsupported');
    const fake = createFakeKms();
    expect(fakeDriver(fake, { without }).keys.import).toBeUndefined();
    expect(fakeDriver(fake).keys.import).toBeTypeOf('function');
  });

  it('is not sent, even past the capabilities', async () => {
    const fake = createFakeKms();
    const driver = fakeDriver(fake, { without: ['ECC_NIST_P256'] });
    await expect(there(driver.keys.create)(ecRequest('app'), fakeCall())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
  });

  it('must be something that this package knows', () => {
    const options = { region: 'eu-west-1', prefix: 'test' };
    expect(checkAwsKmsOptions({ ...options, without: ['ML_DSA_44', 'ImportKeyMaterial'] })).toMatchObject(
      options,
    );
    expect(() => checkAwsKmsOptions({ ...options, without: ['SM2'] as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
    expect(() => checkAwsKmsOptions({ ...options, without: 'ML_DSA_44' as never })).toThrow(TypeError);
  });
});
