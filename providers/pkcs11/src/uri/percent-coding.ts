import { invalidArgument } from '@keyway/core/driver';

/** Which part of a URI a value is in: each leaves other characters bare (RFC 7512, section 2.3). */
export type UriPart = 'path' | 'query';

/** Unreserved characters, and reserved ones that stand for nothing in that part. */
const bare = {
  path: /^[A-Za-z0-9\-._~:[\]@!$'()*+,=&]*$/,
  query: /^[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]*$/,
} as const;

const octetText = /%([0-9A-Fa-f]{2})/g;

/**
 * The octets of a value.
 *
 * @throws ERR_INVALID_ARGUMENT for a character that must be percent-encoded, or an encoding that is none.
 */
export function decodeOctets(text: string, part: UriPart): Uint8Array {
  if (!bare[part].test(text.replaceAll(octetText, ''))) {
    throw invalidArgument('The PKCS #11 URI has a character that must be percent-encoded in its place');
  }
  // All that is left is ASCII.
  return Buffer.from(
    text.replaceAll(octetText, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** The text of a value, which is UTF-8. */
export function decodeText(text: string, part: UriPart): string {
  const octets = decodeOctets(text, part);
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Falls through to the one error for both.
  }
  throw invalidArgument('The PKCS #11 URI has a value that is not text in UTF-8');
}

/** Percent-encodes every octet, as the RFC recommends for `id`. */
export function encodeOctets(octets: Uint8Array): string {
  return Buffer.from(octets)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/../g, (hex) => `%${hex}`);
}

/** Percent-encodes what may not stay bare in its place. A vertical bar could be read as a command: it never stays. */
export function encodeText(text: string, part: UriPart): string {
  if (!text.isWellFormed() || text.includes('\0')) {
    throw invalidArgument('A value of a PKCS #11 URI must be well-formed text');
  }
  return [...text]
    .map((character) =>
      bare[part].test(character) && character !== '|' ? character : encodeOctets(Buffer.from(character)),
    )
    .join('');
}
