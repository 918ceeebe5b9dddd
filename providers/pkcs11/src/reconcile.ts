import { isKeyManagerError } from '@keyway/core/driver';
import type { Call, KeyDocument, VersionRecord } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { secretClassOf, usageTemplate } from './key-templates.ts';
import { anchoredLabel, isAdopted, objectIdOf, placeOf } from './object-id.ts';
import { repeatVanished } from './repeat-vanished.ts';
import type { AttributeName, Attributes, Template } from './token/attributes.ts';
import { isTokenError } from './token/return-values.ts';
import { works } from './token-features.ts';
import { maxRaces, tooManyRaces } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

/** What the record of a version says about its objects. */
export function kindOf(version: VersionRecord): KeyKind {
  const { keyType, curve, size, keyOperations, algorithms, backup } = version;
  return { keyType, curve, size, keyOperations, algorithm: algorithms?.[0], backup };
}

/**
 * What a token says to a change that it does not make: read-only, not allowed, not modifiable, or refused by a rule of its
 * own. Then only this library enforces it.
 */
const refusals: ReadonlySet<number> = new Set([0x10, 0x12, 0x13, 0x1b, 0xd1]);

const isRefusal = (error: unknown): boolean => isTokenError(error) && refusals.has(error.ckr);

const isMissing = (error: unknown): boolean => isKeyManagerError(error) && error.code === 'ERR_KEY_NOT_FOUND';

/** What of a template is not so yet. An attribute that the object does not tell cannot be set. */
function differing(wanted: Template, is: Attributes): Template | undefined {
  const entries = Object.entries(wanted).filter(([name, value]) => {
    const now = is[name as AttributeName];
    return now !== undefined && now !== value;
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The objects of a version as they are to be. */
function wantedFor(vault: Pkcs11Vault, document: KeyDocument, version: VersionRecord): Template {
  const { namespace, features } = vault;
  const enabled = version.enabled && document.deletedOn === undefined;
  const usage = works(features, 'change usage')
    ? usageTemplate(secretClassOf(version), kindOf(version), features, enabled)
    : {};
  // The label of an adopted key is what other software finds it by.
  if (isAdopted(version.version)) return usage;
  const place = placeOf(namespace, document.name, version.version);
  return { ...usage, label: anchoredLabel(place, document.revision) };
}

async function reconcileVersion(
  vault: Pkcs11Vault,
  document: KeyDocument,
  version: VersionRecord,
  call: Call,
): Promise<void> {
  const wanted = wantedFor(vault, document, version);
  const names = Object.keys(wanted) as AttributeName[];
  if (names.length === 0) return;
  const id = objectIdOf(vault.namespace, document.name, version.version);
  const object = { class: secretClassOf(version), id };
  try {
    await repeatVanished(async () => {
      const is = await vault.token.run('read', { object, attributes: names }, call);
      const template = differing(wanted, is);
      if (template !== undefined) await setEach(vault, object, template, call);
    });
  } catch (error) {
    // A version whose key is gone cannot be used any more, whatever its record says.
    if (!isMissing(error)) throw error;
  }
}

async function setEach(
  vault: Pkcs11Vault,
  object: { readonly class: 'private' | 'secret'; readonly id: Uint8Array },
  template: Template,
  call: Call,
): Promise<void> {
  try {
    await vault.token.run('set', { object, template }, call);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Usage and label are no matter of one another.
    const { label, ...usage } = template;
    if (label === undefined || Object.keys(usage).length === 0) return;
    await setEach(vault, object, { label }, call);
    await setEach(vault, object, usage, call);
  }
}

/** The versions whose objects have to follow a change, the newest last. */
export type Affected = (document: KeyDocument) => readonly VersionRecord[];

/** The newest two: the label of each tells of their making. */
export const newestTwo: Affected = ({ versions }) => versions.slice(-2);

/**
 * Brings the objects of versions to what their document says: usable or not, and the revision of the document in the label
 * of the newest two, which betrays a document that is older. Changes nothing twice. What others change meanwhile is
 * followed, so that nobody's objects stay as an older document wanted them.
 */
export async function reconcile(
  vault: Pkcs11Vault,
  name: string,
  affected: Affected,
  call: Call,
): Promise<void> {
  let done: number | undefined;
  for (let race = 1; race <= maxRaces; race++) {
    const stored = await vault.records.read(name, call);
    if (stored === undefined || stored.document.purging === true) return;
    const { document } = stored;
    if (document.revision === done) return;
    for (const version of affected(document)) await reconcileVersion(vault, document, version, call);
    done = document.revision;
  }
  throw tooManyRaces();
}
