import type { Template } from './attributes.ts';
import type { Job } from './jobs.ts';
import type { Mechanism } from './mechanism.ts';
import type { ObjectLocator } from './token.ts';
import type { WorkerSession } from './worker-session.ts';

/** A session key of AES-256 for one job: it may do one thing. CKO_SECRET_KEY is 4, CKK_AES 0x1f. */
function passingKey(usage: Template): Template {
  return {
    class: 4,
    keyType: 0x1f,
    token: false,
    private: true,
    sensitive: true,
    encrypt: false,
    decrypt: false,
    sign: false,
    verify: false,
    derive: false,
    ...usage,
  };
}

/** A key that comes in wrapped twice: by a fresh AES key, which is wrapped under a key of the token. */
interface UnwrapTwiceRequest {
  readonly key: ObjectLocator;
  readonly mechanism: Mechanism;
  readonly wrappedKey: Uint8Array;
  /** How the fresh AES key has wrapped. */
  readonly inner: Mechanism;
  readonly wrapped: Uint8Array;
  readonly template: Template;
}

function unwrapTwice(session: WorkerSession, request: UnwrapTwiceRequest): bigint {
  const { key, mechanism, wrappedKey, inner, wrapped, template } = request;
  const passing = session.temporary(
    session.unwrap(
      mechanism,
      session.locate(key),
      wrappedKey,
      passingKey({ extractable: false, wrap: false, unwrap: true }),
    ),
  );
  return session.unwrap(inner, passing, wrapped, template);
}

/** A key that goes out wrapped twice: by a fresh AES key of the token, which is wrapped under a given RSA key. */
interface WrapTwiceRequest {
  /** Makes a session object of the receiver's public key. */
  readonly receiver: Template;
  readonly mechanism: Mechanism;
  /** How to make the AES key. */
  readonly generate: Mechanism;
  readonly inner: Mechanism;
  readonly object: ObjectLocator;
}

/** What {@link WrapTwiceRequest} gives. */
interface WrappedTwice {
  readonly wrappedKey: Uint8Array;
  readonly wrapped: Uint8Array;
}

function wrapTwice(session: WorkerSession, request: WrapTwiceRequest): WrappedTwice {
  const { receiver, mechanism, generate, inner, object } = request;
  const key = session.locate(object);
  const receiving = session.temporary(session.create(receiver));
  const template = passingKey({ extractable: true, wrap: true, unwrap: false, valueLen: 32 });
  const passing = session.temporary(session.generateKey(generate, template));
  const wrappedKey = session.wrap(mechanism, receiving, passing);
  return { wrappedKey, wrapped: session.wrap(inner, passing, key) };
}

/** Jobs on a public key that is given, and not one that the token happens to hold. */
interface WithPublicKey {
  readonly publicKey: Template;
  readonly mechanism: Mechanism;
  readonly data: Uint8Array;
}

/** The jobs that make what they need and destroy it again. */
export interface CompositeJobs {
  readonly unwrapTwice: Job<UnwrapTwiceRequest, bigint>;
  readonly wrapTwice: Job<WrapTwiceRequest, WrappedTwice>;
  readonly verifyWith: Job<WithPublicKey & { readonly signature: Uint8Array }, boolean>;
  readonly encryptWith: Job<WithPublicKey, Uint8Array>;
}

/** See {@link CompositeJobs}. */
export const compositeJobs: CompositeJobs = {
  unwrapTwice: { run: unwrapTwice },
  wrapTwice: { run: wrapTwice },
  verifyWith: {
    run: (session, { publicKey, mechanism, data, signature }) =>
      session.verify(mechanism, session.temporary(session.create(publicKey)), data, signature),
  },
  encryptWith: {
    run: (session, { publicKey, mechanism, data }) =>
      session.encrypt(mechanism, session.temporary(session.create(publicKey)), data).octets,
  },
};
