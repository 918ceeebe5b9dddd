import type { KeyObject } from 'node:crypto';
import type { PublicJsonWebKey } from '@keyway/core';
import { KeyManagerError } from '@keyway/core/driver';
import { purgeDue } from './deletion.ts';
import { checkIntegrity } from './integrity-check.ts';
import type { IntegrityReport } from './integrity-check.ts';
import type { LocalOptions } from './options.ts';
import { releaseVerificationKey } from './release.ts';
import { changeSealing, finishResealing, rotateDataKey } from './reseal.ts';
import type { ResealReport } from './reseal.ts';
import { chooseSealing } from './sealing-choice.ts';
import type { Vault } from './vault.ts';
import { readReleaseKey } from './vault-items.ts';

/** What newly seals a vault: exactly one of these. */
export type NewSealing = Pick<LocalOptions, 'passphrase' | 'keyFile' | 'key' | 'sealedBy'>;

/**
 * What only a local vault has: the work of its operator. Everything goes on while others use the vault, and everything
 * may be killed at any moment.
 */
export interface LocalMaintenance {
  /**
   * Destroys the deleted keys whose scheduled purge date has come. Without it they are as good as gone from that moment,
   * but their sealed material stays in the file until their name is used again.
   *
   * @returns Their names.
   */
  purgeDueKeys(): Promise<readonly string[]>;
  /**
   * Seals the vault under another passphrase, key file, key, or key of another vault: at once, whatever its size, since
   * only the data keys are sealed anew. Other processes go on; at a later `rotateSealingKey` they read their passphrase
   * source or key file again, and those that were given the secret itself must open the vault again.
   */
  changeSealing(sealing: NewSealing): Promise<void>;
  /**
   * Replaces the key under which the rows are sealed and authenticated, and seals every row anew, in small changes. Use it
   * when that key may be known to somebody. Interrupted, it is finished by the next call of it or of `finishResealing`.
   */
  rotateSealingKey(): Promise<ResealReport>;
  /** Finishes an interrupted `rotateSealingKey`; does nothing where there is none. */
  finishResealing(): Promise<ResealReport>;
  /** Checks the file and every row in it. */
  checkIntegrity(): Promise<IntegrityReport>;
  /** The public key with which what this vault releases is verified; the header of an answer names it by its `kid`. */
  releaseSigningKey(): Promise<PublicJsonWebKey>;
}

/**
 * Makes the maintenance of an open vault.
 *
 * @param now The current second.
 */
export function createMaintenance(vault: Vault, now: () => number): LocalMaintenance {
  async function whileOpen<Result>(run: () => Promise<Result> | Result): Promise<Result> {
    if (vault.isClosed())
      throw new KeyManagerError('ERR_CLOSED', 'The vault is closed', { provider: 'local' });
    return run();
  }
  return Object.freeze({
    purgeDueKeys: () => whileOpen(() => vault.attempt(() => purgeDue(vault, now()))),
    changeSealing: (sealing: NewSealing) => whileOpen(() => changeSealing(vault, chooseSealing(sealing))),
    rotateSealingKey: () => whileOpen(() => rotateDataKey(vault)),
    finishResealing: () => whileOpen(() => finishResealing(vault)),
    checkIntegrity: () => whileOpen(() => checkIntegrity(vault)),
    releaseSigningKey: () =>
      whileOpen(async () => {
        const read = (): KeyObject => readReleaseKey(vault.database, vault.identity, vault.keyring);
        return releaseVerificationKey(await vault.attempt(read));
      }),
  });
}
