import { KeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import type { KmsVault } from '../vault.ts';

const keyIdIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/**
 * Refuses to encrypt with a version that is not current: KMS takes no material for `Encrypt`, it uses the current one. What
 * is known is as old as the last reading of the key.
 */
export function requireCurrentMaterial(
  { materials }: KmsVault,
  { version, sourceId, ownership }: Pick<KeyRecord, 'version' | 'sourceId' | 'ownership'>,
): void {
  if (materials === undefined || ownership === 'external') return;
  const current = materials.current.get(keyIdIn(sourceId));
  if (current === undefined || current === version) return;
  throw new KeyManagerError(
    'ERR_OPERATION_NOT_PERMITTED',
    'KMS encrypts with the current material of a key only: this version decrypts and unwraps, and no more',
    { alternative: 'the current version' },
  );
}
