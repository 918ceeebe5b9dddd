import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { integrityError } from '@keyway/core/driver';
import { openBytes, sealBytes } from './sealing.ts';

/** A data key of a vault, in the two keys that are used: rows name the generation under which they are sealed. */
export interface DataKey {
  readonly generation: number;
  readonly sealKey: Uint8Array;
  readonly macKey: Uint8Array;
}

const encoder = new TextEncoder();

function derive(secret: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, 32));
}

/** Splits a data key of 32 octets into its uses. The caller zeroes `secret`. */
export function createDataKey(generation: number, secret: Uint8Array): DataKey {
  return {
    generation,
    sealKey: derive(secret, 'keyway-local seal 1'),
    macKey: derive(secret, 'keyway-local authenticate 1'),
  };
}

/** Overwrites a data key. */
export function zeroDataKey(key: DataKey): void {
  key.sealKey.fill(0);
  key.macKey.fill(0);
}

/** What a sealed thing of a vault is, as octets to be authenticated with it: it opens nowhere else. */
export function placeOf(
  identity: string,
  kind: string,
  ...address: readonly (string | number)[]
): Uint8Array {
  return encoder.encode(JSON.stringify(['keyway-local 1', identity, kind, ...address]));
}

/** Seals the material of a version to its place. */
export function sealMaterial(
  key: DataKey,
  identity: string,
  at: { readonly name: string; readonly version: string },
  octets: Uint8Array,
): Uint8Array {
  return sealBytes(key.sealKey, octets, placeOf(identity, 'material', at.name, at.version));
}

/** Opens the material of a version. The caller zeroes the result. @throws ERR_INTEGRITY */
export function openMaterial(
  key: DataKey,
  identity: string,
  at: { readonly name: string; readonly version: string },
  sealed: Uint8Array,
): Uint8Array {
  return openBytes(key.sealKey, sealed, placeOf(identity, 'material', at.name, at.version));
}

/** What is authenticated of a row: a JSON array is its own unambiguous encoding. */
export type Fields = readonly (string | number | null)[];

/** The authentication code of a row: HMAC-SHA-256 over the vault, the kind of row, the generation and its columns. */
export function authenticate(key: DataKey, identity: string, kind: string, fields: Fields): Uint8Array {
  const text = JSON.stringify(['keyway-local 1', identity, kind, key.generation, ...fields]);
  return createHmac('sha256', key.macKey).update(text).digest();
}

/** Checks the authentication code of a row. @throws ERR_INTEGRITY */
export function checkCode(
  key: DataKey,
  identity: string,
  kind: string,
  fields: Fields,
  mac: Uint8Array,
): void {
  const expected = authenticate(key, identity, kind, fields);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) throw integrityError();
}
