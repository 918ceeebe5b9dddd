import { freshOctets, integrityError, invalidArgument } from '@keyway/core/driver';

/** What a backup holds of a key: all versions, in their order. */
export interface BackupContent {
  readonly name: string;
  readonly versions: readonly {
    /** Everything about the version but its material, as text. */
    readonly record: string;
    /** PKCS#8 DER, or the plain octets of a symmetric key. Whoever holds it last must zero it. */
    readonly material: Uint8Array;
  }[];
  /** The version that is current. */
  readonly current: string;
  readonly policy?: string;
}

/** The text in front of the materials: everything but them, and their lengths. */
interface Outline {
  readonly name: string;
  readonly current: string;
  readonly policy?: string;
  readonly versions: readonly { readonly record: string; readonly length: number }[];
}

/** The outline as canonical JSON: members in one order, no spaces. */
function formatOutline({ name, current, policy, versions }: Outline): string {
  const written = versions.map(({ record, length }) => ({ record, length }));
  return JSON.stringify({ name, current, policy, versions: written });
}

const prefixLength = 4;

/**
 * The content as octets: `length of the outline (u32, big-endian) ‖ outline (JSON) ‖ materials`. The materials never
 * become text. The caller zeroes the result.
 */
export function encodeContent(content: BackupContent): Uint8Array {
  const { name, current, policy, versions } = content;
  if (versions.length === 0) throw invalidArgument('A backup has at least one version');
  const lengths = versions.map(({ record, material }) => ({ record, length: material.length }));
  const outline = { name, current, ...(policy === undefined ? {} : { policy }), versions: lengths };
  const text = new TextEncoder().encode(formatOutline(outline));
  const total = versions.reduce((sum, { material }) => sum + material.length, prefixLength + text.length);
  const octets = new Uint8Array(total);
  new DataView(octets.buffer).setUint32(0, text.length);
  octets.set(text, prefixLength);
  let offset = prefixLength + text.length;
  for (const { material } of versions) {
    octets.set(material, offset);
    offset += material.length;
  }
  return octets;
}

/**
 * Reads what {@link encodeContent} has written, and nothing else. The materials are copies, which the caller zeroes.
 *
 * @throws ERR_INTEGRITY
 */
export function decodeContent(octets: Uint8Array): BackupContent {
  if (octets.length < prefixLength) throw integrityError();
  const textLength = new DataView(octets.buffer, octets.byteOffset, octets.length).getUint32(0);
  const end = prefixLength + textLength;
  if (end > octets.length) throw integrityError();
  const { name, current, policy, versions } = parseOutline(octets.subarray(prefixLength, end));
  const total = versions.reduce((sum, { length }) => sum + length, end);
  if (total !== octets.length) throw integrityError();
  let offset = end;
  const read = versions.map(({ record, length }) => {
    const material = freshOctets(octets.subarray(offset, offset + length));
    offset += length;
    return { record, material };
  });
  return { name, versions: read, current, ...(policy === undefined ? {} : { policy }) };
}

function parseOutline(octets: Uint8Array): Outline {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    parsed = JSON.parse(text);
  } catch {
    throw integrityError();
  }
  if (!isOutline(parsed) || formatOutline(parsed) !== text) throw integrityError();
  return parsed;
}

function isOutline(value: unknown): value is Outline {
  if (typeof value !== 'object' || value === null) return false;
  const { name, current, policy, versions } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof current !== 'string' || !Array.isArray(versions)) return false;
  if (policy !== undefined && typeof policy !== 'string') return false;
  return versions.length > 0 && versions.every(isVersion);
}

function isVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { record, length } = value as Readonly<Record<string, unknown>>;
  return typeof record === 'string' && Number.isSafeInteger(length) && Number(length) >= 0;
}
