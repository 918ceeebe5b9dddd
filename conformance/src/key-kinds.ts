import type {
  AlgorithmRow,
  CapabilityQuery,
  KeyCurveName,
  KeyFamily,
  KeyShapeOptions,
  NewVersionOptions,
} from '@keyway/core';

/** A kind of key that the contract knows: what to ask for, and what must come. */
export interface KeyKind {
  /** Part of case ids. */
  readonly id: string;
  readonly family: KeyFamily;
  readonly size?: number;
  readonly curve?: KeyCurveName;
  /** AKP: the algorithm that the key is of. */
  readonly parameterSet?: `ML-DSA-${44 | 65 | 87}`;
}

/** Every kind, as rows. */
export const keyKinds: readonly KeyKind[] = [
  { id: 'rsa-2048', family: 'RSA', size: 2048 },
  { id: 'rsa-3072', family: 'RSA', size: 3072 },
  { id: 'rsa-4096', family: 'RSA', size: 4096 },
  { id: 'p-256', family: 'EC', curve: 'P-256' },
  { id: 'p-384', family: 'EC', curve: 'P-384' },
  { id: 'p-521', family: 'EC', curve: 'P-521' },
  { id: 'p-256k', family: 'EC', curve: 'P-256K' },
  { id: 'ed25519', family: 'OKP', curve: 'Ed25519' },
  { id: 'oct-128', family: 'oct', size: 128 },
  { id: 'oct-192', family: 'oct', size: 192 },
  { id: 'oct-256', family: 'oct', size: 256 },
  { id: 'oct-384', family: 'oct', size: 384 },
  { id: 'oct-512', family: 'oct', size: 512 },
  { id: 'ml-dsa-44', family: 'AKP', parameterSet: 'ML-DSA-44' },
  { id: 'ml-dsa-65', family: 'AKP', parameterSet: 'ML-DSA-65' },
  { id: 'ml-dsa-87', family: 'AKP', parameterSet: 'ML-DSA-87' },
];

/** The kind of an id. */
export function kindOf(id: string): KeyKind {
  const kind = keyKinds.find((candidate) => candidate.id === id);
  if (kind === undefined) throw new Error(`Unknown kind of key: ${id}`);
  return kind;
}

/** The smallest kind of key that an algorithm fits. */
export function kindFor(row: AlgorithmRow): KeyKind {
  const kind = keyKinds.find((candidate) => {
    if (candidate.family !== row.family) return false;
    if (row.family === 'AKP') return candidate.parameterSet === row.name;
    if (row.kind === 'signature') {
      return row.curve === candidate.curve && (candidate.size ?? 0) >= (row.minSize ?? 0);
    }
    return (row.size ?? (row.mode === 'provider' ? 256 : candidate.size)) === candidate.size;
  });
  if (kind === undefined) throw new Error(`No kind of key fits ${row.name}`);
  return kind;
}

/** The question whether keys of a kind can be created or imported. */
export function kindQuery(
  operation: 'createKey' | 'importKey',
  kind: KeyKind,
  hardware = false,
): CapabilityQuery {
  return {
    operation,
    keyType: hardware ? `${kind.family}-HSM` : kind.family,
    ...(kind.size === undefined ? {} : { size: kind.size }),
    ...(kind.curve === undefined ? {} : { curve: kind.curve }),
    ...(kind.parameterSet === undefined ? {} : { algorithm: kind.parameterSet }),
  };
}

/** The ways in which a key of a kind can come into the vault, best first. */
export function anyKeyOf(kind: KeyKind): { readonly anyOf: readonly CapabilityQuery[] } {
  return {
    anyOf: [
      kindQuery('createKey', kind),
      kindQuery('importKey', kind),
      kindQuery('createKey', kind, true),
      kindQuery('importKey', kind, true),
    ],
  };
}

/** The ways in which a key made outside can come into the vault. */
export function importOf(kind: KeyKind): { readonly anyOf: readonly CapabilityQuery[] } {
  return { anyOf: [kindQuery('importKey', kind), kindQuery('importKey', kind, true)] };
}

/** The options that ask for a kind. */
export function shapeOptions(kind: KeyKind): KeyShapeOptions & Pick<NewVersionOptions, 'algorithm'> {
  return {
    ...(kind.size === undefined ? {} : { size: kind.size }),
    ...(kind.curve === undefined ? {} : { curve: kind.curve }),
    ...(kind.parameterSet === undefined ? {} : { algorithm: kind.parameterSet }),
  };
}
