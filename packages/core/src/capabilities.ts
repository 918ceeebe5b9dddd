import { findAlgorithm } from './algorithms.ts';
import type { AlgorithmName } from './algorithms.ts';
import { curves, isHardwareKeyType } from './key-types.ts';
import type { KeyCurveName, KeyType } from './key-types.ts';
import { operations } from './operations.ts';
import type { Operation } from './operations.ts';

/** `native`: the vault's own feature. `emulated`: built on others, with the documented meaning. `unsupported`: refused. */
export type Support = 'native' | 'emulated' | 'unsupported';

/** One statement about what a vault can do. A member that is absent is not restricted. */
export interface CapabilityRow {
  readonly operation: Operation;
  readonly algorithm?: AlgorithmName | undefined;
  readonly keyType?: KeyType | undefined;
  /** Bits: RSA modulus or symmetric key. */
  readonly size?: number | undefined;
  readonly curve?: KeyCurveName | undefined;
  readonly hardware?: boolean | undefined;
  readonly support: Support;
  /** Who does it: the driver at the vault, or core on top of it. */
  readonly by: 'driver' | 'core';
  /** Limits as numbers with their unit in the name, for example `{ maxBytes: 4096 }`. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Unsupported: the reason, as a sentence without a full stop. */
  readonly note?: string | undefined;
  /** Unsupported: what to use instead. */
  readonly alternative?: string | undefined;
}

/** Who stops a use that a property forbids, and how exactly. */
export interface StateEnforcement {
  /** Whether the vault keeps it for each version or for the key as a whole. */
  readonly scope: 'version' | 'key';
  /** `library`: only callers that come through Keyway are stopped. */
  readonly enforcement: 'service' | 'token' | 'library';
  /** How long, in milliseconds, until everybody sees a change. 0: at once. */
  readonly propagationMs: number;
}

/** The properties whose enforcement is stated. */
export type EnforcedProperty = 'enabled' | 'notBefore' | 'expiresOn' | 'keyOperations' | 'deleted';

/** What a driver states about its vault; {@link defineCapabilities} makes it queryable. */
export interface CapabilityData {
  readonly rows: readonly CapabilityRow[];
  /** `atomic`: two callers never both claim the next version. `none`: two rotations at once may make two versions. */
  readonly exclusive: 'atomic' | 'none';
  /** `any`: a key may hold any set of operations. `one`: it either signs, or encrypts and wraps. */
  readonly usage: 'any' | 'one';
  /** Whether the vault may hold keys that other software made; core then reads before it changes anything. */
  readonly externalKeys: boolean;
  /** Whether a purged name can be used again. */
  readonly nameReuse: 'free' | 'sameUsage' | 'never';
  readonly state: Readonly<Record<EnforcedProperty, StateEnforcement>>;
  /**
   * What becomes of a request id. `replayed`: repeating it gives the first result. `stored`: it can be read back from the
   * version. `none`: the vault has no field for it.
   */
  readonly requestId: Readonly<
    Record<'createKey' | 'importKey' | 'rotateKey' | 'restoreKeyBackup', 'replayed' | 'stored' | 'none'>
  >;
  /** `always`: every key can be backed up. `asked`: those created with `backup: true`. `never`: none. */
  readonly backup: 'always' | 'asked' | 'never';
  /** Whether a restored key brings its rotation policy along. */
  readonly restoresPolicy: boolean;
  /** Whether rotation, once due, is run by the vault itself or by `rotateDueKeys`. */
  readonly rotationRunBy: 'vault' | 'caller';
  /** The encoding in which the driver gives and takes ECDSA signatures; core converts. */
  readonly signatureEncoding: 'p1363' | 'der';
  /** The form in which the driver takes an encryption context; `none` where it takes none. */
  readonly context: 'map' | 'bytes' | 'none';
  /**
   * Members of requests that the driver knows beyond those every driver must know. Core never sends another one: it
   * refuses the call, so that an older driver cannot drop what it does not understand.
   */
  readonly members: Readonly<Partial<Record<Operation, readonly string[]>>>;
  readonly limits: {
    readonly maxPageSize: number;
    readonly maxTags: number;
    /** Octets of all tags together, keys and values, in UTF-8; absent where there is no total. */
    readonly maxTagsTotalBytes?: number;
  };
}

/** A question about capabilities; members left out are not restricted. */
export interface CapabilityQuery {
  readonly operation: Operation;
  readonly algorithm?: AlgorithmName | undefined;
  readonly keyType?: KeyType | undefined;
  readonly size?: number | undefined;
  readonly curve?: KeyCurveName | undefined;
  readonly hardware?: boolean | undefined;
}

/** The answer to a {@link CapabilityQuery}. */
export interface CapabilityAnswer {
  readonly support: Support;
  readonly by: 'driver' | 'core' | undefined;
  readonly limits: Readonly<Record<string, number>>;
  /** Why not, where it is unsupported. */
  readonly reason: string | undefined;
  readonly alternative: string | undefined;
}

/** What a vault can do: frozen data, computed when the vault is opened. */
export interface Capabilities extends CapabilityData {
  /** Answers from the rows: the most specific row that fits decides; where none fits, it is unsupported. */
  supports(query: CapabilityQuery): CapabilityAnswer;
}

const queryMembers = ['algorithm', 'keyType', 'size', 'curve', 'hardware'] as const;

/** How many members of the row the query confirms, or -1 where one contradicts it. */
function specificity(row: CapabilityRow, query: CapabilityQuery): number {
  let confirmed = 0;
  for (const member of queryMembers) {
    const wanted = row[member];
    if (wanted === undefined) continue;
    const asked = query[member];
    if (asked === undefined) continue;
    if (asked !== wanted) return -1;
    confirmed++;
  }
  return confirmed;
}

/** A query with what follows from its own members: the key type says hardware, the algorithm says the curve. */
function completed(query: CapabilityQuery): CapabilityQuery {
  const row = query.algorithm === undefined ? undefined : findAlgorithm(query.algorithm);
  const hardware =
    query.hardware ?? (query.keyType === undefined ? undefined : isHardwareKeyType(query.keyType));
  const curve = query.curve ?? (row?.kind === 'signature' ? row.curve : undefined);
  const size =
    query.size ?? (curve !== undefined ? undefined : row?.kind === 'encryption' ? row.size : undefined);
  return { ...query, algorithm: row?.name ?? query.algorithm, hardware, curve, size };
}

function describe(query: CapabilityQuery): string {
  const parts = [
    query.algorithm,
    query.keyType,
    query.curve,
    query.size === undefined ? undefined : `${query.size} bits`,
  ];
  const detail = parts.filter((part) => part !== undefined).join(', ');
  return detail === '' ? query.operation : `${query.operation} (${detail})`;
}

/** Of rows equally specific, a supported one wins where the query leaves open what separates them. */
function bestRow(rows: readonly CapabilityRow[], query: CapabilityQuery): CapabilityRow | undefined {
  let best: CapabilityRow | undefined;
  let score = -1;
  for (const row of rows) {
    const specific = specificity(row, query);
    if (specific < 0 || specific < score) continue;
    if (specific > score || best?.support === 'unsupported') best = row;
    score = specific;
  }
  return best;
}

/** Makes capabilities out of a driver's statements: checks, freezes and indexes them. */
export function defineCapabilities(data: CapabilityData): Capabilities {
  const byOperation = new Map<Operation, CapabilityRow[]>(operations.map((operation) => [operation, []]));
  for (const row of data.rows) {
    const rows = byOperation.get(row.operation);
    if (rows === undefined) throw new TypeError(`Capability row for an unknown operation: ${row.operation}`);
    if (row.algorithm !== undefined && findAlgorithm(row.algorithm)?.name !== row.algorithm) {
      throw new TypeError(`Capability row for an unknown algorithm: ${row.algorithm}`);
    }
    if (row.curve !== undefined && !(row.curve in curves)) throw new TypeError(`Unknown curve: ${row.curve}`);
    if (row.support === 'unsupported' && row.note === undefined) {
      throw new TypeError(`An unsupported capability needs a reason: ${describe(row)}`);
    }
    rows.push({ ...row });
  }
  function supports(query: CapabilityQuery): CapabilityAnswer {
    const asked = completed(query);
    const row = bestRow(byOperation.get(query.operation) ?? [], asked);
    if (row === undefined || row.support === 'unsupported') {
      return {
        support: 'unsupported',
        by: undefined,
        limits: {},
        reason: row?.note ?? `This vault does not offer ${describe(query)}`,
        alternative: row?.alternative,
      };
    }
    return {
      support: row.support,
      by: row.by,
      limits: row.limits ?? {},
      reason: undefined,
      alternative: undefined,
    };
  }
  return deepFreeze({ ...data, rows: [...byOperation.values()].flat(), supports });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
