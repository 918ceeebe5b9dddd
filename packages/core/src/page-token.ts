import { createHash } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { invalidArgument } from './errors.ts';

/** What a page token belongs to. */
export interface PageTokenScope {
  readonly vaultUri: string;
  /** The list and what it is of, for example `versions/payments`. */
  readonly list: string;
}

const version = 1;
const maxTokenLength = 65_536;
const checksumOctets = 9;

/**
 * Recognises damage and tokens of another list. It is no secret and stops nobody who wants to make a token
 * up.
 */
function checksum(scope: PageTokenScope, next: string): string {
  const covered = JSON.stringify([version, scope.vaultUri, scope.list, next]);
  return encodeBase64Url(createHash('sha256').update(covered).digest().subarray(0, checksumOctets));
}

/**
 * Makes the opaque, versioned token of a page out of the driver's own, bound to the vault and the list. Not
 * secret.
 */
export function formatPageToken(scope: PageTokenScope, next: string): string {
  return encodeBase64Url(Buffer.from(JSON.stringify([version, checksum(scope, next), next])));
}

/**
 * The driver's own token in a text of the right shape; whether the text is the right one is for its caller to
 * compare.
 */
function nextWithin(token: string): unknown {
  const octets = decodeBase64Url(token);
  if (octets === undefined) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(octets).toString());
    return Array.isArray(content) ? content[2] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the driver's own token out of a page token.
 *
 * @throws ERR_INVALID_ARGUMENT for a token that is damaged, of another version, another vault or another
 * list.
 */
export function parsePageToken(scope: PageTokenScope, token: string): string {
  const next = typeof token === 'string' && token.length <= maxTokenLength ? nextWithin(token) : undefined;
  // One token has one text: comparing it with the text made afresh checks version, checksum, scope and form
  // at once.
  if (typeof next === 'string' && formatPageToken(scope, next) === token) return next;
  throw invalidArgument('The continuation token is damaged or belongs to another list');
}
