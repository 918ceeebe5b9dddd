import type { KeyLocator } from './token.ts';
import { epochs } from './wire.ts';

interface Kept {
  readonly handle: bigint;
  readonly epoch: number;
}

/** Keys beyond this many are looked up again. */
const maxKept = 16_384;

/** Handles that workers have looked up, for as long as they mean the same. */
export class HandleCache {
  readonly #kept = new Map<string, Kept>();
  readonly #epochs: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#epochs = new Int32Array(shared);
  }

  /** What a key is kept under. */
  static nameOf({ class: kind, id }: KeyLocator): string {
    return kind + Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
  }

  get(name: string): readonly [handle: bigint, epoch: number] | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    if (kept.epoch === Atomics.load(this.#epochs, epochs.handles)) return [kept.handle, kept.epoch];
    this.#kept.delete(name);
    return undefined;
  }

  keep(name: string, handle: bigint, epoch: number): void {
    if (this.#kept.size >= maxKept) this.#kept.clear();
    this.#kept.set(name, { handle, epoch });
  }

  drop(name: string): void {
    this.#kept.delete(name);
  }
}
