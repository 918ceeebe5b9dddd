import { createHash } from 'node:crypto';
import { checkVersion } from '@keyway/core/driver';
import type { ObjectPlace } from './token-access.ts';

/** CKA_ID of the objects of a version: the same in every process, and long enough never to be that of another. */
export function hashedId(namespace: string, name: string, version: string): Uint8Array {
  const digest = createHash('sha256').update(`${namespace}\0${name}\0${version}`).digest();
  return Uint8Array.from(digest.subarray(0, 20));
}

const adoptedVersion = /^id-((?:[0-9a-f]{2}){1,60})$/;

/**
 * The version of a key that other software made: its CKA_ID, so that it is found without looking anything up. Undefined
 * where the object has none, or one that no version can hold.
 */
export function versionOfId(id: Uint8Array): string | undefined {
  const version = `id-${Buffer.from(id).toString('hex')}`;
  return adoptedVersion.test(version) ? checkVersion(version) : undefined;
}

/** Whether other software made the objects of a version. */
export const isAdopted = (version: string): boolean => adoptedVersion.test(version);

/** CKA_ID of the objects of a version. */
export function objectIdOf(namespace: string, name: string, version: string): Uint8Array {
  const [, hex] = adoptedVersion.exec(version) ?? [];
  return hex === undefined ? hashedId(namespace, name, version) : Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Where the objects of a version that we make are. */
export function placeOf(namespace: string, name: string, version: string): ObjectPlace {
  return { id: hashedId(namespace, name, version), label: `${namespace}/${name}/${version}` };
}

/** What the label of an object says that Keyway has made. */
export interface ParsedLabel {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** The revision of the key's document when it was last written, where the label tells one. */
  readonly revision: number | undefined;
}

const label = /^([^/#]+)\/([0-9A-Za-z_-]+)\/([0-9A-Za-z._~-]+)(?:#([1-9][0-9]{0,15}))?$/;

/** Reads a label. Anybody can write one: only with the CKA_ID that follows from it is an object what it says. */
export function parseLabel(text: string | undefined): ParsedLabel | undefined {
  const [, namespace, name, version, revision] = label.exec(text ?? '') ?? [];
  if (namespace === undefined || name === undefined || version === undefined) return undefined;
  return { namespace, name, version, revision: revision === undefined ? undefined : Number(revision) };
}

/** The label of the current version's key with the revision of the document beside it: what an older document betrays. */
export function anchoredLabel(place: ObjectPlace, revision: number): string {
  return `${place.label}#${revision}`;
}

/** Labels of what Keyway keeps on the token beside keys: no key of the contract has a name that is empty. */
export const isInternalLabel = (text: string | undefined): boolean => /^[^/]+\/\//.test(text ?? '');
