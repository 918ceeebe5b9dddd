import type { KeyObject } from 'node:crypto';
import { KeyManagerError } from '../errors.ts';
import type { CryptographyMethod, ErrorPlace, KeyRecord } from '../key-driver.ts';
import { keyStateRefusal } from '../key-state.ts';
import type { CryptographicOperation } from '../operations.ts';
import { publicKeyFromJwk } from '../public-key.ts';
import { readRecord } from './context.ts';
import type { Address, ManagerContext } from './context.ts';
import type { Failure } from './engine.ts';

/** How a client was asked to run. */
export type ExecutionMode = 'auto' | 'local' | 'remote';

/** What is the same for every request of an operation. */
interface Asking {
  readonly at: ErrorPlace;
  readonly unsignalled: { readonly explain: (failure: Failure) => Promise<never> };
}

/** One version in use: its state, its public key, and the way to the driver. */
export class PinnedKey {
  readonly context: ManagerContext;
  readonly address: Address & { readonly version: string };
  readonly mode: ExecutionMode;
  /** The record with which the client was made; what of a version never changes is read from it. */
  readonly record: KeyRecord;
  readonly #cacheKey: string;
  readonly #asking: Partial<Record<CryptographicOperation, Asking>> = {};
  #publicKey: KeyObject | undefined;

  constructor(
    context: ManagerContext,
    address: Address & { readonly version: string },
    mode: ExecutionMode,
    record: KeyRecord,
  ) {
    this.context = context;
    this.address = address;
    this.mode = mode;
    this.record = record;
    this.#cacheKey = `${address.name}/${address.version}`;
  }

  /** Reads the version's record. */
  read(operation: CryptographicOperation, signal: AbortSignal | undefined): Promise<KeyRecord> {
    return readRecord(this.context, operation, this.address, signal);
  }

  /** What is remembered of the version, where that is fresh enough; undefined after its deletion. */
  known(): KeyRecord | undefined {
    const record = this.context.cache.get(this.#cacheKey);
    return record !== undefined && this.context.changes.isRemoved(record.name) ? undefined : record;
  }

  /** Applies the key-state table. */
  requireState(record: KeyRecord, operation: CryptographicOperation): void {
    const refusal = keyStateRefusal(record, operation, this.context.engine.now());
    if (refusal !== undefined)
      throw new KeyManagerError(refusal.code, refusal.reason, { keyId: this.address.keyId });
  }

  /** The public key for use in this process, where the vault vouches for it. */
  publicKey(record: KeyRecord): KeyObject | undefined {
    if (!record.publicKeyAuthentic || record.publicKey === undefined) return undefined;
    this.#publicKey ??= publicKeyFromJwk(record.publicKey);
    return this.#publicKey;
  }

  /**
   * Decides where an operation runs. With `remote` never here; else here where a public key can do it, and at the vault only
   * for want of one, never because something failed here.
   */
  localKey(
    record: KeyRecord,
    plan: { readonly local: boolean; readonly remote: boolean },
  ): KeyObject | undefined {
    if (plan.local && this.mode !== 'remote') {
      const key = this.publicKey(record);
      if (key !== undefined) return key;
    }
    if (this.mode === 'local') {
      throw new KeyManagerError(
        'ERR_UNSUPPORTED',
        'This operation cannot run in this process with the public key alone',
        {
          alternative: "execution: 'auto'",
        },
      );
    }
    if (!plan.remote) {
      throw new KeyManagerError(
        'ERR_UNSUPPORTED',
        'The vault does not run this operation and no public key is at hand',
      );
    }
    return undefined;
  }

  /** Asks the driver; where its error blames the key's state without saying which, the state table decides. */
  ask<Request, Result>(
    operation: CryptographicOperation,
    method: CryptographyMethod<Request, Result> | undefined,
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { at, unsignalled } = (this.#asking[operation] ??= this.#prepare(operation));
    const options =
      signal === undefined
        ? unsignalled
        : { signal, explain: (failure: Failure) => this.#explain(failure, operation, signal) };
    return this.context.engine.invoke(at, method, request, options);
  }

  #prepare(operation: CryptographicOperation): Asking {
    return {
      at: { operation, step: operation, keyId: this.address.keyId },
      unsignalled: { explain: (failure) => this.#explain(failure, operation, undefined) },
    };
  }

  async #explain(
    failure: Failure,
    operation: CryptographicOperation,
    signal: AbortSignal | undefined,
  ): Promise<never> {
    if (failure.classification.readState === true) {
      this.requireState(await readRecord(this.context, operation, this.address, signal), operation);
    }
    throw failure.error;
  }
}
