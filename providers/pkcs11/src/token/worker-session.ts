import type { AttributeName, Attributes, Template } from './attributes.ts';
import type { Mechanism } from './mechanism.ts';
import type { TokenStanding } from './token-standing.ts';
import type { ObjectLocator } from './token.ts';

/** A new key pair. */
export interface KeyPairHandles {
  readonly publicKey: bigint;
  readonly privateKey: bigint;
}

/**
 * What a job works with inside a worker: one logged-in session that it has for itself. Every method is one native
 * operation, synchronous, and throws a `TokenError`; templates and mechanisms are checked before they go to native code.
 */
export interface WorkerSession {
  /** The handle of an object: kept from before, or looked up now. */
  locate(object: ObjectLocator): bigint;
  find(template: Template, limit?: number): bigint[];
  /** Looks at objects while no other process changes any, where the token wants that. */
  quietly<Result>(look: () => Result): Result;
  /** Attributes that the token does not know, does not tell or that are empty numbers are absent. */
  read<Name extends AttributeName>(object: bigint, names: readonly Name[]): Pick<Attributes, Name>;
  create(template: Template): bigint;
  copy(object: bigint, template: Template): bigint;
  set(object: bigint, template: Template): void;
  destroy(object: bigint): void;
  generateKey(mechanism: Mechanism, template: Template): bigint;
  generateKeyPair(mechanism: Mechanism, publicTemplate: Template, privateTemplate: Template): KeyPairHandles;
  wrap(mechanism: Mechanism, wrappingKey: bigint, key: bigint): Uint8Array;
  unwrap(mechanism: Mechanism, unwrappingKey: bigint, wrapped: Uint8Array, template: Template): bigint;
  /** `size` is the room for the answer; default: enough for every classical and ML-DSA signature. */
  sign(mechanism: Mechanism, key: bigint, data: Uint8Array, size?: number): Uint8Array;
  verify(mechanism: Mechanism, key: bigint, data: Uint8Array, signature: Uint8Array): boolean;
  /** `iv` is set for GCM: the one that the token used. */
  encrypt(mechanism: Mechanism, key: bigint, data: Uint8Array): { octets: Uint8Array; iv?: Uint8Array };
  decrypt(mechanism: Mechanism, key: bigint, data: Uint8Array): Uint8Array;
  random(length: number): Uint8Array;
  standing(): TokenStanding;
  /** Destroys the session object when the job ends, however it ends. Gives it back, so that a creation can stand inside. */
  temporary(object: bigint): bigint;
}
