import type { Call } from '@keyway/core/driver';
import { asVersion } from './key-record.ts';
import type { Version } from './key-record.ts';
import { describeKey } from './kms-key.ts';
import { isOwnClaim, readClaims, sequenceOf } from './locate.ts';
import type { Claim } from './locate.ts';
import { pipelined } from './pipelined.ts';
import { pauseAfter } from './run-steps.ts';
import { requireOwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** A version with its number. */
export interface NumberedVersion extends Version {
  readonly sequence: number;
}

/** How often a claim that is not found is looked for again: a version that was made just now may not be seen yet. */
const looksAgain = 3;

/** The claims of a name up to a number: each was made once, so that one which is missing is destroyed or not seen yet. */
async function readAllClaims(
  vault: KmsVault,
  name: string,
  to: number,
  call: Call,
): Promise<readonly Claim[]> {
  let claims = await readClaims(vault, name, { from: 1, to }, call);
  for (let look = 1; look <= looksAgain && claims.some(({ key }) => key === undefined); look++) {
    await pauseAfter(vault, look, call);
    claims = await pipelined(claims, async (claim) => {
      const { sequence, key } = claim;
      if (key !== undefined) return claim;
      return { sequence, key: await describeKey(vault, vault.aliases.claim(name, sequence), call) };
    });
  }
  return claims;
}

/** All versions of a key but the current one, oldest first, and the numbers of those that KMS has destroyed. */
export async function readOlder(
  vault: KmsVault,
  { name, key, sequence }: NumberedVersion,
  call: Call,
): Promise<{ readonly older: readonly NumberedVersion[]; readonly lost: readonly number[] }> {
  const claims = await readAllClaims(vault, name, sequence - 1, call);
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
