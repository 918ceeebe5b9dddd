import type * as pkcs11 from 'pkcs11js';
import type { GcmParameter, Mechanism, OaepParameter, PssParameter } from './mechanism.ts';
import { invalidRequest } from './refusal.ts';

/** The binding's own numbers of its parameter structures (CK_PARAMS_ in pkcs11js). */
const structures = { oaep: 4, pss: 5, gcm: 7 } as const;

/** CKZ_DATA_SPECIFIED */
const dataSpecified = 1;

const maxUlong = 0xffff_ffff;

const isUlong = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxUlong;

function ulong(value: number, what: string): number {
  if (!isUlong(value)) throw invalidRequest(`${what} must be a whole number that fits CK_ULONG`);
  return value;
}

/** No octets, with memory: without it the binding makes a null pointer, which some tokens take for a bad argument. */
const noOctets = Buffer.alloc(1).subarray(0, 0);

/** The binding takes any view of octets, which its types do not say. */
export function nativeOctets(octets: Uint8Array, what: string): Buffer {
  if (!(octets instanceof Uint8Array)) throw invalidRequest(`${what} must be a Uint8Array`);
  return octets.length === 0 ? noOctets : (octets as Buffer);
}

function gcm(parameter: GcmParameter): object {
  const iv = nativeOctets(parameter.iv, 'The IV');
  const tagBits = ulong(parameter.tagBits, 'tagBits');
  const aad =
    parameter.additionalData === undefined
      ? {}
      : { aad: nativeOctets(parameter.additionalData, 'additionalData') };
  const ivBits = ulong(parameter.ivBits ?? iv.length * 8, 'ivBits');
  return { type: structures.gcm, iv, ivBits, tagBits, ...aad };
}

function oaep(parameter: OaepParameter): object {
  const { label } = parameter;
  return {
    type: structures.oaep,
    hashAlg: ulong(parameter.hash, 'hash'),
    mgf: ulong(parameter.mgf, 'mgf'),
    source: dataSpecified,
    ...(label === undefined || label.length === 0 ? {} : { sourceData: nativeOctets(label, 'label') }),
  };
}

function pss(parameter: PssParameter): object {
  return {
    type: structures.pss,
    hashAlg: ulong(parameter.hash, 'hash'),
    mgf: ulong(parameter.mgf, 'mgf'),
    saltLen: ulong(parameter.saltLength, 'saltLength'),
  };
}

function structure(parameter: GcmParameter | OaepParameter | PssParameter): object {
  switch (parameter.kind) {
    case 'gcm':
      return gcm(parameter);
    case 'oaep':
      return oaep(parameter);
    case 'pss':
      return pss(parameter);
    default:
      throw invalidRequest('The parameter of a mechanism must be octets, a number, or of a known kind');
  }
}

function nativeParameter(parameter: NonNullable<Mechanism['parameter']>): object | number {
  if (typeof parameter === 'number') return ulong(parameter, 'The parameter');
  if (parameter instanceof Uint8Array) return nativeOctets(parameter, 'The parameter');
  if (typeof parameter !== 'object')
    throw invalidRequest('The parameter of a mechanism must be octets or a number');
  return structure(parameter);
}

/**
 * Turns a mechanism into what the binding takes. The binding hands raw pointers into the buffers on: whoever calls must
 * keep the result alive until the operation has ended.
 */
export function nativeMechanism(mechanism: Mechanism): pkcs11.Mechanism {
  if (typeof mechanism !== 'object' || mechanism === null || !isUlong(mechanism.type))
    throw invalidRequest('A mechanism must have a type that fits CK_ULONG');
  const { type, parameter } = mechanism;
  const native =
    parameter === undefined
      ? { mechanism: type }
      : { mechanism: type, parameter: nativeParameter(parameter) };
  return native as pkcs11.Mechanism;
}
