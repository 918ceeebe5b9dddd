const alphabet = /^[A-Za-z0-9_-]*$/;

/** The last characters that an encoder writes, by how many characters the last group has: those without unused bits. */
const lastCharacters: Readonly<Record<number, string>> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' };

/** Base64url without padding (RFC 4648 section 5, RFC 7515 section 2). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Strict inverse of {@link encodeBase64Url}: undefined for padding, foreign characters, an impossible length, or a last
 * character with bits that no encoder sets.
 */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (typeof text !== 'string' || !alphabet.test(text) || text.length % 4 === 1) return undefined;
  // Not Buffer.from(text): that leaves a copy of what may be a key in Node's shared pool.
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  Buffer.from(bytes.buffer).write(text, 'base64url');
  const last = text.length % 4 === 0 ? undefined : text.at(-1);
  return last === undefined || lastCharacters[text.length % 4]?.includes(last) === true ? bytes : undefined;
}
