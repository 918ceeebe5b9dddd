// A stand-in for an attestation service. A real one looks at a machine and signs what it has seen.
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import type { JsonWebKey } from 'keyway';

/** An authority that vouches for machines. */
export interface AttestationService {
  readonly url: string;
  /** What a vault must be given so that it believes the authority. */
  readonly publicKey: JsonWebKey;
  /** Vouches that a machine, which holds the private half of `machineKey`, is as the claims say. */
  attest(machineKey: KeyObject, claims: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes an authority with a key of its own. */
export async function createAttestationService(url: string): Promise<AttestationService> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty = 'EC', crv, x, y } = await exportJWK(publicKey);
  return {
    url,
    publicKey: { kty, crv, x, y, kid: 'attestation-1' },
    async attest(machineKey, claims) {
      const { n, e } = await exportJWK(machineKey);
      const key = { kty: 'RSA', n, e, kid: 'machine-1', key_ops: ['encrypt'] };
      return new SignJWT({ ...claims, 'x-ms-runtime': { keys: [key] } })
        .setProtectedHeader({ alg: 'ES256', kid: 'attestation-1' })
        .setIssuer(url)
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey);
    },
  };
}
