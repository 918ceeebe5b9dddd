import { createPublicKey, KeyObject } from 'node:crypto';
import {
  encodeBase64Url,
  integrityError,
  KeyManagerError,
  rsaAesKeyWrap,
  toPublicJwk,
} from '@keyway/core/driver';
import type {
  EpochSeconds,
  JsonWebKey,
  KeyExportEncryptionAlgorithm,
  KeyRecord,
  KeyReleasePolicy,
} from '@keyway/core/driver';
import type { PublicJsonWebKey } from '@keyway/core';
import { denied, parseToken, verifyToken } from './attestation.ts';
import type { AttestationAuthorities } from './attestation.ts';
import { importMaterial } from './material.ts';
import { fulfils, parseReleasePolicy } from './release-policy.ts';
import type { AuthorityConditions } from './release-policy.ts';
import { findReleaseTarget } from './release-target.ts';
import type { ReleaseTarget } from './release-target.ts';

export type { AttestationAuthorities } from './attestation.ts';

/** What a release needs to know. */
export interface ReleaseRequest {
  /** The whole key. As a key object it never becomes text, which nobody can overwrite. */
  readonly material: KeyObject | JsonWebKey;
  /** Portable id of the version. */
  readonly keyId: string;
  readonly record: KeyRecord;
  /** The attestation token of the environment that asks. */
  readonly token: string;
  readonly algorithm: KeyExportEncryptionAlgorithm;
  readonly now: EpochSeconds;
  readonly authorities: AttestationAuthorities;
  /** The vault's own key for this: EC P-256. */
  readonly signingKey: KeyObject;
}

/**
 * Releases a key to an attested environment: wrapped for the environment's own key, in an answer that the vault signs.
 *
 * The answer is a JWS in compact form. As documented for Azure Key Vault's release operation: payload
 * `{ request: { enc, kid }, response: { key: { key, attributes, tags, release_policy } } }`, where `key` is the public JWK
 * with `kid`, `key_ops` and `key_hsm`, and `key_hsm` is base64url of `{ schema_version: '1.0', header: { kid, alg: 'dir', enc },
 * ciphertext }`; dates in seconds; `release_policy.data` the policy in base64url. Different here: it is signed with ES256, the
 * `kid` of its header is the RFC 7638 thumbprint of the vault's key and there are no certificates; `request` has no
 * `api-version`; key ids are portable ones. What is wrapped is PKCS#8 DER, or the plain octets of a symmetric key.
 *
 * @throws ERR_OPERATION_NOT_PERMITTED where the key is not exportable.
 * @throws ERR_INVALID_ARGUMENT where the token is none.
 * @throws ERR_PERMISSION_DENIED where it does not verify or does not fulfil the policy.
 */
export async function releaseKey(request: ReleaseRequest): Promise<{ readonly value: string }> {
  const { record, token, authorities, now } = request;
  const authoritiesOfPolicy = storedPolicy(record);
  const outline = parseToken(token);
  const trusted = authoritiesOfPolicy.filter(({ authority }) => authority === outline.issuer);
  if (trusted.length === 0)
    throw denied('The release policy does not name the authority that issued the attestation token');
  const claims = await verifyToken(token, outline, authorities, now);
  if (!trusted.some(({ condition }) => fulfils(claims, condition))) {
    throw denied('The attestation token does not fulfil the release policy');
  }
  const keyHsm = wrapForTarget(request, findReleaseTarget(claims));
  return { value: await sign(answer(request, keyHsm), request.signingKey) };
}

/** The policy of a key that can be released. One that is stored was checked before: what does not fit now is damage. */
function storedPolicy({ exportable, releasePolicy }: KeyRecord): readonly AuthorityConditions[] {
  if (exportable !== true || releasePolicy === undefined) {
    throw new KeyManagerError(
      'ERR_OPERATION_NOT_PERMITTED',
      'The key is not exportable, so it cannot be released',
    );
  }
  try {
    return parseReleasePolicy(releasePolicy);
  } catch {
    throw integrityError();
  }
}

function encodeJson(value: unknown): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}

/** PKCS#8 DER, or the plain octets of a symmetric key. The caller zeroes them. */
function octetsOf(material: KeyObject | JsonWebKey): Uint8Array {
  if (!(material instanceof KeyObject)) return importMaterial(material).octets;
  return material.type === 'secret' ? material.export() : material.export({ format: 'der', type: 'pkcs8' });
}

function wrapForTarget({ material, algorithm }: ReleaseRequest, target: ReleaseTarget): string {
  const octets = octetsOf(material);
  try {
    const ciphertext = encodeBase64Url(rsaAesKeyWrap(algorithm, target.publicKey, octets));
    return encodeJson({
      schema_version: '1.0',
      header: { kid: target.kid, alg: 'dir', enc: algorithm },
      ciphertext,
    });
  } finally {
    octets.fill(0);
  }
}

function answer({ record, keyId, algorithm }: ReleaseRequest, keyHsm: string): unknown {
  const { keyType, keyOperations, publicKey, tags, releasePolicy } = record;
  const key = { ...publicKey, kid: keyId, kty: keyType, key_ops: keyOperations, key_hsm: keyHsm };
  const attributes = {
    enabled: record.enabled,
    nbf: record.notBefore,
    exp: record.expiresOn,
    created: record.createdOn,
    updated: record.updatedOn,
    recoveryLevel: record.recoveryLevel,
    exportable: true,
  };
  return {
    request: { enc: algorithm, kid: keyId },
    response: { key: { key, attributes, tags, release_policy: describePolicy(releasePolicy) } },
  };
}

function describePolicy(policy: KeyReleasePolicy | undefined): unknown {
  if (policy === undefined) return undefined;
  const { encodedPolicy, contentType, immutable } = policy;
  return { contentType, data: encodeBase64Url(encodedPolicy), immutable: immutable ?? false };
}

/**
 * The public half of the vault's own key, under the name by which the header of an answer calls it: its RFC 7638
 * thumbprint.
 */
export async function releaseVerificationKey(signingKey: KeyObject): Promise<PublicJsonWebKey> {
  const { calculateJwkThumbprint } = await import('jose');
  const { kty, crv = '', x = '', y = '' } = toPublicJwk(createPublicKey(signingKey));
  return { kty, crv, x, y, kid: await calculateJwkThumbprint({ kty, crv, x, y }) };
}

async function sign(payload: unknown, signingKey: KeyObject): Promise<string> {
  const { CompactSign } = await import('jose');
  const { kid } = await releaseVerificationKey(signingKey);
  const octets = new TextEncoder().encode(JSON.stringify(payload));
  return new CompactSign(octets).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(signingKey);
}
