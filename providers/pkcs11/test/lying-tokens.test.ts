import { KeyManagerError } from '@keyway/core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { createCapabilities } from '../src/capabilities.ts';
import { ckm } from '../src/mechanisms.ts';
import { probeToken } from '../src/probe-token.ts';
import type { JobName } from '../src/token/jobs.ts';
import type { Mechanism } from '../src/token/mechanism.ts';
import { TokenError } from '../src/token/return-values.ts';
import type { FeatureName, TokenFeatures } from '../src/token-features.ts';
import { changedToken } from './changed-token.ts';
import type { Change } from './changed-token.ts';
import { expectedFeatures } from './expected-features.ts';
import { closeTokens, testCall, tokenOf } from './token-of.ts';

afterAll(closeTokens);

const settings = { atomic: true, hardware: false, plainImport: false };

/** Changes the answers of one job with one of some mechanisms. */
function answering(
  job: JobName,
  mechanisms: readonly number[],
  change: (answer: unknown) => unknown,
): Change {
  return async (name, request, run) => {
    const answer = await run();
    const { mechanism } = request as { readonly mechanism?: Mechanism };
    const meant = name === job && (mechanism === undefined || mechanisms.includes(mechanism.type));
    return meant ? (change(answer) as typeof answer) : answer;
  };
}

const flip = (octets: unknown): unknown =>
  octets instanceof Uint8Array ? octets.map((octet, at) => (at === 0 ? octet ^ 1 : octet)) : octets;

const flipInside = (answer: unknown): unknown => {
  const { octets, ...rest } = answer as { readonly octets: Uint8Array };
  return { ...rest, octets: flip(octets) };
};

describe('a token that lists what it does not do', () => {
  it('is unsupported there, with the reason', async () => {
    const token = changedToken(await tokenOf('nss'), (_name, _request, run) => run(), [
      ckm.ecEdwardsKeyPairGen,
      ckm.eddsa,
    ]);
    const features = await probeToken(token, testCall());
    expect(features['make Ed25519']).toMatchObject({
      works: false,
      reason: expect.stringContaining('C_GenerateKeyPair gave'),
    });
    const capabilities = createCapabilities(features, settings);
    for (const query of [
      { operation: 'createKey', keyType: 'OKP', curve: 'Ed25519' },
      { operation: 'signData', algorithm: 'Ed25519' },
    ] as const) {
      expect(capabilities.supports(query)).toMatchObject({ support: 'unsupported' });
      expect(capabilities.supports(query).reason).toMatch(/^The token /);
    }
  });
});

describe('a token that answers, but wrongly', () => {
  const lies: readonly (readonly [string, Change, string])[] = [
    ['signatures over digests', answering('sign', [ckm.ecdsa], flip), 'sign ES256'],
    ['PSS signatures', answering('sign', [ckm.rsaPss, ckm.sha256RsaPss], flip), 'sign PS256'],
    ['codes', answering('sign', [ckm.sha256Hmac], flip), 'sign HS256'],
    ['GCM ciphertexts', answering('encrypt', [ckm.aesGcm], flipInside), 'encrypt AES-GCM'],
    ['CBC plaintexts', answering('decrypt', [ckm.aesCbc], flip), 'encrypt AES-CBC'],
    ['OAEP plaintexts', answering('decrypt', [ckm.rsaOaep], flip), 'decrypt RSA-OAEP'],
    ['wrapped keys', answering('wrap', [ckm.aesKeyWrapPad, ckm.aesKeyWrapKwp], flip), 'wrap AES-KWP'],
    ['wrapped octets', answering('wrapOctets', [ckm.aesKeyWrap], flip), 'wrap AES-KW'],
    ['random octets', answering('random', [], () => new Uint8Array(32)), 'random'],
  ];

  /** All at once, since each spoils what it is about and what needs that. */
  const all: Change = (name, request, run) => {
    let answer = run;
    for (const [, change] of lies) {
      const before = answer;
      answer = () => change(name, request, before);
    }
    return answer();
  };
  let found: Promise<TokenFeatures> | undefined;
  const probed = async (): Promise<TokenFeatures> =>
    (found ??= probeToken(changedToken(await tokenOf('softhsm2'), all), testCall()));

  it.each(lies)('gives wrong %s and is unsupported there', async (_what, _change, feature) => {
    const features: Readonly<Record<string, unknown>> = await probed();
    expect(features[feature]).toMatchObject({
      works: false,
      reason: expect.stringContaining('wrong answer'),
    });
  });

  it('is believed in what it does rightly', async () => {
    const features = await probed();
    expect([
      'sign RS256',
      'sign Ed25519',
      'decrypt RSA1_5',
      'encrypt AES-CBC-PAD',
      'create RSA',
    ] as const).toSatisfy((names: readonly FeatureName[]) => names.every((name) => features[name].works));
  });

  it('has a key wrap of the other format under 0x210A, and so no backups and no export', async () => {
    // What NSS does under this number: PKCS#7 padding, then RFC 3394, which is eight octets longer.
    const other = answering(
      'wrap',
      [ckm.aesKeyWrapPad],
      (answer) => new Uint8Array((answer as Uint8Array).length + 8),
    );
    const features = await probeToken(changedToken(await tokenOf('softhsm2'), other), testCall());
    expect(features['wrap AES-KWP']).toMatchObject({
      works: false,
      reason: expect.stringContaining('RFC 5649'),
    });
    expect(features['export RSA']).toMatchObject({ works: false });
    expect(features['unwrap RSA']).toMatchObject({ works: false });
    const capabilities = createCapabilities(features, settings);
    expect(capabilities.supports({ operation: 'backupKey' })).toMatchObject({ support: 'unsupported' });
    const imported = capabilities.supports({ operation: 'importKey', keyType: 'RSA', size: 2048 });
    expect(imported).toMatchObject({ support: 'unsupported', alternative: 'the option plainImport' });
  });

  it('does not heed usage attributes, and then only this library enforces them', async () => {
    const deaf: Change = async (name, _request, run) => {
      try {
        return await run();
      } catch (error) {
        if (name !== 'sign') throw error;
        return new Uint8Array(32) as never;
      }
    };
    const features = await probeToken(changedToken(await tokenOf('softhsm2'), deaf), testCall());
    expect(features['change usage']).toMatchObject({ works: false });
    expect(createCapabilities(features, settings).state.enabled.enforcement).toBe('library');
  });
});

describe('a token in trouble', () => {
  it.each([
    ['that was taken out', new TokenError(0x032, 'C_Sign')],
    ['whose sessions are gone', new TokenError(0x0b3, 'C_Sign')],
    ['that did not answer in time', new KeyManagerError('ERR_TIMEOUT', 'late')],
  ])('%s is not found unable: the probing fails', async (_what, error) => {
    const token = changedToken(await tokenOf('softhsm2'), (name, _request, run) =>
      name === 'sign' ? Promise.reject(error) : run(),
    );
    await expect(probeToken(token, testCall())).rejects.toBe(error);
  });
});

describe('capabilities', () => {
  it.each(['softhsm2', 'nss'] as const)('of %s say of every refusal why', (library) => {
    const { rows } = createCapabilities(expectedFeatures[library], settings);
    for (const row of rows.filter(({ support }) => support === 'unsupported'))
      expect(row.note).toMatch(/^\S.{15}/);
  });
});
