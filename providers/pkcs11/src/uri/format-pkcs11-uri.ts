import { invalidArgument } from '@keyway/core/driver';
import { attributes, findAttribute, lowerCase } from './attributes.ts';
import { encodeText } from './percent-coding.ts';
import type { UriPart } from './percent-coding.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';

/**
 * Writes a URI that `parsePkcs11Uri` reads back as the same, but for a PIN, which is never written.
 *
 * @throws ERR_INVALID_ARGUMENT for what no URI can hold.
 */
export function formatPkcs11Uri(uri: Partial<Pkcs11Uri>): string {
  const path = [...definedIn(uri, 'path'), ...otherIn(uri.otherPath ?? {}, 'path')].join(';');
  const query = [...definedIn(uri, 'query'), ...otherIn(uri.otherQuery ?? {}, 'query')].join('&');
  return `pkcs11:${path}${query === '' ? '' : `?${query}`}`;
}

function definedIn(uri: Partial<Pkcs11Uri>, part: UriPart): readonly string[] {
  return attributes.flatMap(({ name, part: where, member, form }) => {
    const value = uri[member];
    if (where !== part || value === undefined || member === 'pinValue') return [];
    return [`${name}=${form.format(value as never, part)}`];
  });
}

function otherIn(other: Readonly<Record<string, string | readonly string[]>>, part: UriPart): string[] {
  return Object.entries(other).flatMap(([name, values]) => {
    if (!/^[a-z0-9_-]+$/.test(name) || findAttribute(lowerCase(name), part) !== undefined) {
      throw invalidArgument('An attribute of a PKCS #11 URI cannot have this name');
    }
    return [values].flat().map((value) => `${name}=${encodeText(value, part)}`);
  });
}
