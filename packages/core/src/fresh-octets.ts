/**
 * A copy in memory of its own: not a window into Node's pool, and not in V8's heap, where short arrays otherwise live and
 * leave copies behind that nobody can overwrite.
 */
export function freshOctets(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(new ArrayBuffer(parts.reduce((total, part) => total + part.length, 0)));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
