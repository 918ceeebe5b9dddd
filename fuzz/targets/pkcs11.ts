import { isDeepStrictEqual } from 'node:util';
import { formatPkcs11Uri } from '../../providers/pkcs11/src/uri/format-pkcs11-uri.ts';
import { parsePkcs11Uri } from '../../providers/pkcs11/src/uri/parse-pkcs11-uri.ts';
import { objectTypes } from '../../providers/pkcs11/src/uri/pkcs11-uri.ts';
import type { Pkcs11Uri } from '../../providers/pkcs11/src/uri/pkcs11-uri.ts';
import { formatPkcs11Location, parsePkcs11Location } from '../../providers/pkcs11/src/vault-uri.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validText } from './valid-texts.ts';

const text = (random: Random): string => validText(random, 12).replaceAll('\0', '').toWellFormed();
const file = (random: Random): string => `/v${text(random)}`;

/** Each member is there in about every third URI. */
function some(random: Random, members: Readonly<Record<string, () => unknown>>): Record<string, unknown> {
  const chosen = Object.entries(members).filter(() => random.chance(0.3));
  return Object.fromEntries(chosen.map(([name, make]) => [name, make()]));
}

function namesOfToken(random: Random): Record<string, unknown> {
  return some(random, {
    token: () => text(random),
    serial: () => random.text(16, '0123456789abcdef'),
    manufacturer: () => text(random),
    model: () => text(random),
    slotId: () => BigInt(random.between(0, 2 ** 31)),
    slotDescription: () => text(random),
    libraryManufacturer: () => text(random),
    libraryDescription: () => text(random),
    libraryVersion: () => ({ major: random.between(0, 255), minor: random.between(0, 255) }),
  });
}

function validUri(random: Random): string {
  const uri = formatPkcs11Uri({
    ...namesOfToken(random),
    ...some(random, {
      object: () => text(random),
      type: () => random.pick(objectTypes),
      id: () => Buffer.from(text(random)),
      modulePath: () => file(random),
      pinSource: () => `file:${file(random)}`,
      otherPath: () => ({ [`v-${random.text(4, 'abc-_1')}`]: text(random) }),
      otherQuery: () => ({ [`v-${random.text(4, 'abc-_1')}`]: [text(random), text(random)] }),
    }),
  });
  if (uri.includes('pin-source') || random.chance(0.7)) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}pin-value=${random.text(12, 'abcdefgh')}`;
}

const pinIn = (uri: string): readonly string[] => [...(/pin-value=([^&;]*)/gi.exec(uri)?.slice(1) ?? [])];

const withoutPin = ({ pinValue: _, ...rest }: Pkcs11Uri): Omit<Pkcs11Uri, 'pinValue'> => rest;

const uris = defineTarget<string>({
  name: 'pkcs11-uris',
  sources: ['parse-pkcs11-uri.ts', 'format-pkcs11-uri.ts', 'attributes.ts', 'percent-coding.ts'].map(
    (name) => `providers/pkcs11/src/uri/${name}`,
  ),
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validUri,
  mutate: mutateText,
  junk: (random) => (random.chance(0.5) ? junkText(random) : `pkcs11:${junkText(random)}`),
  secrets: pinIn,
  parse(uri) {
    const parsed = parsePkcs11Uri(uri, { allowPinValue: true });
    // Read by the same rules: a PIN that was written would come back.
    const again = parsePkcs11Uri(formatPkcs11Uri(parsed), { allowPinValue: true });
    return roundTrip(isDeepStrictEqual(withoutPin(parsed), { ...again }), 'another URI, or the PIN');
  },
});

function validLocation(random: Random): string {
  const records = (): unknown => (random.chance(0.5) ? 'token' : { file: file(random) });
  return formatPkcs11Location({
    ...namesOfToken(random),
    ...some(random, {
      module: () => file(random),
      moduleName: () => random.text(8, 'abcdefgh'),
      libraryParameters: () => `configdir='${text(random)}'`,
      pinFile: () => file(random),
      namespace: () => random.text(8, 'abcdefgh-_'),
      records,
      retentionDays: () => random.between(7, 90),
      purgeProtection: () => random.chance(0.5),
      probeCache: () => file(random),
      workers: () => random.between(1, 64),
    }),
  });
}

const locations = defineTarget<string>({
  name: 'pkcs11-locations',
  sources: ['providers/pkcs11/src/vault-uri.ts', 'providers/pkcs11/src/pin-source.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validLocation,
  mutate: mutateText,
  junk: (random) => (random.chance(0.5) ? junkText(random) : `pkcs11:?keyway-${junkText(random)}`),
  secrets: pinIn,
  parse(uri) {
    const location = parsePkcs11Location(uri);
    const again = parsePkcs11Location(formatPkcs11Location(location));
    return roundTrip(isDeepStrictEqual(again, location), 'another location');
  },
});

/** Parsers of what says where a token or one of its objects is. */
export const pkcs11Targets: readonly FuzzTarget[] = [uris, locations];
