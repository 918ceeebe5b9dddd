import { familyOf } from '@keyway/core/driver';
import type { KeyOperation } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { ckk, cko } from './mechanisms.ts';
import type { Template } from './token/attributes.ts';
import type { ObjectPlace } from './token-access.ts';
import { formOf } from './token-features.ts';
import type { MaterialKind, TokenFeatures } from './token-features.ts';

/** Which object of a version. */
export type ObjectClass = 'private' | 'public' | 'secret';

/** The material of a kind of key: a symmetric key is an AES or an HMAC key, by what it is for. */
export function materialOf({ keyType, curve, keyOperations }: KeyKind): MaterialKind {
  const family = familyOf(keyType);
  if (family === 'RSA') return 'RSA';
  if (family !== 'oct') return curve ?? (family === 'OKP' ? 'Ed25519' : 'P-256');
  return keyOperations.some((operation) => operation === 'sign' || operation === 'verify') ? 'HMAC' : 'AES';
}

const allows = (kind: KeyKind, ...operations: readonly KeyOperation[]): boolean =>
  operations.some((operation) => kind.keyOperations.includes(operation));

/** Whether an algorithm may be used on the key: any where it is not restricted. */
const mayRun = (kind: KeyKind, fits: (algorithm: string) => boolean): boolean =>
  kind.algorithm === undefined || fits(kind.algorithm);

const isKeyWrap = (algorithm: string): boolean => algorithm.endsWith('KW');
const isNoKeyWrap = (algorithm: string): boolean => !isKeyWrap(algorithm);

/**
 * What an AES key may do. Tokens with AES-KW in C_WrapKey need `wrap` for it; `provider` wraps with GCM. A key that may both
 * wrap and decrypt can take out of the token what else is extractable there: only what was asked for is allowed.
 */
function aesUsage(kind: KeyKind, features: TokenFeatures): Template {
  const byWrap = formOf(features, 'wrap AES-KW') === 'wrap';
  const keyWrap = mayRun(kind, isKeyWrap);
  const encryptsWraps = mayRun(kind, isNoKeyWrap) || (keyWrap && !byWrap);
  return {
    encrypt: allows(kind, 'encrypt') || (allows(kind, 'wrapKey') && encryptsWraps),
    decrypt: allows(kind, 'decrypt') || (allows(kind, 'unwrapKey') && encryptsWraps),
    wrap: allows(kind, 'wrapKey') && keyWrap && byWrap,
    unwrap: allows(kind, 'unwrapKey') && keyWrap && byWrap,
    sign: false,
    verify: false,
  };
}

const noSecretUsage: Template = {
  encrypt: false,
  decrypt: false,
  wrap: false,
  unwrap: false,
  sign: false,
  verify: false,
};

/**
 * Every usage attribute of an object, none left to the token's default, which often is true. A public key stays usable when
 * its version is disabled: keeping it back protects nothing.
 */
export function usageTemplate(
  of: ObjectClass,
  kind: KeyKind,
  features: TokenFeatures,
  enabled = true,
): Template {
  if (of === 'public') {
    const encrypt = familyOf(kind.keyType) === 'RSA' && allows(kind, 'encrypt', 'wrapKey');
    return { encrypt, verify: allows(kind, 'verify', 'sign'), wrap: false };
  }
  if (of === 'private') {
    const rsa = familyOf(kind.keyType) === 'RSA';
    const decrypt = enabled && rsa && allows(kind, 'decrypt', 'unwrapKey');
    return { sign: enabled && allows(kind, 'sign'), decrypt, unwrap: false, derive: false };
  }
  if (!enabled) return noSecretUsage;
  if (materialOf(kind) === 'AES') return aesUsage(kind, features);
  return { ...noSecretUsage, sign: allows(kind, 'sign'), verify: allows(kind, 'verify', 'sign') };
}

/** How a key that is to stay on the token is kept: never readable, and wrappable only where backups were asked for. */
function hardened(kind: Pick<KeyKind, 'backup'>): Template {
  return { token: true, private: true, sensitive: true, extractable: kind.backup === true };
}

/** CKA_KEY_TYPE of a material. */
function keyTypeOf(material: MaterialKind): number {
  if (material === 'RSA') return ckk.rsa;
  if (material === 'AES') return ckk.aes;
  if (material === 'HMAC') return ckk.genericSecret;
  return material === 'Ed25519' ? ckk.ecEdwards : ckk.ec;
}

const classes: Readonly<Record<ObjectClass, number>> = {
  private: cko.privateKey,
  public: cko.publicKey,
  secret: cko.secretKey,
};

/** The template of an object that is to be made, whole but for its material. */
export function objectTemplate(
  of: ObjectClass,
  kind: KeyKind,
  place: ObjectPlace,
  features: TokenFeatures,
): Template {
  return {
    class: classes[of],
    keyType: keyTypeOf(materialOf(kind)),
    ...(of === 'public' ? { token: true, private: false } : hardened(kind)),
    id: place.id,
    label: place.label,
    ...usageTemplate(of, kind, features),
  };
}

/** The class in which a version's key is kept that must stay secret. */
export function secretClassOf(kind: KeyKind): 'private' | 'secret' {
  return familyOf(kind.keyType) === 'oct' ? 'secret' : 'private';
}
