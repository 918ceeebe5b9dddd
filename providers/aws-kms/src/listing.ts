import type { AliasListEntry } from '@aws-sdk/client-kms';
import type { Call, KeySummary, Page, PageRequest } from '@keyway/core/driver';
import { asVersion, toSummary } from './key-record.ts';
import type { Version } from './key-record.ts';
import { describeKey, isDeleted, isPending } from './kms-key.ts';
import { isOwnClaim, locateCurrent, readClaims, sequenceOf } from './locate.ts';
import { listMaterialVersions } from './materials/material-versions.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

/** Most aliases that KMS gives at once. */
const maxAliases = 100;

/** A page of the aliases of the account and region. KMS does not list by prefix. */
export async function aliasPage(
  vault: KmsVault,
  { maxPageSize, next }: PageRequest,
  call: Call,
): Promise<Page<AliasListEntry>> {
  const answer = await vault.client.listAliases(
    { Limit: Math.min(maxPageSize, maxAliases), ...(next === undefined ? {} : { Marker: next }) },
    { abortSignal: call.signal },
  );
  return { items: answer.Aliases ?? [], next: answer.Truncated === true ? answer.NextMarker : undefined };
}

/** The current versions behind a page of aliases, deleted ones too: the page is short, even empty, where others have aliases. */
export async function currentVersions(
  vault: KmsVault,
  request: PageRequest,
  call: Call,
): Promise<Page<Version>> {
  const page = await aliasPage(vault, request, call);
  const pointers = page.items.flatMap(({ AliasName = '', TargetKeyId }) => {
    const meant = vault.aliases.parse(AliasName);
    const points = meant !== undefined && meant.sequence === undefined && TargetKeyId !== undefined;
    return points ? [{ name: meant.name, id: TargetKeyId }] : [];
  });
  const versions = await pipelined(pointers, async ({ name, id }) => {
    const key = await describeKey(vault, id, call);
    return key === undefined ? undefined : asVersion(vault, name, key, call);
  });
  return { items: versions.filter((version) => version !== undefined), next: page.next };
}

/** Lists live keys, each by its current version, in the order of KMS. */
export async function listKeys(vault: KmsVault, request: PageRequest, call: Call): Promise<Page<KeySummary>> {
  const { items, next } = await currentVersions(vault, request, call);
  return { items: items.filter(({ key }) => !isDeleted(key)).map(toSummary), next };
}

/** Lists the versions of a live key, oldest first. */
export async function listVersions(
  vault: KmsVault,
  request: PageRequest & { readonly name: string },
  call: Call,
): Promise<Page<KeySummary>> {
  const { name, maxPageSize, next } = request;
  const current = await locateCurrent(vault, name, call);
  if (current.material !== undefined) return listMaterialVersions(vault, current, request, call);
  const newest = await sequenceOf(vault, current, call);
  if (newest === 0) return { items: [toSummary(current)] };
  const from = Math.max(1, Number(next ?? 1));
  const to = Math.min(newest, from + maxPageSize - 1);
  const claims = await readClaims(vault, name, { from, to }, call);
  const keys = claims
    .filter((claim) => isOwnClaim(claim, current.key, newest))
    .flatMap(({ key }) => (key === undefined || isPending(key) ? [] : [key]));
  const versions = await pipelined(keys, (key) => asVersion(vault, name, key, call));
  return { items: versions.map(toSummary), next: to < newest ? String(to + 1) : undefined };
}
