import { familyOf, spkiDigest } from '@keyway/core/driver';
import type { Call, JsonWebKey, KeyRecord, KeySummary, VersionRecord } from '@keyway/core/driver';
import { secretClassOf } from './key-templates.ts';
import type { OwnVersion } from './locate.ts';
import { cko } from './mechanisms.ts';
import { objectIdOf, parseLabel } from './object-id.ts';
import { publicAttributeNames, publicJwkOf } from './public-attributes.ts';
import { repeatVanished } from './repeat-vanished.ts';
import { sourceIdOf } from './source-id.ts';
import type { KnownPublicKey, Pkcs11Vault } from './vault.ts';

/** How many public keys are remembered. */
const capacity = 10_000;

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** What of a version is on the token. */
interface Found extends KnownPublicKey {
  /** Whether the key that must stay secret is there, once. */
  readonly present: boolean;
}

/** Which of the public keys found with an id is the one that the record vouches for. */
function vouchedFor(candidates: readonly JsonWebKey[], digest: Uint8Array | undefined): KnownPublicKey {
  const authentic =
    digest === undefined ? undefined : candidates.find((candidate) => equal(spkiDigest(candidate), digest));
  return { publicKey: authentic, authentic: authentic !== undefined };
}

/** Looks at the objects of a version. An anchor that says more than the document does betrays an older document. */
async function look(vault: Pkcs11Vault, { stored, version }: OwnVersion, call: Call): Promise<Found> {
  const { name } = stored.document;
  const id = objectIdOf(vault.namespace, name, version.version);
  const attributes = ['class', 'label', ...publicAttributeNames] as const;
  const found = await repeatVanished(() =>
    vault.token.run('findAndRead', { template: { id }, attributes }, call),
  );
  const of = secretClassOf(version) === 'private' ? cko.privateKey : cko.secretKey;
  const keys = found.filter(({ attributes: { class: is } }) => is === of);
  const anchor = parseLabel(keys[0]?.attributes.label)?.revision ?? 0;
  if (anchor > stored.document.revision) {
    vault.records.raise(name, anchor);
    await vault.records.read(name, call);
  }
  const candidates = found.flatMap((object) => publicJwkOf(object.attributes) ?? []);
  return { present: keys.length === 1, ...vouchedFor(candidates, version.spkiDigest) };
}

/** Keeps what was found to be as the records say. */
export function rememberPublicKey(
  { publicKeys }: Pick<Pkcs11Vault, 'publicKeys'>,
  name: string,
  version: string,
  known: KnownPublicKey,
): void {
  if (publicKeys.size >= capacity) publicKeys.clear();
  publicKeys.set(`${name}/${version}`, known);
}

async function publicKeyOf(
  vault: Pkcs11Vault,
  own: OwnVersion,
  call: Call,
): Promise<KnownPublicKey & { readonly intact: boolean }> {
  const { name } = own.stored.document;
  const key = `${name}/${own.version.version}`;
  const known = vault.publicKeys.get(key);
  if (known !== undefined) return { ...known, intact: true };
  const { present, publicKey, authentic } = await look(vault, own, call);
  const symmetric = familyOf(own.version.keyType) === 'oct';
  const intact = present && (symmetric || authentic);
  if (intact) {
    rememberPublicKey(vault, name, own.version.version, { publicKey, authentic });
  }
  return { publicKey, authentic, intact };
}

/** Forgets what is known of the versions of a key. */
export function forgetPublicKeys(vault: Pkcs11Vault, name: string, versions: readonly VersionRecord[]): void {
  for (const { version } of versions) vault.publicKeys.delete(`${name}/${version}`);
}

/** A version as a list tells it: what its document says. */
export function toSummary(vault: Pkcs11Vault, { stored, version }: OwnVersion): Omit<KeyRecord, 'publicKey'> {
  const { name } = stored.document;
  const { keyType, curve, size, keyOperations, algorithms, tags, createdOn, updatedOn } = version;
  const { enabled, notBefore, expiresOn, requestId, exportable, backup } = version;
  const id = objectIdOf(vault.namespace, name, version.version);
  return {
    name,
    version: version.version,
    sourceId: sourceIdOf(vault, { class: secretClassOf(version), id }),
    keyType,
    curve,
    size,
    keyOperations,
    algorithms,
    tags,
    createdOn,
    updatedOn,
    enabled,
    notBefore,
    expiresOn,
    requestId,
    exportable,
    backup: backup === true,
    publicKeyAuthentic: false,
    hardwareProtected: vault.hardware,
    recoveryLevel: vault.settings.recoveryLevel,
    status: 'ready',
    ownership: 'own',
    intact: true,
  };
}

/** A version with its public key, which is told only where the record vouches for it. */
export async function toRecord(vault: Pkcs11Vault, own: OwnVersion, call: Call): Promise<KeyRecord> {
  const { publicKey, authentic, intact } = await publicKeyOf(vault, own, call);
  return { ...toSummary(vault, own), publicKey, publicKeyAuthentic: authentic, intact };
}

/** A key whose document cannot be believed, as a list tells it. */
export const damagedSummary = (name: string): KeySummary => ({ name, ownership: 'own', intact: false });
