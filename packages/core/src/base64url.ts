const alphabet = /^[A-Za-z0-9_-]*$/;

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
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  return encodeBase64Url(bytes) === text ? bytes : undefined;
}
