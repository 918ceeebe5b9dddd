import { invalidArgument, isKeyManagerError } from '@keyway/core/driver';
import type { IndexedObject } from './object-index.ts';
import { formatPkcs11Uri } from './uri/format-pkcs11-uri.ts';
import { parsePkcs11Uri } from './uri/parse-pkcs11-uri.ts';
import type { Pkcs11Uri } from './uri/pkcs11-uri.ts';
import type { Token } from './token/token.ts';

const types = { private: 'private', secret: 'secret-key' } as const;

/** The URI of an object by RFC 7512: what other software takes to find it. */
export function sourceIdOf(
  { token }: { readonly token: Pick<Token, 'facts'> },
  object: Pick<IndexedObject, 'class' | 'id'>,
): string {
  const { label, serial, manufacturer, model } = token.facts;
  return formatPkcs11Uri({
    token: label,
    manufacturer,
    serial,
    model,
    id: object.id,
    type: types[object.class],
  });
}

function parse(sourceId: string): Pkcs11Uri {
  try {
    return parsePkcs11Uri(sourceId);
  } catch (error) {
    if (!isKeyManagerError(error)) throw error;
    throw invalidArgument('sourceId must be a PKCS #11 URI (RFC 7512)', { cause: error });
  }
}

/**
 * Tells which objects of a token a URI means. Members that it lacks fit everything.
 *
 * @throws ERR_INVALID_ARGUMENT for what is no such URI, or asks by an attribute that the RFC does not know.
 */
export function matcherOf(
  { token }: { readonly token: Pick<Token, 'facts'> },
  sourceId: string,
): (object: IndexedObject) => boolean {
  const uri = parse(sourceId);
  if (Object.keys(uri.otherPath).length > 0) {
    throw invalidArgument('sourceId has an attribute that RFC 7512 does not define');
  }
  const { facts } = token;
  const given = [
    [uri.token, facts.label],
    [uri.serial, facts.serial],
    [uri.manufacturer, facts.manufacturer],
    [uri.model, facts.model],
    [uri.slotId, facts.slotId],
  ] as const;
  const ofToken = given.every(([wanted, is]) => wanted === undefined || wanted === is);
  const { id, object: label, type } = uri;
  return (object) =>
    ofToken &&
    (type === undefined || type === types[object.class]) &&
    (label === undefined || label === object.label) &&
    (id === undefined || Buffer.compare(id, object.id) === 0);
}
