import type { KeyCurveName } from '@keyway/core/driver';
import type { SignatureName } from './algorithms.ts';

/** Kinds of key material, as tokens make, take and wrap them. */
export type MaterialKind = 'RSA' | KeyCurveName | 'AES' | 'HMAC';

/** What is tried on a token. Each is one row of the probes. */
export type FeatureName =
  | `make ${'RSA' | KeyCurveName | `AES-${128 | 192 | 256}` | 'HMAC'}`
  | `sign ${SignatureName}`
  | `decrypt ${'RSA1_5' | 'RSA-OAEP' | 'RSA-OAEP-256'}`
  | 'OAEP with SHA-384'
  | `encrypt ${'AES-GCM' | 'AES-CBC' | 'AES-CBC-PAD'}`
  | 'wrap AES-KW'
  | 'wrap AES-KWP'
  | `unwrap ${MaterialKind}`
  | `create ${MaterialKind}`
  | `export ${MaterialKind}`
  | 'change usage'
  | 'data objects'
  | 'random';

/**
 * What a probe has found. `form` says in which of several ways it works:
 *
 * - `make Ed25519`: `name` or `oid`, what CKA_EC_PARAMS holds;
 * - `make RSA`, `make HMAC`, `sign HS…`: the sizes in bits it works for, `least-most`;
 * - `sign …`: `digest` or `data`, what C_Sign takes;
 * - `encrypt AES-GCM`: `iv-bits` or `iv-bits-0`, what ulIvBits holds;
 * - `wrap AES-KW`: `encrypt` or `wrap`, the function; `wrap AES-KWP`: `0x210b` or `0x210a`, the mechanism;
 * - `unwrap …`: `plain`, or `nss-db` where the token wants the public point in the template.
 */
export type Finding =
  | { readonly works: true; readonly form?: string | undefined }
  | { readonly works: false; readonly reason: string };

/** What a token can do, found by trying with session objects. Plain data: cached and printed as it is. */
export type TokenFeatures = Readonly<Record<FeatureName, Finding>>;

/** Whether a feature works. */
export const works = (features: TokenFeatures, name: FeatureName): boolean => features[name].works;

/** In which form a feature works; undefined where it does not, or in one form only. */
export function formOf(features: TokenFeatures, name: FeatureName): string | undefined {
  const finding = features[name];
  return finding.works ? finding.form : undefined;
}
