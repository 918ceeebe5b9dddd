import { checkVaultUri } from '@keyway/core/driver';
import type { TokenFacts } from './token/token.ts';

/** What a vault's identity is made of. */
export type TokenIdentity = Pick<TokenFacts, 'manufacturer' | 'serial' | 'label'>;

/**
 * The identity of a vault: `pkcs11://<manufacturer>/<serial>/<label>/<namespace>`. It stays the same whatever slot,
 * module or path the token is opened by, and is another one where the token is initialised anew.
 */
export function formatIdentity({ manufacturer, serial, label }: TokenIdentity, namespace: string): string {
  const parts = [manufacturer, serial, label, namespace].map(encode);
  return checkVaultUri(`pkcs11://${parts.join('/')}`);
}

/**
 * Percent-encodes a part, so that two tokens never come to one identity. Ids are taken apart at the segments `keys` and
 * `deletedkeys`; a part that is one of these is given otherwise than it is.
 */
function encode(part: string): string {
  const encoded = encodeURIComponent(part.toWellFormed());
  return /^(?:deleted)?keys$/.test(encoded) ? `%${hexOf(encoded)}${encoded.slice(1)}` : encoded;
}

const hexOf = (text: string): string => text.charCodeAt(0).toString(16).toUpperCase();
