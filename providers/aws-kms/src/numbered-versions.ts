import type { Call } from '@keyway/core/driver';
import { asVersion } from './key-record.ts';
import type { Version } from './key-record.ts';
import { isOwnClaim, readClaims, sequenceOf } from './locate.ts';
import { pipelined } from './pipelined.ts';
import { requireOwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** A version with its number. */
export interface NumberedVersion extends Version {
  readonly sequence: number;
}

/** All versions of a key but the current one, oldest first, and the numbers of those that KMS has destroyed. */
export async function readOlder(
  vault: KmsVault,
  { name, key, sequence }: NumberedVersion,
  call: Call,
): Promise<{ readonly older: readonly NumberedVersion[]; readonly lost: readonly number[] }> {
  const claims = await readClaims(vault, name, { from: 1, to: sequence - 1 }, call);
  const present = claims.flatMap((claim) =>
    claim.key !== undefined && isOwnClaim(claim, key, sequence)
      ? [{ sequence: claim.sequence, key: claim.key }]
      : [],
  );
  const older = await pipelined(present, async (claim) => ({
    ...(await asVersion(vault, name, claim.key, call)),
    sequence: claim.sequence,
  }));
  const lost = claims.filter((claim) => claim.key === undefined).map((claim) => claim.sequence);
  return { older: older.filter(({ ownership }) => ownership === 'own'), lost };
}

/** A version with the number of the newest claim that is its own. */
export async function numbered(vault: KmsVault, version: Version, call: Call): Promise<NumberedVersion> {
  return { ...version, sequence: await sequenceOf(vault, version, call) };
}

/** Refuses the keys of others, whatever their state. */
export function requireOurs(version: Version): void {
  if (version.ownership === 'external') requireOwnVersion(version);
}
