import type { KeyUse } from '@keyway/core/driver';
import type { TokenFeatures } from './token-features.ts';
import type { Token } from './token/token.ts';

/** What making and using keys needs of an open vault. */
export interface TokenAccess {
  readonly token: Token;
  /** What the probes have found. */
  readonly features: TokenFeatures;
  /** Whether private keys may come in as plain attributes, where the token cannot unwrap them. */
  readonly plainImport: boolean;
  /** Which signatures are verified in this process before they are given out. */
  readonly checkSignatures: 'none' | 'rsa' | 'all';
  /** The CKA_ID of the objects of a version: made from its name, or that of a key that was adopted. */
  objectId(use: Pick<KeyUse, 'name' | 'version'>): Uint8Array | Promise<Uint8Array>;
}

/** Where the objects of a version are, or are to be. */
export interface ObjectPlace {
  /** CKA_ID, the same on the private, the public and the secret object. */
  readonly id: Uint8Array;
  /** CKA_LABEL, for people. */
  readonly label: string;
}
