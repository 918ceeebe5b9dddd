import type { Call } from '@keyway/core/driver';
import type { Version } from './key-record.ts';
import { isPending } from './kms-key.ts';
import { readClaims } from './locate.ts';
import type { Standing } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** Versions looked at together, the newest first. */
const batch = 10;

/** The version of a live name that a request has made before; nothing where it has made none. */
export async function findRequest(
  vault: KmsVault,
  { current, sequence }: Standing,
  call: Call,
): Promise<Version | undefined> {
  const { requestId } = call;
  if (requestId === undefined) return undefined;
  if (current.record.requestId === requestId) return current;
  const { name } = current;
  for (let to = sequence - 1; to > 0; to -= batch) {
    const claims = await readClaims(vault, name, { from: Math.max(1, to - batch + 1), to }, call);
    for (const { key } of claims) {
      if (key === undefined || isPending(key) || key.record?.name !== name) continue;
      if (key.record.requestId === requestId) return { name, key, ownership: 'own', record: key.record };
    }
  }
  return undefined;
}
