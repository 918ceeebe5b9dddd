import { invalidRequest } from './refusal.ts';

/** How the value of an attribute is written in a template: CK_BBOOL, CK_ULONG, octets, or UTF-8 text. */
type AttributeKind = 'bool' | 'ulong' | 'octets' | 'text';

interface AttributeRow {
  readonly number: number;
  readonly kind: AttributeKind;
}

/** PKCS #11 v3.1, table 13 and section 4. CKA_START_DATE and CKA_END_DATE are left out: bindings and tokens get them wrong. */
const rows = {
  class: { number: 0x00, kind: 'ulong' },
  token: { number: 0x01, kind: 'bool' },
  private: { number: 0x02, kind: 'bool' },
  label: { number: 0x03, kind: 'text' },
  uniqueId: { number: 0x04, kind: 'text' },
  application: { number: 0x10, kind: 'text' },
  value: { number: 0x11, kind: 'octets' },
  objectId: { number: 0x12, kind: 'octets' },
  certificateType: { number: 0x80, kind: 'ulong' },
  trusted: { number: 0x86, kind: 'bool' },
  checkValue: { number: 0x90, kind: 'octets' },
  keyType: { number: 0x1_00, kind: 'ulong' },
  subject: { number: 0x1_01, kind: 'octets' },
  id: { number: 0x1_02, kind: 'octets' },
  sensitive: { number: 0x1_03, kind: 'bool' },
  encrypt: { number: 0x1_04, kind: 'bool' },
  decrypt: { number: 0x1_05, kind: 'bool' },
  wrap: { number: 0x1_06, kind: 'bool' },
  unwrap: { number: 0x1_07, kind: 'bool' },
  sign: { number: 0x1_08, kind: 'bool' },
  signRecover: { number: 0x1_09, kind: 'bool' },
  verify: { number: 0x1_0a, kind: 'bool' },
  verifyRecover: { number: 0x1_0b, kind: 'bool' },
  derive: { number: 0x1_0c, kind: 'bool' },
  modulus: { number: 0x1_20, kind: 'octets' },
  modulusBits: { number: 0x1_21, kind: 'ulong' },
  publicExponent: { number: 0x1_22, kind: 'octets' },
  privateExponent: { number: 0x1_23, kind: 'octets' },
  prime1: { number: 0x1_24, kind: 'octets' },
  prime2: { number: 0x1_25, kind: 'octets' },
  exponent1: { number: 0x1_26, kind: 'octets' },
  exponent2: { number: 0x1_27, kind: 'octets' },
  coefficient: { number: 0x1_28, kind: 'octets' },
  publicKeyInfo: { number: 0x1_29, kind: 'octets' },
  valueLen: { number: 0x1_61, kind: 'ulong' },
  extractable: { number: 0x1_62, kind: 'bool' },
  local: { number: 0x1_63, kind: 'bool' },
  neverExtractable: { number: 0x1_64, kind: 'bool' },
  alwaysSensitive: { number: 0x1_65, kind: 'bool' },
  keyGenMechanism: { number: 0x1_66, kind: 'ulong' },
  modifiable: { number: 0x1_70, kind: 'bool' },
  copyable: { number: 0x1_71, kind: 'bool' },
  destroyable: { number: 0x1_72, kind: 'bool' },
  ecParams: { number: 0x1_80, kind: 'octets' },
  ecPoint: { number: 0x1_81, kind: 'octets' },
  alwaysAuthenticate: { number: 0x2_02, kind: 'bool' },
  wrapWithTrusted: { number: 0x2_10, kind: 'bool' },
  /** CKA_NSS_DB: the public point, without which NSS unwraps no EC key. */
  nssDb: { number: 0xd5a0_db00, kind: 'octets' },
} as const;

/** The attributes that Keyway knows, by name. */
export type AttributeName = keyof typeof rows;

/** Number and kind of every attribute. */
export const attributeRows: { readonly [Name in AttributeName]: AttributeRow } = rows;

interface ValueOfKind {
  readonly bool: boolean;
  readonly ulong: number;
  readonly octets: Uint8Array;
  readonly text: string;
}

/** What a read attribute is in this process. */
type AttributeValue<Name extends AttributeName> = ValueOfKind[(typeof rows)[Name]['kind']];

/** What an object is to have, or what is looked for. Members that are undefined are left out. */
export type Template = { readonly [Name in AttributeName]?: AttributeValue<Name> | undefined };

/** What an object has. A member is absent where the token does not know it or keeps it to itself. */
export type Attributes = { readonly [Name in AttributeName]?: AttributeValue<Name> };

/** An attribute in the form that the native binding takes. */
export interface NativeAttribute {
  readonly type: number;
  readonly value: boolean | number | string | Uint8Array;
}

/** The largest number that the native binding carries into a CK_ULONG: it cuts off everything above. */
const maxUlong = 0xffff_ffff;

const isKind: { readonly [Kind in AttributeKind]: (value: unknown) => boolean } = {
  bool: (value) => typeof value === 'boolean',
  ulong: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxUlong,
  octets: (value) => value instanceof Uint8Array,
  text: (value) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
};

/**
 * Turns a template into what the native binding takes. Nothing else may go there: a value of a wrong type aborts the
 * process.
 *
 * @throws a `Refusal` with `ERR_INVALID_ARGUMENT` for an attribute that is not in the table or a value that is not of its kind.
 */
export function nativeTemplate(template: Template): NativeAttribute[] {
  if (typeof template !== 'object' || template === null) throw invalidRequest('A template must be an object');
  const attributes: NativeAttribute[] = [];
  for (const [name, value] of Object.entries(template)) {
    if (value === undefined) continue;
    const found = Object.hasOwn(rows, name) ? attributeRows[name as AttributeName] : undefined;
    if (found === undefined)
      throw invalidRequest(`No attribute of PKCS#11 is called ${JSON.stringify(name)}`);
    if (!isKind[found.kind](value))
      throw invalidRequest(`The attribute ${name} must be of the kind ${found.kind}`);
    attributes.push({ type: found.number, value });
  }
  return attributes;
}

/** The number of an attribute. @throws a `Refusal` with `ERR_INVALID_ARGUMENT` for a name that is not in the table. */
export function attributeNumber(name: AttributeName): number {
  if (!Object.hasOwn(rows, name))
    throw invalidRequest(`No attribute of PKCS#11 is called ${JSON.stringify(name)}`);
  return attributeRows[name].number;
}
