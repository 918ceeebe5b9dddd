import type { Call } from '@keyway/core/driver';
import { forbidden, isForbidden } from './doctor-access.ts';
import type { Inventory } from './doctor-inventory.ts';
import type { Finding } from './finding.ts';
import { reservedTags, tagsOf } from './key-record.ts';
import { describeKey, isPending } from './kms-key.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

async function keyIds(vault: KmsVault, call: Call): Promise<readonly string[]> {
  const ids: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await vault.client.listKeys(
      { Limit: 100, ...(Marker === undefined ? {} : { Marker }) },
      { abortSignal: call.signal },
    );
    ids.push(...(page.Keys ?? []).flatMap(({ KeyId }) => KeyId ?? []));
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return ids;
}

async function judge(vault: KmsVault, keyId: string, call: Call): Promise<readonly Finding[]> {
  const tags = await tagsOf(vault, keyId, call);
  if (tags.get(reservedTags.vault) !== vault.prefix) return [];
  const key = await describeKey(vault, keyId, call);
  if (key === undefined || isPending(key)) return [];
  return [
    {
      severity: 'warning',
      what: 'orphan',
      message: 'A KMS key was made for this vault and became no version: its maker died, or lost the answer',
      advice: 'Nothing uses it, and it costs money: ScheduleKeyDeletion, unless it is younger than an hour',
      name: tags.get(reservedTags.name),
      keyId,
    },
  ];
}

/** Looks for KMS keys with our tags that no alias points to: among all keys of the account and region. */
export async function findOrphans(
  vault: KmsVault,
  { pointedTo }: Inventory,
  call: Call,
): Promise<readonly Finding[]> {
  try {
    const loose = (await keyIds(vault, call)).filter((id) => !pointedTo.has(id));
    return (await pipelined(loose, (id) => judge(vault, id, call))).flat();
  } catch (error) {
    if (isForbidden(error)) return [{ ...forbidden('kms:ListKeys'), severity: 'note' }];
    throw error;
  }
}
