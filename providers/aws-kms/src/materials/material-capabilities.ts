import { defineCapabilities, findAlgorithm } from '@keyway/core/driver';
import type { AlgorithmName, Capabilities, CapabilityRow, Operation } from '@keyway/core/driver';
import type { KmsFeature } from '../algorithms.ts';
import { createCapabilities } from '../capabilities.ts';

const reason =
  'The versions of this vault are key materials, which only symmetric encryption keys of KMS have';
const alternative = "a vault opened with versions: 'keys'";

/** What of one strategy the other one has not. */
const refused = ({ limits: _, ...row }: CapabilityRow): CapabilityRow => ({
  ...row,
  support: 'unsupported',
  by: 'driver',
  note: reason,
  alternative,
});

const isMaking = (operation: Operation): boolean => operation === 'createKey' || operation === 'importKey';

/** Symmetric keys that encrypt: of other sizes than 256 bits KMS has none anywhere, and says so itself. */
function isSymmetric({ keyType, size = 0 }: CapabilityRow): boolean {
  return (keyType === 'oct' || keyType === 'oct-HSM') && size <= 256;
}

/** What symmetric encryption keys could do: KMS has `provider`, and a reason of its own for the others. */
function isSymmetricEncryption(algorithm: AlgorithmName): boolean {
  const row = findAlgorithm(algorithm);
  return row?.kind === 'encryption' && row.family === 'oct';
}

/** Rotations on demand that KMS allows for a key in its life; the first version is none, and KMS's own are not counted. */
const perKey = { maxRotationsPerKey: 25 } as const;

function rowFor(row: CapabilityRow): CapabilityRow {
  const { operation, algorithm } = row;
  if (isMaking(operation)) return isSymmetric(row) ? row : refused(row);
  if (algorithm !== undefined) return isSymmetricEncryption(algorithm) ? row : refused(row);
  return operation === 'rotateKey' ? { ...row, support: 'native', limits: perKey } : row;
}

/**
 * What KMS can do where the versions of a key are its materials. There is one state, one set of dates and one set of tags
 * for all versions of a key, and of two rotations at once KMS tells nobody which came first.
 */
export function createMaterialCapabilities(without: readonly KmsFeature[] = []): Capabilities {
  const { supports: _, rows, state, members, limits, ...both } = createCapabilities(without);
  const perKeyState = Object.entries(state).map(([property, kept]) => [property, { ...kept, scope: 'key' }]);
  return defineCapabilities({
    ...both,
    rows: rows.map(rowFor),
    exclusive: 'none',
    state: Object.fromEntries(perKeyState) as Capabilities['state'],
    members: {
      ...members,
      createKey: withoutCurve(members.createKey),
      importKey: withoutCurve(members.importKey),
    },
    limits: { ...limits, maxTagsTotalBytes: 1024 },
  });
}

const withoutCurve = (names: readonly string[] = []): readonly string[] =>
  names.filter((name) => name !== 'curve');
