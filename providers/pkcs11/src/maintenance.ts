import type { Call } from '@keyway/core/driver';
import { createDiagnose } from './doctor.ts';
import type { Diagnose } from './doctor.ts';
import { isGone } from './locate.ts';
import { listDocuments } from './listing.ts';
import { purgeGone } from './purge.ts';
import { sweep } from './sweep.ts';
import type { SweepReport } from './sweep.ts';
import { createDescribe } from './token-report.ts';
import type { Describe } from './token-report.ts';
import type { Pkcs11Vault } from './vault.ts';

/** Documents that are looked at at once. */
const pageSize = 100;

/**
 * Destroys the deleted keys whose scheduled purge date has come. Until then they are as good as gone, but their objects
 * stay on the token.
 *
 * @returns Their names.
 */
export async function purgeDue(vault: Pkcs11Vault, call: Call): Promise<readonly string[]> {
  const names: string[] = [];
  let next: string | undefined;
  do {
    const page = await listDocuments(
      vault,
      { maxPageSize: pageSize, next },
      ({ document }) => isGone(document, call.now),
      call,
    );
    for (const { name, stored } of page.items) {
      // Nobody can say of a damaged document whether its time has come.
      if (stored === undefined) continue;
      await purgeGone(vault, name, call);
      names.push(name);
    }
    next = page.next;
  } while (next !== undefined);
  return names;
}

/** What only a vault on a token has: the work of its operator. Everything may be killed at any moment. */
export interface Pkcs11Maintenance {
  /** Destroys the deleted keys whose scheduled purge date has come, and gives their names. */
  purgeDueKeys(): Promise<readonly string[]>;
  /** Puts in order what killed processes have left half way; every opening does so, too. */
  sweep(): Promise<SweepReport>;
  /** Looks through the vault and its token for what does not work, is left over or too weak, and changes nothing. */
  readonly doctor: Diagnose;
  /** What module, slots and token say of themselves now, and what was found out about the token by trying. */
  readonly describe: Describe;
}

/**
 * Makes the maintenance of an open vault.
 *
 * @param call Makes the limits of one piece of work.
 */
export function createMaintenance(vault: Pkcs11Vault, call: () => Call): Pkcs11Maintenance {
  return Object.freeze({
    purgeDueKeys: () => purgeDue(vault, call()),
    sweep: () => sweep(vault, call()),
    doctor: createDiagnose(vault),
    describe: createDescribe(vault),
  });
}
