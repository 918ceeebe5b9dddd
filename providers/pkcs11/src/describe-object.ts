import type { KeyOperation } from '@keyway/core/driver';
import { curves } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { ckk, cko } from './mechanisms.ts';
import { publicJwkOf } from './public-attributes.ts';
import { curveOfParameters } from './ec-parameters.ts';
import type { AttributeName, Attributes } from './token/attributes.ts';

/** What is read of an object that other software made. */
export const describedNames: readonly AttributeName[] = [
  'class',
  'keyType',
  'id',
  'label',
  'token',
  'sensitive',
  'extractable',
  'local',
  'sign',
  'verify',
  'decrypt',
  'encrypt',
  'wrap',
  'unwrap',
  'valueLen',
  'modulus',
  'publicExponent',
  'ecParams',
];

/** A key that is not ours. */
export interface DescribedKey {
  readonly kind: KeyKind;
  readonly id: Uint8Array;
  readonly label: string;
  readonly extractable: boolean;
  readonly sensitive: boolean;
}

type Shape = Pick<KeyKind, 'keyType' | 'curve' | 'size'>;

/** HMAC keys under the key types of one mechanism each, which some software gives. */
const macTypes: ReadonlySet<number> = new Set([
  ckk.genericSecret,
  ckk.sha256Hmac,
  ckk.sha384Hmac,
  ckk.sha512Hmac,
]);

function shapeOf(attributes: Attributes): Shape | undefined {
  const { keyType, ecParams, valueLen, modulus } = attributes;
  if (keyType === ckk.rsa) {
    // Checked as a whole: a size or exponent that is not in the contract is no key of it.
    if (publicJwkOf(attributes) === undefined) return undefined;
    return { keyType: 'RSA', size: modulusBits(modulus) };
  }
  if (keyType === ckk.ec || keyType === ckk.ecEdwards) {
    const curve = ecParams === undefined ? undefined : curveOfParameters(ecParams);
    return curve === undefined ? undefined : { keyType: curves[curve].family, curve };
  }
  const size = valueLen === undefined || valueLen === 0 ? undefined : valueLen * 8;
  if (keyType === ckk.aes || (keyType !== undefined && macTypes.has(keyType)))
    return { keyType: 'oct', size };
  return undefined;
}

function modulusBits(modulus: Uint8Array | undefined): number | undefined {
  const first = modulus?.findIndex((octet) => octet !== 0) ?? -1;
  return modulus === undefined || first < 0 ? undefined : (modulus.length - first) * 8;
}

function operationsOf(attributes: Attributes, mac: boolean): readonly KeyOperation[] {
  const { sign, verify, encrypt, decrypt, wrap, unwrap } = attributes;
  if (attributes.class === cko.privateKey) {
    const signs: readonly KeyOperation[] = sign === true ? ['sign', 'verify'] : [];
    const decrypts: readonly KeyOperation[] =
      decrypt === true && attributes.keyType === ckk.rsa
        ? ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']
        : [];
    return [...decrypts.slice(0, 2), ...signs, ...decrypts.slice(2)];
  }
  const flags: readonly (readonly [boolean | undefined, KeyOperation])[] = mac
    ? [
        [sign, 'sign'],
        [verify, 'verify'],
      ]
    : [
        [encrypt, 'encrypt'],
        [decrypt, 'decrypt'],
        [wrap, 'wrapKey'],
        [unwrap, 'unwrapKey'],
      ];
  return flags.flatMap(([flag, operation]) => (flag === true ? [operation] : []));
}

/**
 * What a private or secret key object is, in the words of the contract. Believes the object's usage attributes, and nothing
 * of its label.
 *
 * @returns Undefined for an object that is no key of a kind in the contract.
 */
export function describeObject(attributes: Attributes): DescribedKey | undefined {
  const { class: of, id, label = '', keyType } = attributes;
  if (of !== cko.privateKey && of !== cko.secretKey) return undefined;
  const shape = shapeOf(attributes);
  if (shape === undefined || id === undefined || id.length === 0) return undefined;
  const keyOperations = operationsOf(attributes, keyType !== ckk.aes);
  if (keyOperations.length === 0) return undefined;
  const { extractable = false, sensitive = false } = attributes;
  return { kind: { ...shape, keyOperations }, id, label, extractable, sensitive };
}
