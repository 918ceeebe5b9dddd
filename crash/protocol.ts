import type { JsonWebKey } from '@keyway/core';

/** The kinds of changes that are killed. */
export const changeKinds = [
  'create',
  'import',
  'rotate',
  'update',
  'delete',
  'recover',
  'purge',
  'restore',
  're-seal',
] as const;

/** A kind of change. */
export type ChangeKind = (typeof changeKinds)[number];

/** Sorts of keys that the writers make. */
export type KeySort = 'EC' | 'OKP' | 'oct';

/** What a writer is told to do. `backup` changes nothing; the parent keeps what it gives. */
export interface Order {
  readonly id: number;
  readonly kind: ChangeKind | 'backup';
  readonly name: string;
  readonly sort: KeySort;
  /** Goes into the tag `op` of what the order makes or updates. */
  readonly marker: string;
  /** `update`: the new state. */
  readonly enabled: boolean;
  /** `import`: the key. */
  readonly material?: JsonWebKey | undefined;
  /** `restore`: what a former `backup` gave. */
  readonly backup?: Uint8Array | undefined;
  /** `re-seal`: the key file that seals the vault from now on; without it the data key is replaced, and every row sealed anew. */
  readonly keyFile?: string | undefined;
  /** The writer will be killed at it. Only the unsafe variant looks at this. */
  readonly struck?: boolean | undefined;
}

/** How a writer is started. */
export interface WriterSetup {
  readonly file: string;
  readonly keyFile: string;
  /** Test only: orders that are struck at are answered before their change is on the disk. */
  readonly unsafe: boolean;
}

/** What a writer tells its parent. `done` is the acknowledgement. */
export type WriterMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'started'; readonly id: number }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly version?: string | undefined;
      readonly backup?: Uint8Array | undefined;
    }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
