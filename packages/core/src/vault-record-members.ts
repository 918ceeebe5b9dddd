import { algorithmRows } from './algorithms.ts';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { isEpochSeconds } from './dates.ts';
import { integrityError } from './errors.ts';
import type { EpochSeconds, PolicyRecord } from './key-driver.ts';
import { curves, keyOperations, keyTypes } from './key-types.ts';
import type { KeyReleasePolicy } from './models.ts';
import { checkName, checkRequestId, checkTags, checkVersion, isPlainObject } from './names-and-tags.ts';
import { checkRotationPolicy } from './rotation-policy.ts';
import type { RecordedVersion, StateBeforeDeletion, VaultRecord, VersionInMaking } from './vault-record.ts';

/** How a member stands in the text. `read` throws whatever it likes where the value is not acceptable. */
export interface MemberCodec<Value> {
  /** Name in the text: short, since the narrowest places hold few octets. */
  readonly as: string;
  write(value: Value): unknown;
  read(json: unknown): Value;
}

/** The members of a record but its version. */
export type Members = Omit<VaultRecord, 'v'>;
/** A codec for every member. */
export type MemberTable = { readonly [Member in keyof Members]-?: MemberCodec<NonNullable<Members[Member]>> };

const contractLimits = { maxPageSize: 1, maxTags: 10 };

function plain<Value>(as: string, read: (json: unknown) => Value): MemberCodec<Value> {
  return { as, write: (value) => value, read };
}

/** Ends reading where something is not as it must be. */
export function ensure(holds: boolean): void {
  if (!holds) throw integrityError();
}

function readFlag(json: unknown): boolean {
  ensure(typeof json === 'boolean');
  return json as boolean;
}

function readDate(json: unknown): EpochSeconds {
  ensure(isEpochSeconds(json));
  return json as EpochSeconds;
}

function readCount(json: unknown): number {
  ensure(Number.isSafeInteger(json) && (json as number) >= 0);
  return json as number;
}

function readText(json: unknown): string {
  ensure(typeof json === 'string' && json !== '' && json.length <= 2048 && json.isWellFormed());
  return json as string;
}

function readOctets(json: unknown): Uint8Array {
  const octets = typeof json === 'string' ? decodeBase64Url(json) : undefined;
  if (octets === undefined) throw integrityError();
  return octets;
}

function oneOf<Value extends string>(known: readonly Value[]): (json: unknown) => Value {
  return (json) => {
    const found = known.find((candidate) => candidate === json);
    if (found === undefined) throw integrityError();
    return found;
  };
}

function setOf<Value extends string>(known: readonly Value[]): (json: unknown) => readonly Value[] {
  const read = oneOf(known);
  return (json) => {
    ensure(Array.isArray(json) && new Set(json).size === json.length);
    return (json as unknown[]).map(read);
  };
}

/** An object with no member but these; what is undefined is left out. */
function members(json: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isPlainObject(json) || !Object.keys(json).every((member) => known.includes(member)))
    throw integrityError();
  return json;
}

function present<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
}

const releasePolicy: MemberCodec<KeyReleasePolicy> = {
  as: 'rel',
  write: (policy) =>
    present({ p: encodeBase64Url(policy.encodedPolicy), t: policy.contentType, i: policy.immutable }),
  read(json) {
    const { p, t, i } = members(json, ['p', 't', 'i']);
    return present({
      encodedPolicy: readOctets(p),
      contentType: t === undefined ? undefined : readText(t),
      immutable: i === undefined ? undefined : readFlag(i),
    });
  },
};

const rotationPolicy: MemberCodec<PolicyRecord> = {
  as: 'rot',
  write: ({ lifetimeActions, expiresIn, createdOn, updatedOn }) =>
    present({
      a: lifetimeActions.map((action) =>
        present({ d: action.action, c: action.timeAfterCreate, x: action.timeBeforeExpiry }),
      ),
      x: expiresIn,
      cr: createdOn,
      up: updatedOn,
    }),
  read(json) {
    const { a, x, cr, up } = members(json, ['a', 'x', 'cr', 'up']);
    ensure(Array.isArray(a));
    const lifetimeActions = (a as unknown[]).map((action) => {
      const given = members(action, ['d', 'c', 'x']);
      return { action: given['d'], timeAfterCreate: given['c'], timeBeforeExpiry: given['x'] };
    });
    const createdOn = cr === undefined ? undefined : readDate(cr);
    const updatedOn = up === undefined ? undefined : readDate(up);
    return present({ ...checkRotationPolicy({ lifetimeActions, expiresIn: x }), createdOn, updatedOn });
  },
};

const stateBeforeDeletion: MemberCodec<StateBeforeDeletion> = {
  as: 'was',
  write: ({ enabled, current }) => present({ e: enabled, c: current }),
  read(json) {
    const { e, c } = members(json, ['e', 'c']);
    return present({ enabled: readFlag(e), current: c === undefined ? undefined : readFlag(c) });
  },
};

const optional = <Value>(json: unknown, read: (json: unknown) => Value): Value | undefined =>
  json === undefined ? undefined : read(json);

const versions: MemberCodec<readonly RecordedVersion[]> = {
  as: 'vs',
  write: (list) =>
    list.map(({ version, createdOn, requestId }) => present({ i: version, c: createdOn, r: requestId })),
  read(json) {
    ensure(Array.isArray(json));
    return (json as unknown[]).map((each) => {
      const { i, c, r } = members(each, ['i', 'c', 'r']);
      return present({
        version: checkVersion(i),
        createdOn: optional(c, readDate),
        requestId: optional(r, checkRequestId),
      });
    });
  },
};

const making: MemberCodec<VersionInMaking> = {
  as: 'mk',
  write: ({ after, startedOn, requestId }) => present({ a: after, s: startedOn, r: requestId }),
  read(json) {
    const { a, s, r } = members(json, ['a', 's', 'r']);
    return present({
      after: checkVersion(a),
      startedOn: readDate(s),
      requestId: optional(r, checkRequestId),
    });
  },
};

const spkiDigest: MemberCodec<Uint8Array> = {
  as: 'spki',
  write: encodeBase64Url,
  read(json) {
    const digest = readOctets(json);
    ensure(digest.length === 32);
    return digest;
  },
};

/**
 * Every member with its name in the text and its form. Adding one is adding a line here and in the interface.
 */
export const vaultRecordMembers: MemberTable = {
  name: plain('n', (json) => checkName(json, false)),
  version: plain('ver', checkVersion),
  sourceId: plain('src', readText),
  sequence: plain('seq', readCount),
  current: plain('cur', checkVersion),
  versions,
  making,
  keyType: plain('kty', oneOf(keyTypes)),
  size: plain('bits', readCount),
  curve: plain('crv', oneOf(Object.values(curves).map((row) => row.name))),
  algorithms: plain('alg', setOf(algorithmRows.map((row) => row.name))),
  keyOperations: plain('ops', setOf(keyOperations)),
  enabled: plain('on', readFlag),
  notBefore: plain('nbf', readDate),
  expiresOn: plain('exp', readDate),
  createdOn: plain('iat', readDate),
  updatedOn: plain('upd', readDate),
  tags: plain('tags', (json) => checkTags(json, contractLimits)),
  exportable: plain('out', readFlag),
  releasePolicy,
  backup: plain('bak', readFlag),
  rotationPolicy,
  requestId: plain('req', checkRequestId),
  spkiDigest,
  stateBeforeDeletion,
  deletedOn: plain('del', readDate),
  scheduledPurgeDate: plain('purge', readDate),
};
