import type { AlgorithmName, JsonWebKey } from '@keyway/core';

interface Published {
  /** `document/example`, for example `rfc3394/4.1`. */
  readonly id: string;
  /** Where it stands. */
  readonly source: string;
  /** Private or symmetric key of the example. */
  readonly key: JsonWebKey;
}

/** A signature or MAC that a document publishes. Octets in hexadecimal, as in all known answers. */
export interface SignatureAnswer extends Published {
  readonly kind: 'signature';
  readonly algorithm: AlgorithmName;
  readonly data: string;
  /** ECDSA: IEEE P1363. */
  readonly signature: string;
  /** Whether signing again must give the same octets. */
  readonly deterministic: boolean;
  /** `rfc6979`: the nonce is derived, which a vault may do but need not. */
  readonly nonce?: 'rfc6979' | undefined;
}

/** A ciphertext that a document publishes. */
export interface EncryptionAnswer extends Published {
  readonly kind: 'encryption';
  readonly algorithm: AlgorithmName;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly iv: string;
  readonly tag?: string | undefined;
  readonly aad?: string | undefined;
  /** Whether encrypting again with the same IV must give the same octets; never for GCM, where the vault makes the IV. */
  readonly reproducible: boolean;
}

/** A wrapped key that a document publishes. */
export interface WrapAnswer extends Published {
  readonly kind: 'wrap';
  readonly algorithm: AlgorithmName;
  readonly secret: string;
  readonly wrapped: string;
  /** Whether wrapping again must give the same octets: AES key wrap, but not RSA. */
  readonly reproducible: boolean;
}

/** AES key wrap with padding: no algorithm of the contract, but the inner half of every released key. */
interface PaddedWrapAnswer extends Published {
  readonly kind: 'padded-wrap';
  readonly secret: string;
  readonly wrapped: string;
}

/** One known answer. */
export type KnownAnswer = SignatureAnswer | EncryptionAnswer | WrapAnswer | PaddedWrapAnswer;
