import type * as pkcs11 from 'pkcs11js';
import { nativeTemplate } from './attributes.ts';
import type { AttributeName, Attributes, Template } from './attributes.ts';
import type { Connection } from './connection.ts';
import { notValid } from './failures.ts';
import { handleFromOctets } from './handles.ts';
import type { Mechanism } from './mechanism.ts';
import { nativeMechanism, nativeOctets } from './native-mechanism.ts';
import { readAttributes } from './read-attributes.ts';
import { invalidRequest, Refusal } from './refusal.ts';
import { isTokenError } from './return-values.ts';
import { SessionCalls } from './session-calls.ts';
import { readStanding } from './token-standing.ts';
import type { TokenStanding } from './token-standing.ts';
import type { KeyLocator, ObjectLocator } from './token.ts';
import type { WireKey } from './wire.ts';
import type { KeyPairHandles, WorkerSession } from './worker-session.ts';

/** CKO_ numbers. */
const classes = { public: 2, private: 3, secret: 4 } as const;

/** More than the longest ML-DSA signature, and an RSA key as PKCS #8 under any wrapping. */
const roomForSmall = 16_384;
/** What ciphertexts are longer by: a block, a tag, or a modulus of 8,192 bits. */
const roomForExtra = 1_152;
const perFind = 256;

function checkedHandle(handle: unknown): bigint {
  if (typeof handle !== 'bigint' || BigInt.asUintN(64, handle) !== handle)
    throw invalidRequest('A handle must be a bigint that fits CK_ULONG');
  return handle;
}

/** The native calls of one worker, one session at a time. */
export class NativeSession implements WorkerSession {
  readonly calls: SessionCalls;
  readonly #library: pkcs11.PKCS11;
  readonly #room: Buffer = Buffer.alloc(roomForSmall);
  #key: unknown;
  /** The handle of the request's key, where it was looked up. */
  found: bigint | undefined;

  constructor(connection: Connection) {
    this.calls = new SessionCalls(connection);
    this.#library = connection.library;
  }

  /** Before each job, and before each further attempt at it. */
  begin(key: unknown): void {
    this.#key = key;
    this.found = undefined;
    this.calls.begin();
  }

  locate(object: ObjectLocator | WireKey): bigint {
    if (typeof object !== 'object' || object === null) throw invalidRequest('A locator must be an object');
    if ('length' in object) return checkedHandle(object[0]);
    if ('handle' in object) return checkedHandle(object.handle);
    const handle = this.#lookUp(object);
    if (object === this.#key) this.found = handle;
    return handle;
  }

  #lookUp({ class: kind, id }: KeyLocator): bigint {
    if (!Object.hasOwn(classes, kind))
      throw invalidRequest('The class of a key must be private, secret or public');
    const [handle, other] = this.find({ class: classes[kind], id: nativeOctets(id, 'The id of a key') }, 2);
    if (handle === undefined)
      throw new Refusal('ERR_KEY_NOT_FOUND', `The token holds no ${kind} key with this id`);
    if (other !== undefined)
      throw new Refusal('ERR_CONFLICT', `The token holds several ${kind} keys with this id`);
    return handle;
  }

  find(template: Template, limit: number = Number.POSITIVE_INFINITY): bigint[] {
    const wanted = nativeTemplate(template);
    const found: bigint[] = [];
    this.calls.call('C_FindObjectsInit', false, (session) =>
      this.#library.C_FindObjectsInit(session, wanted as never),
    );
    while (found.length < limit) {
      const size = Math.min(perFind, limit - found.length);
      const some = this.calls.call('C_FindObjects', false, (session) =>
        this.#library.C_FindObjects(session, size),
      );
      for (const handle of some) found.push(handleFromOctets(handle));
      if (some.length === 0 || some.length < size) break;
    }
    this.calls.call('C_FindObjectsFinal', false, (session) => this.#library.C_FindObjectsFinal(session));
    this.calls.assertLoggedIn();
    return found;
  }

  quietly<Result>(look: () => Result): Result {
    return this.calls.quietly(look);
  }

  read<Name extends AttributeName>(object: bigint, names: readonly Name[]): Pick<Attributes, Name> {
    return readAttributes(this.calls, object, names);
  }

  create(template: Template): bigint {
    const native = nativeTemplate(template);
    return this.#made('C_CreateObject', template, (session) =>
      this.#library.C_CreateObject(session, native as never),
    );
  }

  copy(object: bigint, template: Template): bigint {
    const native = nativeTemplate(template);
    const handle = this.calls.handle(object);
    return this.#made('C_CopyObject', template, (session) =>
      this.#library.C_CopyObject(session, handle, native as never),
    );
  }

  /** A session object is no change: it goes with the session. */
  #made(functionName: string, template: Template, native: (session: pkcs11.Handle) => pkcs11.Handle): bigint {
    return handleFromOctets(this.calls.call(functionName, template.token !== false, native));
  }

  set(object: bigint, template: Template): void {
    const native = nativeTemplate(template);
    const handle = this.calls.handle(object);
    this.calls.call('C_SetAttributeValue', true, (session) =>
      this.#library.C_SetAttributeValue(session, handle, native as never),
    );
  }

  destroy(object: bigint): void {
    this.calls.destroy(object);
  }

  generateKey(mechanism: Mechanism, template: Template): bigint {
    const how = nativeMechanism(mechanism);
    const native = nativeTemplate(template);
    return this.#made('C_GenerateKey', template, (session) =>
      this.#library.C_GenerateKey(session, how, native as never),
    );
  }

  generateKeyPair(mechanism: Mechanism, publicTemplate: Template, privateTemplate: Template): KeyPairHandles {
    const how = nativeMechanism(mechanism);
    const open = nativeTemplate(publicTemplate);
    const secret = nativeTemplate(privateTemplate);
    const changes = publicTemplate.token !== false || privateTemplate.token !== false;
    const pair = this.calls.call('C_GenerateKeyPair', changes, (session) =>
      this.#library.C_GenerateKeyPair(session, how, open as never, secret as never),
    );
    return { publicKey: handleFromOctets(pair.publicKey), privateKey: handleFromOctets(pair.privateKey) };
  }

  wrap(mechanism: Mechanism, wrappingKey: bigint, key: bigint): Uint8Array {
    const how = nativeMechanism(mechanism);
    const wrapping = this.calls.handle(wrappingKey);
    const wrapped = this.calls.handle(key);
    const octets = this.calls.call('C_WrapKey', false, (session) =>
      this.#library.C_WrapKey(session, how, wrapping, wrapped, this.#room),
    );
    return this.#taken(octets, how);
  }

  unwrap(mechanism: Mechanism, unwrappingKey: bigint, wrapped: Uint8Array, template: Template): bigint {
    const how = nativeMechanism(mechanism);
    const native = nativeTemplate(template);
    const key = this.calls.handle(unwrappingKey);
    const octets = nativeOctets(wrapped, 'What to unwrap');
    const handle = this.#made('C_UnwrapKey', template, (session) =>
      this.#library.C_UnwrapKey(session, how, key, octets, native as never),
    );
    keepAlive(how);
    return handle;
  }

  sign(mechanism: Mechanism, key: bigint, data: Uint8Array, size: number = roomForSmall): Uint8Array {
    const how = nativeMechanism(mechanism);
    const octets = nativeOctets(data, 'What to sign');
    const handle = this.calls.handle(key);
    const room = this.#roomFor(size);
    this.calls.call('C_SignInit', false, (session) => this.#library.C_SignInit(session, how, handle));
    return this.#taken(
      this.calls.call('C_Sign', false, (session) => this.#library.C_Sign(session, octets, room)),
      how,
    );
  }

  verify(mechanism: Mechanism, key: bigint, data: Uint8Array, signature: Uint8Array): boolean {
    const how = nativeMechanism(mechanism);
    const octets = nativeOctets(data, 'What was signed');
    const given = nativeOctets(signature, 'The signature');
    const handle = this.calls.handle(key);
    this.calls.call('C_VerifyInit', false, (session) => this.#library.C_VerifyInit(session, how, handle));
    try {
      const valid = this.calls.call('C_Verify', false, (session) =>
        this.#library.C_Verify(session, octets, given),
      );
      keepAlive(how);
      return valid;
    } catch (error) {
      if (isTokenError(error) && notValid.has(error.ckr)) return false;
      throw error;
    }
  }

  encrypt(mechanism: Mechanism, key: bigint, data: Uint8Array): { octets: Uint8Array; iv?: Uint8Array } {
    const how = nativeMechanism(mechanism);
    const plain = nativeOctets(data, 'What to encrypt');
    const handle = this.calls.handle(key);
    const room = this.#roomFor(plain.length + roomForExtra);
    this.calls.call('C_EncryptInit', false, (session) => this.#library.C_EncryptInit(session, how, handle));
    const octets = this.#taken(
      this.calls.call('C_Encrypt', false, (session) => this.#library.C_Encrypt(session, plain, room)),
      how,
    );
    // Some tokens make the IV themselves and write it where the given one stood.
    const iv = (how.parameter as { readonly iv?: Uint8Array } | undefined)?.iv;
    return iv === undefined ? { octets } : { octets, iv: Uint8Array.from(iv) };
  }

  decrypt(mechanism: Mechanism, key: bigint, data: Uint8Array): Uint8Array {
    const how = nativeMechanism(mechanism);
    const octets = nativeOctets(data, 'What to decrypt');
    const handle = this.calls.handle(key);
    const room = this.#roomFor(octets.length + roomForExtra);
    this.calls.call('C_DecryptInit', false, (session) => this.#library.C_DecryptInit(session, how, handle));
    return this.#taken(
      this.calls.call('C_Decrypt', false, (session) => this.#library.C_Decrypt(session, octets, room)),
      how,
    );
  }

  random(length: number): Uint8Array {
    if (!Number.isInteger(length) || length < 0 || length > 0x7fff_ffff)
      throw invalidRequest('The length must be a whole number of octets');
    const octets = Buffer.alloc(length);
    if (length > 0)
      this.calls.call('C_GenerateRandom', false, (session) =>
        this.#library.C_GenerateRandom(session, octets),
      );
    return octets;
  }

  standing(): TokenStanding {
    return readStanding(this.calls);
  }

  temporary(object: bigint): bigint {
    return this.calls.temporary(object);
  }

  #roomFor(size: number): Buffer {
    return size <= roomForSmall ? this.#room : Buffer.alloc(size);
  }

  /** Copies an answer out of the room that the next one will use, which is left empty. */
  #taken(octets: Uint8Array, how: pkcs11.Mechanism): Uint8Array {
    keepAlive(how);
    const copy = Uint8Array.from(octets);
    octets.fill(0);
    return copy;
  }
}

let lastUsed: unknown;

/** The token holds raw pointers into the buffers of a mechanism until the operation ends: so they are named after it. */
function keepAlive(mechanism: unknown): void {
  lastUsed = mechanism;
  void lastUsed;
}
