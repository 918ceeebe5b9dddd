import type { CapabilityRow } from '@keyway/core/driver';
import { describe, expect, it } from 'vitest';
import { createCapabilities } from '../src/capabilities.ts';
import { createCryptographyMethods } from '../src/cryptography.ts';
import type { TokenAccess } from '../src/token-access.ts';
import type { FeatureName, Finding, TokenFeatures } from '../src/token-features.ts';
import { expectedFeatures } from './expected-features.ts';
import { libraries } from './token-of.ts';

const settings = { atomic: true, hardware: false, plainImport: false };

function nameOf({ operation, algorithm, keyType, curve, size }: CapabilityRow): string {
  return [operation, algorithm, curve ?? keyType, size].filter((part) => part !== undefined).join(' ');
}

const refusedOn = (library: 'softhsm2' | 'nss', values = settings): readonly string[] =>
  createCapabilities(expectedFeatures[library], values)
    .rows.filter(({ support, hardware }) => support === 'unsupported' && hardware !== true)
    .map(nameOf)
    .toSorted();

/** What no token known here does. */
const everywhere = [
  'createKey AKP',
  'importKey AKP',
  'releaseKey',
  ...['44', '65', '87'].flatMap((level) => [`signData ML-DSA-${level}`, `verifyData ML-DSA-${level}`]),
];

describe('what is refused', () => {
  it('on SoftHSM is OAEP with SHA-256, Ed25519 coming in, and what no token does', () => {
    const own = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'].map(
      (operation) => `${operation} RSA-OAEP-256`,
    );
    expect(refusedOn('softhsm2')).toEqual([...everywhere, ...own, 'importKey Ed25519'].toSorted());
    const plain = { ...settings, plainImport: true };
    expect(refusedOn('softhsm2', plain)).toEqual([...everywhere, ...own].toSorted());
  });

  it('on NSS is Ed25519, secp256k1, and what no token does', () => {
    const own = [
      ...['P-256K', 'Ed25519'].flatMap((curve) => [`createKey ${curve}`, `importKey ${curve}`]),
      ...['sign', 'verify', 'signData', 'verifyData'].map((operation) => `${operation} ES256K`),
      ...['signData', 'verifyData'].map((operation) => `${operation} Ed25519`),
    ];
    expect(refusedOn('nss')).toEqual([...everywhere, ...own].toSorted());
  });

  it.each(libraries)('has a reason on %s', (library) => {
    const { rows } = createCapabilities(expectedFeatures[library], settings);
    const silent = rows.filter(({ support, note = '' }) => support === 'unsupported' && note.length < 16);
    expect(silent).toEqual([]);
  });
});

describe('hardware', () => {
  it.each(libraries)('is offered where the opener says so, and only then: %s', (library) => {
    const query = { operation: 'createKey', keyType: 'EC-HSM', curve: 'P-256' } as const;
    const features = expectedFeatures[library];
    expect(createCapabilities(features, settings).supports(query)).toMatchObject({
      support: 'unsupported',
      alternative: expect.stringContaining('hardware'),
    });
    const said = createCapabilities(features, { ...settings, hardware: true });
    expect(said.supports(query)).toMatchObject({ support: 'emulated' });
    expect(said.supports({ operation: 'sign', algorithm: 'ES256', keyType: 'EC-HSM' }).support).toBe(
      'native',
    );
  });
});

/** The features of SoftHSM with some of them otherwise. */
function but(changes: Partial<Record<FeatureName, Finding>>): TokenFeatures {
  return { ...expectedFeatures.softhsm2, ...changes };
}

const no: Finding = { works: false, reason: 'The token refused it, for a test' };

describe('a token of another kind', () => {
  it('that hashes itself signs data, and no digests', () => {
    const capabilities = createCapabilities(but({ 'sign ES256': { works: true, form: 'data' } }), settings);
    expect(capabilities.supports({ operation: 'signData', algorithm: 'ES256' })).toMatchObject({
      support: 'native',
      by: 'driver',
    });
    expect(capabilities.supports({ operation: 'sign', algorithm: 'ES256' })).toMatchObject({
      support: 'unsupported',
      alternative: 'signData',
    });
  });

  it('without AES-GCM has no provider encryption', () => {
    const capabilities = createCapabilities(but({ 'encrypt AES-GCM': no }), settings);
    for (const algorithm of ['provider', 'A128GCM', 'A256GCM'] as const) {
      expect(capabilities.supports({ operation: 'encrypt', algorithm }).reason).toBe(no.reason);
    }
    expect(capabilities.supports({ operation: 'encrypt', algorithm: 'A256CBC' }).support).toBe('native');
  });

  it('makes RSA keys of the sizes it says', () => {
    const capabilities = createCapabilities(
      but({ 'make RSA': { works: true, form: '2048-3072' } }),
      settings,
    );
    const size = (bits: number): string =>
      capabilities.supports({ operation: 'createKey', keyType: 'RSA', size: bits }).support;
    expect([2048, 3072, 4096].map(size)).toEqual(['emulated', 'emulated', 'unsupported']);
  });

  it('that does not change usage attributes leaves enforcing to the library', () => {
    const { state } = createCapabilities(but({ 'change usage': no }), settings);
    expect(Object.values(state).map(({ enforcement }) => enforcement)).toEqual(Array(5).fill('library'));
    expect(createCapabilities(but({}), settings).state.enabled.enforcement).toBe('token');
  });

  it('that can wrap nothing has no backups', () => {
    const exports = Object.keys(expectedFeatures.softhsm2).filter((name) => name.startsWith('export '));
    const features = but({ ...Object.fromEntries(exports.map((name) => [name, no])), 'wrap AES-KWP': no });
    const capabilities = createCapabilities(features, settings);
    expect(capabilities.supports({ operation: 'backupKey' }).reason).toBe(no.reason);
    expect(capabilities.supports({ operation: 'restoreKeyBackup' }).support).toBe('unsupported');
  });

  it('has no method for what it cannot do at all', () => {
    const aes = ['encrypt AES-GCM', 'encrypt AES-CBC', 'encrypt AES-CBC-PAD'] as const;
    const rsa = ['decrypt RSA1_5', 'decrypt RSA-OAEP', 'decrypt RSA-OAEP-256'] as const;
    const features = but(Object.fromEntries([...aes, ...rsa].map((name) => [name, no])));
    const methods = createCryptographyMethods({ features } as TokenAccess);
    expect(Object.keys(methods).toSorted()).toEqual(['sign', 'unwrapKey', 'verify', 'wrapKey']);
  });
});
