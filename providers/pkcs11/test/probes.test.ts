import process from 'node:process';
import { startServedToken } from '@keyway/conformance/emulators';
import { afterAll, describe, expect, it } from 'vitest';
import { probeToken, probes } from '../src/probe-token.ts';
import { openToken } from '../src/token/open-token.ts';
import { expectedFeatures } from './expected-features.ts';
import { closeTokens, libraries, testCall, tokenOf } from './token-of.ts';

afterAll(closeTokens);

describe.each(libraries)('the probes on %s', (library) => {
  it('find what is known of this library, and leave nothing on the token', async () => {
    const token = await tokenOf(library);
    const before = await token.run('find', { template: { token: true } }, testCall());
    expect(await probeToken(token, testCall())).toEqual(expectedFeatures[library]);
    expect(await token.run('find', { template: { token: true } }, testCall())).toEqual(before);
  });
});

describe('the probes on SoftHSM behind p11-kit', () => {
  it('find what of SoftHSM p11-kit passes on', async () => {
    const served = await startServedToken();
    Object.assign(process.env, served.environment);
    const { module, label, pin } = served;
    const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
    const token = await openToken({ module, label, pin: octets, workers: 1 });
    try {
      const features = await probeToken(token, testCall());
      const lost = probes.map(({ name }) => name).filter((name) => !features[name].works);
      expect(lost.toSorted()).toEqual(
        [
          'decrypt RSA-OAEP-256',
          'OAEP with SHA-384',
          'make Ed25519',
          'create Ed25519',
          'sign Ed25519',
          'encrypt AES-GCM',
          'encrypt AES-CBC',
          'encrypt AES-CBC-PAD',
          'wrap AES-KW',
          'wrap AES-KWP',
          ...['RSA', 'P-256', 'P-384', 'P-521', 'P-256K', 'Ed25519'].map((kind) => `unwrap ${kind}`),
          ...['RSA', 'P-256', 'P-384', 'P-521', 'P-256K', 'Ed25519', 'AES', 'HMAC'].map(
            (kind) => `export ${kind}`,
          ),
        ].toSorted(),
      );
      const kept = probes.map(({ name }) => name).filter((name) => features[name].works);
      for (const name of kept) expect(features[name]).toEqual(expectedFeatures.softhsm2[name]);
      expect(features['encrypt AES-GCM']).toEqual({
        works: false,
        reason: 'The token does not list CKM_AES_GCM',
      });
    } finally {
      await token.close();
      await served.stop();
    }
  });
});

describe('what the probes find', () => {
  it('differs between the libraries where they are known to differ', () => {
    const { softhsm2, nss } = expectedFeatures;
    const different = probes
      .map(({ name }) => name)
      .filter((name) => softhsm2[name].works !== nss[name].works);
    expect(different.toSorted()).toEqual([
      'OAEP with SHA-384',
      'create Ed25519',
      'create P-256K',
      'data objects',
      'decrypt RSA-OAEP-256',
      'export P-256K',
      'make Ed25519',
      'make P-256K',
      'sign ES256K',
      'sign Ed25519',
      'unwrap P-256K',
    ]);
    expect(softhsm2['wrap AES-KWP']).toEqual({ works: true, form: '0x210a' });
    expect(nss['wrap AES-KWP']).toEqual({ works: true, form: '0x210b' });
    expect(softhsm2['wrap AES-KW']).toEqual({ works: true, form: 'wrap' });
    expect(nss['wrap AES-KW']).toEqual({ works: true, form: 'encrypt' });
    expect(softhsm2['sign HS512']).toEqual({ works: true, form: '512' });
    expect(nss['sign HS512']).toEqual({ works: true, form: '128' });
    expect(nss['unwrap P-521']).toEqual({ works: true, form: 'nss-db' });
  });

  it('names a reason for all that does not work', () => {
    const findings = Object.values(expectedFeatures).flatMap((features) => Object.values(features));
    const reasons = findings.flatMap((finding) => (finding.works ? [] : [finding.reason]));
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => !/^(The token|PKCS#11) .{10}/.test(reason))).toEqual([]);
  });
});
