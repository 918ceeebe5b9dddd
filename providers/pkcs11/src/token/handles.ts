import { endianness } from 'node:os';

const little = endianness() === 'LE';

/** The binding gives and takes handles as octets of a CK_ULONG in this machine's order: 8, or 4 on Windows. */
export function handleFromOctets(octets: Uint8Array): bigint {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return octets.byteLength === 8 ? view.getBigUint64(0, little) : BigInt(view.getUint32(0, little));
}

/** The way back; `size` is that of a handle that came from the binding. */
export function handleToOctets(handle: bigint, size: number, octets: Buffer = Buffer.alloc(size)): Buffer {
  if (size === 8) {
    if (little) octets.writeBigUInt64LE(handle);
    else octets.writeBigUInt64BE(handle);
  } else if (little) octets.writeUInt32LE(Number(handle));
  else octets.writeUInt32BE(Number(handle));
  return octets;
}

/** Writes handles into the same few octets again: no native call takes more than these at once, or keeps them. */
export class HandleWriter {
  readonly #octets: readonly Buffer[] = Array.from({ length: 4 }, () => Buffer.alloc(8));
  #next = 0;

  write(handle: bigint, size: number): Buffer {
    const octets = this.#octets[this.#next] as Buffer;
    this.#next = (this.#next + 1) % this.#octets.length;
    return size === 8 ? handleToOctets(handle, size, octets) : handleToOctets(handle, size);
  }
}
