import { generateKeyPairSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { JsonWebKey } from '@keyway/core';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { AttestationFixture } from './target.ts';

const authority = 'https://attestation.example';
const foreignAuthority = 'https://other.example';

/** Makes an authority that vouches for environments. */
function makeAuthority(url: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'suite' } as JsonWebKey;
  return { url, privateKey, jwk };
}

const known = makeAuthority(authority);
const foreign = makeAuthority(foreignAuthority);

/** What the local vault is told about authorities: it trusts both, the suite's policies name only the first. */
export const attestationAuthorities: Readonly<Record<string, { readonly keys: readonly JsonWebKey[] }>> = {
  [authority]: { keys: [known.jwk] },
  [foreignAuthority]: { keys: [foreign.jwk] },
};

const policy = {
  version: '1.0.0',
  anyOf: [{ authority, allOf: [{ claim: 'x-suite', equals: 'fulfilled' }] }],
};

/** Environments attested by an authority of the suite's own. */
export const localAttestation: AttestationFixture = {
  releasePolicy: new TextEncoder().encode(JSON.stringify(policy)),
  async token(publicKey, kind) {
    const now = Math.floor(Date.now() / 1000);
    const { url, privateKey } = kind === 'foreign' ? foreign : known;
    const claims = {
      'x-suite': kind === 'denied' ? 'denied' : 'fulfilled',
      'x-ms-runtime': { keys: [{ ...publicKey, kid: 'environment', key_ops: ['encrypt'] }] },
    };
    const expiry = kind === 'expired' ? now - 1 : now + 600;
    if (kind === 'unsigned')
      return new UnsecuredJWT(claims).setIssuer(url).setExpirationTime(expiry).encode();
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'suite' });
    return await token
      .setIssuer(url)
      .setIssuedAt(now - 60)
      .setExpirationTime(expiry)
      .sign(privateKey);
  },
};

/** Damages the authentication of a version's row in a local vault's file, with the vault open. */
export function damageLocalRecord(
  path: string,
  key: { readonly name: string; readonly version: string },
): void {
  const database = new DatabaseSync(path);
  try {
    database
      .prepare('UPDATE versions SET mac = zeroblob(length(mac)) WHERE name = ? AND version = ?')
      .run(key.name, key.version);
  } finally {
    database.close();
  }
}
