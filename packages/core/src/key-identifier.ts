import { checkText } from './arguments.ts';
import { invalidArgument } from './errors.ts';
import { checkName, checkVersion } from './names-and-tags.ts';

/** The parts of a key's id. */
export interface KeyIdentifier {
  /** The id as it was given. */
  readonly sourceId: string;
  /** Identity of the vault, without a slash at its end. */
  readonly vaultUri: string;
  readonly name: string;
  /** Absent in the id of a key as a whole and of a deleted key. */
  readonly version: string | undefined;
}

const maxVaultUriLength = 1024;

/** A scheme and the characters of RFC 3986 but `?` and `#`; percent signs only as escapes. */
const vaultUriText = /^[a-z][a-z0-9+.-]*:(?:[0-9A-Za-z._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;

/**
 * What separates the vault's part from the key's. No identity contains it as a path segment, so the first one
 * counts.
 */
const collection = /\/(deletedkeys|keys)(?:\/|$)/;

/**
 * Checks the identity of a vault: a URI prefix of at most 1024 characters, without query, fragment or a slash
 * at its end, and without a path segment `keys` or `deletedkeys`, at which ids are taken apart.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else.
 */
export function checkVaultUri(vaultUri: unknown): string {
  const text = checkText(vaultUri, 'vaultUri');
  const fits = text.length <= maxVaultUriLength && vaultUriText.test(text) && !text.endsWith('/');
  if (!fits || collection.test(text)) throw invalidArgument('This is not the identity of a vault');
  return text;
}

/** The id of a version, or of a key where no version is named. The arguments must have been checked. */
export function formatKeyId(vaultUri: string, name: string, version?: string): string {
  return version === undefined ? `${vaultUri}/keys/${name}` : `${vaultUri}/keys/${name}/${version}`;
}

/** The id of a deleted key, `recoveryId` of the contract. The arguments must have been checked. */
export function formatDeletedKeyId(vaultUri: string, name: string): string {
  return `${vaultUri}/deletedkeys/${name}`;
}

/** The id of a key's rotation policy. The arguments must have been checked. */
export function formatRotationPolicyId(vaultUri: string, name: string): string {
  return `${vaultUri}/keys/${name}/rotationpolicy`;
}

/**
 * Takes a portable id apart: `<vault>/keys/<name>/<version>`, `<vault>/keys/<name>` or
 * `<vault>/deletedkeys/<name>`.
 *
 * Whatever it accepts is written in the one form that the format functions give. The id of a rotation policy
 * names no key and is refused.
 *
 * @throws TypeError where it is no string.
 * @throws ERR_INVALID_ARGUMENT for any other text.
 */
export function parseKeyId(id: string): KeyIdentifier {
  const match = collection.exec(checkText(id, 'id'));
  if (match === null) throw invalidArgument('This is not the id of a key');
  const vaultUri = checkVaultUri(id.slice(0, match.index));
  const segments = id.slice(match.index + match[0].length).split('/');
  const [name, version] = segments;
  if (segments.length > (match[1] === 'keys' ? 2 : 1)) throw invalidArgument('This is not the id of a key');
  return {
    sourceId: id,
    vaultUri,
    name: checkName(name, false),
    version: version === undefined ? undefined : checkVersion(version),
  };
}

/**
 * Takes an id of this vault apart, as {@link parseKeyId} does.
 *
 * @throws ERR_INVALID_ARGUMENT also for the id of another vault.
 */
export function parseKeyIdOf(vaultUri: string, id: string): KeyIdentifier {
  const identifier = parseKeyId(id);
  if (identifier.vaultUri !== vaultUri) throw invalidArgument('This is the id of a key in another vault');
  return identifier;
}
