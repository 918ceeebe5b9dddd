import { invalidArgument } from '@keyway/core/driver';
import type { Call, KeySummary, Page, PageRequest } from '@keyway/core/driver';
import { externalKeys, externalSummary, findExternal } from './external-keys.ts';
import { damagedSummary, toSummary } from './key-record.ts';
import { findDocument, isGone, versionIn } from './locate.ts';
import type { ListedDocument, StoredDocument } from './records/authenticated-records.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

/** A page of the documents that fit, and of the damaged ones, which may fit, in the order of their names. */
export async function listDocuments(
  { records }: Pick<Pkcs11Vault, 'records'>,
  { maxPageSize, next }: PageRequest,
  fits: (stored: StoredDocument) => boolean,
  call: Call,
): Promise<Page<ListedDocument>> {
  const items: ListedDocument[] = [];
  for (let after = next; ;) {
    const limit = maxPageSize + 1;
    const listed = await records.list({ after, limit }, call);
    for (const entry of listed) {
      if (entry.stored !== undefined && !fits(entry.stored)) continue;
      if (items.length === maxPageSize) return { items, next: items.at(-1)?.name };
      items.push(entry);
    }
    after = listed.at(-1)?.name;
    if (listed.length < limit) return { items };
  }
}

/** Tokens of pages: `own:` or `external:`, then the name after which the page begins. */
const tokenText = /^(own|external):(.*)$/;

/** Lists live keys, each once: those of this vault in the order of their names, then those of other software in theirs. */
export async function listKeys(
  vault: Pkcs11Vault,
  { maxPageSize, next }: PageRequest,
  call: Call,
): Promise<Page<KeySummary>> {
  const [, part, after] = tokenText.exec(next ?? 'own:') ?? [];
  if (part === undefined || after === undefined) throw invalidArgument('This is no token of a page');
  if (part === 'external') return listExternal(vault, after, maxPageSize, call);
  const request = { maxPageSize, next: after === '' ? undefined : after };
  const live = ({ document }: StoredDocument): boolean =>
    document.deletedOn === undefined && !isGone(document, call.now);
  const page = await listDocuments(vault, request, live, call);
  const items = page.items.map(({ name, stored }) =>
    stored === undefined ? damagedSummary(name) : toSummary(vault, versionIn(stored, undefined)),
  );
  if (page.next !== undefined) return { items, next: `own:${page.next}` };
  const rest = await listExternal(vault, '', maxPageSize - items.length, call);
  return { items: [...items, ...rest.items], next: rest.next };
}

async function listExternal(
  vault: Pkcs11Vault,
  after: string,
  count: number,
  call: Call,
): Promise<Page<KeySummary>> {
  const keys = await externalKeys(vault, call);
  const rest = keys.filter(({ name }) => name > after);
  const items = rest.slice(0, count).map((key) => externalSummary(vault, key));
  if (rest.length <= count) return { items };
  return { items, next: `external:${items.at(-1)?.name ?? after}` };
}

/** Lists the versions of a live key, oldest first. */
export async function listVersions(
  vault: Pkcs11Vault,
  request: PageRequest & { readonly name: string },
  call: Call,
): Promise<Page<KeySummary>> {
  const { name, maxPageSize, next } = request;
  const stored = await findDocument(vault, name, call);
  const external = stored === undefined ? await findExternal(vault, name, call) : undefined;
  if (external !== undefined) return { items: [externalSummary(vault, external)] };
  if (stored === undefined) throw notFound();
  if (stored.document.deletedOn !== undefined) throw notFound('key', true);
  const { versions } = stored.document;
  const from = next === undefined ? 0 : versions.findIndex(({ version }) => version === next) + 1;
  const page = versions.slice(from, from + maxPageSize);
  const items = page.map((version) => toSummary(vault, { stored, version }));
  return from + maxPageSize < versions.length ? { items, next: page.at(-1)?.version } : { items };
}
