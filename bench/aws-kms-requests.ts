/** Requests that one operation makes of KMS, by KMS's own operations. */
export interface RequestsOfOperation {
  readonly operation: string;
  readonly requests: Readonly<Record<string, number>>;
  /** Most of them under way at once, where that is counted. */
  readonly atOnce?: number;
}

/** Keys of which a list is counted. */
export const listedKeys = 12;

/**
 * What each operation costs, counted in front of local-kms: the benchmark holds only if it counts the same, and the page of
 * the vault shows it. "First" is with a vault that was just opened, "again" within the time that a key's state is believed.
 */
export const awsKmsRequests: readonly RequestsOfOperation[] = [
  {
    operation: 'getCryptographyClient and sign, first',
    requests: { DescribeKey: 1, GetPublicKey: 1, Sign: 1 },
  },
  { operation: 'sign, again', requests: { Sign: 1 } },
  { operation: 'getCryptographyClient, again', requests: { DescribeKey: 1 } },
  { operation: 'getCryptographyClient and verify, first', requests: { DescribeKey: 1, GetPublicKey: 1 } },
  { operation: 'verify, again', requests: {} },
  {
    operation: 'getCryptographyClient and encrypt, symmetric, first',
    requests: { DescribeKey: 1, Encrypt: 1 },
  },
  { operation: 'encrypt, symmetric, again', requests: { Encrypt: 1 } },
  { operation: 'decrypt, symmetric, again', requests: { Decrypt: 1 } },
  { operation: 'open, with the account given', requests: {} },
  { operation: 'getKey, first', requests: { DescribeKey: 1, GetPublicKey: 1 } },
  { operation: 'getKey, again', requests: { DescribeKey: 1 } },
  {
    operation: `listPropertiesOfKeys, ${listedKeys} keys on one page`,
    requests: { DescribeKey: 12, ListAliases: 1 },
    atOnce: 10,
  },
  { operation: 'getRandomBytes', requests: { GenerateRandom: 1 } },
  {
    operation: 'createKey, a new name',
    requests: { CreateAlias: 2, CreateKey: 1, DescribeKey: 4, GetPublicKey: 1 },
  },
  {
    operation: 'createKey, the next version',
    requests: { CreateAlias: 1, CreateKey: 1, DescribeKey: 4, GetPublicKey: 1, UpdateAlias: 1 },
  },
  {
    operation: 'rotateKey',
    requests: { CreateAlias: 1, CreateKey: 1, DescribeKey: 7, GetPublicKey: 1, UpdateAlias: 1 },
  },
  { operation: 'listPropertiesOfKeyVersions, 3 versions', requests: { DescribeKey: 4 } },
  { operation: 'updateKeyProperties, tags', requests: { DescribeKey: 2, UpdateKeyDescription: 1 } },
  {
    operation: 'updateKeyProperties, enabled',
    requests: { DescribeKey: 2, DisableKey: 1, UpdateKeyDescription: 1 },
  },
  {
    operation: 'beginDeleteKey, 3 versions',
    requests: { CreateAlias: 1, DescribeKey: 10, ScheduleKeyDeletion: 3, UpdateKeyDescription: 3 },
  },
  { operation: 'getDeletedKey', requests: { DescribeKey: 1 } },
  {
    operation: 'beginRecoverDeletedKey, 3 versions',
    requests: { CancelKeyDeletion: 3, DescribeKey: 5, EnableKey: 2, UpdateKeyDescription: 3 },
  },
];
