import type { AttributeName, Attributes, Template } from './attributes.ts';
import { compositeJobs } from './composite-jobs.ts';
import type { CompositeJobs } from './composite-jobs.ts';
import type { Mechanism } from './mechanism.ts';
import { Refusal } from './refusal.ts';
import { isTokenError } from './return-values.ts';
import type { TokenStanding } from './token-standing.ts';
import type { ObjectLocator } from './token.ts';
import type { KeyPairHandles, WorkerSession } from './worker-session.ts';

/** One job: runs in a worker, must be synchronous, and may be given and give only what can be cloned. */
export interface Job<Request, Answer> {
  readonly run: (session: WorkerSession, request: Request) => Answer;
}

/** What a key is used for, and how. */
interface KeyUseRequest {
  readonly key: ObjectLocator;
  readonly mechanism: Mechanism;
}

/** An object that was found, with what was asked of it. */
interface FoundObject {
  readonly handle: bigint;
  readonly attributes: Attributes;
}

/** All jobs with their requests and answers. */
export interface Jobs extends CompositeJobs {
  readonly find: Job<{ template: Template; limit?: number | undefined }, readonly bigint[]>;
  readonly read: Job<{ object: ObjectLocator; attributes: readonly AttributeName[] }, Attributes>;
  readonly findAndRead: Job<
    {
      template: Template;
      attributes: readonly AttributeName[];
      limit?: number | undefined;
      /** Looks while no other process changes anything, where the token wants that: then what is not found is not there. */
      quietly?: boolean | undefined;
    },
    readonly FoundObject[]
  >;
  readonly create: Job<{ template: Template }, bigint>;
  readonly copy: Job<{ object: ObjectLocator; template: Template }, bigint>;
  readonly set: Job<{ object: ObjectLocator; template: Template }, void>;
  readonly destroy: Job<{ object: ObjectLocator }, void>;
  readonly generateKey: Job<{ mechanism: Mechanism; template: Template }, bigint>;
  readonly generateKeyPair: Job<
    { mechanism: Mechanism; publicTemplate: Template; privateTemplate: Template },
    KeyPairHandles
  >;
  readonly wrap: Job<KeyUseRequest & { object: ObjectLocator }, Uint8Array>;
  readonly unwrap: Job<KeyUseRequest & { wrapped: Uint8Array; template: Template }, bigint>;
  readonly sign: Job<KeyUseRequest & { data: Uint8Array; size?: number | undefined }, Uint8Array>;
  readonly verify: Job<KeyUseRequest & { data: Uint8Array; signature: Uint8Array }, boolean>;
  readonly encrypt: Job<KeyUseRequest & { data: Uint8Array }, { octets: Uint8Array; iv?: Uint8Array }>;
  readonly decrypt: Job<KeyUseRequest & { data: Uint8Array }, Uint8Array>;
  readonly random: Job<{ length: number }, Uint8Array>;
  /** How the token stands now. Changes nothing, and does not log in. */
  readonly standing: Job<object, TokenStanding>;
  /** Makes a session object of `template` with `octets` as its value, wraps it, destroys it. */
  readonly wrapOctets: Job<KeyUseRequest & { octets: Uint8Array; template: Template }, Uint8Array>;
  /** Unwraps into a session object of `template` (extractable, not sensitive), reads its value, destroys it. */
  readonly unwrapOctets: Job<KeyUseRequest & { wrapped: Uint8Array; template: Template }, Uint8Array>;
}

/** The name of a job. */
export type JobName = keyof Jobs;
/** What a job is asked. */
export type JobRequest<Name extends JobName> =
  Jobs[Name] extends Job<infer Request, infer _> ? Request : never;
/** What a job answers. */
export type JobAnswer<Name extends JobName> = Jobs[Name] extends Job<infer _, infer Answer> ? Answer : never;

const withKey =
  <Request extends KeyUseRequest, Answer>(
    use: (session: WorkerSession, key: bigint, request: Request) => Answer,
  ) =>
  (session: WorkerSession, request: Request): Answer =>
    use(session, session.locate(request.key), request);

/** CKR_OBJECT_HANDLE_INVALID. */
const handleInvalid = 0x82;

/** An object that was found, unless somebody has destroyed it since. */
function readIfThere(
  session: WorkerSession,
  handle: bigint,
  attributes: readonly AttributeName[],
): readonly FoundObject[] {
  try {
    return [{ handle, attributes: session.read(handle, attributes) }];
  } catch (error) {
    if (isTokenError(error) && error.ckr === handleInvalid) return [];
    throw error;
  }
}

/**
 * The table of jobs. Workers load it without the rest of Keyway: what is imported here and below must not import core,
 * and refuses by a `Refusal`.
 */
export const jobs: Jobs = {
  ...compositeJobs,
  find: { run: (session, { template, limit }) => session.find(template, limit) },
  read: { run: (session, { object, attributes }) => session.read(session.locate(object), attributes) },
  findAndRead: {
    run: (session, { template, attributes, limit, quietly }) => {
      const look = (): readonly FoundObject[] =>
        session.find(template, limit).flatMap((handle) => readIfThere(session, handle, attributes));
      return quietly === true ? session.quietly(look) : look();
    },
  },
  create: { run: (session, { template }) => session.create(template) },
  copy: { run: (session, { object, template }) => session.copy(session.locate(object), template) },
  set: { run: (session, { object, template }) => session.set(session.locate(object), template) },
  destroy: { run: (session, { object }) => session.destroy(session.locate(object)) },
  generateKey: { run: (session, { mechanism, template }) => session.generateKey(mechanism, template) },
  generateKeyPair: {
    run: (session, { mechanism, publicTemplate, privateTemplate }) =>
      session.generateKeyPair(mechanism, publicTemplate, privateTemplate),
  },
  wrap: {
    run: withKey((session, key, { mechanism, object }) =>
      session.wrap(mechanism, key, session.locate(object)),
    ),
  },
  unwrap: {
    run: withKey((session, key, { mechanism, wrapped, template }) =>
      session.unwrap(mechanism, key, wrapped, template),
    ),
  },
  sign: {
    run: withKey((session, key, { mechanism, data, size }) => session.sign(mechanism, key, data, size)),
  },
  verify: {
    run: withKey((session, key, { mechanism, data, signature }) =>
      session.verify(mechanism, key, data, signature),
    ),
  },
  encrypt: { run: withKey((session, key, { mechanism, data }) => session.encrypt(mechanism, key, data)) },
  decrypt: { run: withKey((session, key, { mechanism, data }) => session.decrypt(mechanism, key, data)) },
  random: { run: (session, { length }) => session.random(length) },
  standing: { run: (session) => session.standing() },
  wrapOctets: {
    run: withKey((session, key, { mechanism, octets, template }) => {
      const value = session.temporary(session.create({ ...template, token: false, value: octets }));
      return session.wrap(mechanism, key, value);
    }),
  },
  unwrapOctets: {
    run: withKey((session, key, { mechanism, wrapped, template }) => {
      const object = session.temporary(
        session.unwrap(mechanism, key, wrapped, { ...template, token: false }),
      );
      const { value } = session.read(object, ['value']);
      if (value === undefined)
        throw new Refusal('ERR_UNSUPPORTED', 'The token does not tell the value of the unwrapped key');
      return value;
    }),
  },
};
