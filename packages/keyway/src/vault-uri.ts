import { KeyManagerError } from '@keyway/core';

/** RFC 3986 section 3.1; no scheme of ours is longer than 32 characters. */
const schemeText = /^([A-Za-z][A-Za-z0-9+.-]{0,31}):/;

/**
 * The scheme of a vault's URI, in small letters and without the colon: `local` of `local:keys.db`.
 *
 * What follows the scheme is the provider's to read. It may name a file or a host, so no error repeats it.
 *
 * @throws TypeError where the URI is no string.
 * @throws ERR_INVALID_ARGUMENT where it has no scheme.
 */
export function schemeOf(uri: string, known: readonly string[]): string {
  if (typeof uri !== 'string') throw new TypeError('uri must be a string');
  const scheme = schemeText.exec(uri)?.[1];
  if (scheme !== undefined) return scheme.toLowerCase();
  throw new KeyManagerError('ERR_INVALID_ARGUMENT', `A vault URI begins with a scheme: ${listed(known)}`);
}

/** The error for a scheme that no provider serves. */
export function unknownScheme(scheme: string, known: readonly string[]): KeyManagerError {
  return new KeyManagerError(
    'ERR_INVALID_ARGUMENT',
    `No provider serves ${scheme}: (known are ${listed(known)})`,
    {
      alternative: 'another scheme, or options.providers with a provider that serves it',
    },
  );
}

function listed(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}:`).join(', ');
}
