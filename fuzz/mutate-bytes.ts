import type { Random } from './random.ts';

const interesting: readonly number[] = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xfe, 0xff,
];

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - remove + insert.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(bytes.subarray(at + remove), at + insert.length);
  return result;
}

function replaced(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const result = Uint8Array.from(bytes);
  result[at] = value & 0xff;
  return result;
}

function once(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(16, bytes.length - at + 1));
  // The front of a format holds its tags and lengths: half of the changes go there.
  const front = random.below(Math.min(bytes.length, random.chance(0.5) ? 32 : bytes.length) + 1);
  switch (random.below(9)) {
    case 0:
      return bytes.length === 0
        ? bytes
        : replaced(bytes, front, (bytes[front] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return bytes.length === 0 ? bytes : replaced(bytes, front, random.pick(interesting));
    case 2:
      return bytes.length === 0
        ? bytes
        : replaced(bytes, front, (bytes[front] ?? 0) + (random.chance(0.5) ? 1 : 255));
    case 3:
      return spliced(bytes, front, 0, Uint8Array.of(random.pick(interesting)));
    case 4:
      return spliced(bytes, at, length, new Uint8Array(0));
    case 5:
      return spliced(bytes, at, 0, bytes.slice(at, at + length));
    case 6:
      return bytes.slice(0, at);
    case 7:
      return spliced(bytes, at, bytes.length - at, other.slice(random.below(other.length + 1)));
    default:
      return spliced(
        bytes,
        bytes.length,
        0,
        random.bytes(random.chance(0.005) ? 100_000 : random.between(1, 8)),
      );
  }
}

/** Changes octets in one to three places; `other` is a second valid input to splice with. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let round = random.between(1, 3); round > 0; round--) changed = once(random, changed, other);
  return changed;
}

/** Octets without any plan. */
export function junkBytes(random: Random): Uint8Array {
  return random.bytes(random.chance(0.001) ? 100_000 : random.below(150));
}
