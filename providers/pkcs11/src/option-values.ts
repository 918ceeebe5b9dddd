import { invalidArgument } from '@keyway/core/driver';
import type { Pkcs11Options } from './options.ts';

type Check = (value: unknown, name: string) => void;

function checkString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
  if (value.isWellFormed() && !value.includes('\0')) return value;
  throw invalidArgument(`${name} must be well-formed text`);
}

/** Text of a member of CK_TOKEN_INFO and the like, which are of so many octets. */
const octets =
  (most: number): Check =>
  (value, name) => {
    if (Buffer.byteLength(checkString(value, name)) <= most) return;
    throw invalidArgument(`${name} has at most ${most} octets`);
  };

const path: Check = (value, name) => {
  if (checkString(value, name) === '') throw invalidArgument(`${name} must not be empty`);
};

const whole =
  (least: number, most: number): Check =>
  (value, name) => {
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw invalidArgument(`${name} must be a whole number from ${least} to ${most}`);
  };

const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`);
};

const oneOf =
  (...known: readonly string[]): Check =>
  (value, name) => {
    if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
    if (!known.includes(value)) throw invalidArgument(`${name} must be ${known.join(' or ')}`);
  };

const slot: Check = (value, name) => {
  if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint`);
  if (value < 0n || value >= 2n ** 64n) throw invalidArgument(`${name} must be a number of at most 64 bits`);
};

/** It is a part of labels and of the keys of records. */
const namespace: Check = (value, name) => {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(checkString(value, name))) return;
  throw invalidArgument(`${name} must be 1 to 40 letters, digits, _ and -`);
};

const version: Check = (value, name) => {
  const { major, minor } = (value ?? {}) as { readonly major?: unknown; readonly minor?: unknown };
  if (Number.isInteger(major) && Number.isInteger(minor)) return;
  throw new TypeError(`${name} must have the numbers major and minor`);
};

const pin: Check = (value) => {
  if (typeof value === 'function') return;
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new TypeError('pin must be a string, octets or a function');
  }
  if (value.length === 0) throw invalidArgument('pin must not be empty');
};

const records: Check = (value) => {
  if (value === 'token') return;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError("records must be 'token', { file } or a store");
  }
  if ('file' in value) path(value.file, 'records.file');
  else if (!('read' in value && 'write' in value && 'list' in value)) {
    throw new TypeError("records must be 'token', { file } or a store");
  }
};

/** What checks each option. */
export const optionChecks: Readonly<Record<keyof Pkcs11Options, Check>> = {
  module: path,
  moduleName: path,
  libraryParameters: path,
  token: octets(32),
  serial: octets(16),
  manufacturer: octets(32),
  model: octets(16),
  slotId: slot,
  slotDescription: octets(64),
  libraryManufacturer: octets(32),
  libraryDescription: octets(32),
  libraryVersion: version,
  pin,
  pinFile: path,
  hardware: flag,
  allowPinValue: flag,
  namespace,
  records,
  retentionDays: whole(7, 90),
  purgeProtection: flag,
  probeCache: path,
  plainImport: flag,
  checkSignatures: oneOf('none', 'rsa', 'all'),
  workers: whole(1, 1024),
  maxQueue: whole(1, 1_000_000),
};
