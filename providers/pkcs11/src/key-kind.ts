import type { AlgorithmName, KeyCurveName, KeyOperation, KeyType } from '@keyway/core/driver';

/** What the objects of a version are to be: a new version's request fits, and so does a record that was read. */
export interface KeyKind {
  readonly keyType: KeyType;
  readonly curve?: KeyCurveName | undefined;
  /** Bits of the RSA modulus or of the symmetric key. */
  readonly size?: number | undefined;
  readonly keyOperations: readonly KeyOperation[];
  readonly algorithm?: AlgorithmName | undefined;
  /** Whether the key can leave the token wrapped: for backups and for migration. */
  readonly backup?: boolean | undefined;
}
