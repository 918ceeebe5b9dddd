import { KeyManagerError } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { materialOf } from './key-templates.ts';
import { ckk, ckm, cko } from './mechanisms.ts';
import type { Template } from './token/attributes.ts';
import type { Mechanism } from './token/mechanism.ts';
import type { JobCall, KeyLocator, Token } from './token/token.ts';
import { formOf, works } from './token-features.ts';
import type { TokenFeatures } from './token-features.ts';

/** The hash of RSA-OAEP when keys come in: SHA-256 where the token has it. */
export function oaepHash(features: TokenFeatures): 'sha256' | 'sha1' {
  return works(features, 'decrypt RSA-OAEP-256') ? 'sha256' : 'sha1';
}

/** RFC 5649 on this token, under whichever number. @throws ERR_UNSUPPORTED */
export function keyWrapPadded(features: TokenFeatures): Mechanism {
  const finding = features['wrap AES-KWP'];
  if (!finding.works) throw new KeyManagerError('ERR_UNSUPPORTED', finding.reason);
  const form = formOf(features, 'wrap AES-KWP');
  return { type: form === '0x210b' ? ckm.aesKeyWrapKwp : ckm.aesKeyWrapPad };
}

/** A session object that holds octets for one wrapping or unwrapping. */
export const passingOctets: Template = {
  class: cko.secretKey,
  keyType: ckk.genericSecret,
  token: false,
  private: true,
  sensitive: false,
  extractable: true,
  encrypt: false,
  decrypt: false,
  wrap: false,
  unwrap: false,
  sign: false,
  verify: false,
  derive: false,
};

/**
 * Refuses a key that is to be backed up and could not be: it would be found out when the backup is needed.
 *
 * @throws ERR_UNSUPPORTED
 */
export function requireBackupOf(features: TokenFeatures, kind: KeyKind): void {
  const finding = features[`export ${materialOf(kind)}`];
  if (kind.backup !== true || finding.works) return;
  throw new KeyManagerError('ERR_UNSUPPORTED', `A backup of such a key cannot be made: ${finding.reason}`, {
    alternative: 'the key without backup: true',
  });
}

/** Asks whether a key may leave the token. @throws ERR_OPERATION_NOT_PERMITTED */
export async function requireExtractable(token: Token, object: KeyLocator, call: JobCall): Promise<void> {
  const { extractable } = await token.run('read', { object, attributes: ['extractable'] }, call);
  if (extractable === true) return;
  throw new KeyManagerError(
    'ERR_OPERATION_NOT_PERMITTED',
    'The key was made so that it never leaves the token',
    {
      alternative: 'a key created with backup: true',
    },
  );
}
