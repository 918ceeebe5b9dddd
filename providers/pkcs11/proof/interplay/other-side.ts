import type { InterplayKey } from './interplay-keys.ts';
import type { InterplayMethod } from './interplay-methods.ts';

/** A method at work with a key. */
export interface Use {
  readonly method: InterplayMethod;
  readonly key: InterplayKey;
}

/** A ciphertext in its parts. */
export interface Sealed {
  readonly ciphertext: Buffer;
  readonly iv: Buffer | undefined;
  readonly authenticationTag: Buffer | undefined;
}

/** Another program that uses the keys. Signatures of ECDSA are `r ‖ s`. What it cannot do throws. */
export interface Other {
  sign(use: Use, data: Buffer): Promise<Buffer>;
  verify(use: Use, data: Buffer, signature: Buffer): Promise<boolean>;
  encrypt(use: Use, plaintext: Buffer): Promise<Sealed>;
  decrypt(use: Use, sealed: Sealed): Promise<Buffer>;
  wrap(use: Use, octets: Buffer): Promise<Buffer>;
  /** Whether a wrapped key is these octets. */
  unwrapsTo(use: Use, wrapped: Buffer, octets: Buffer): Promise<boolean>;
}
