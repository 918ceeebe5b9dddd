import type { JsonWebKey } from '@keyway/core';
import type { AttestationAuthorities, LocalVault } from '@keyway/local';

/** What the child is to do, in `plan.json`. It holds no secret. */
export interface Plan {
  readonly uri: string;
  /** Whether the child imports the keys itself, from `keys.json`, or finds them in the vault. */
  readonly imports: boolean;
  readonly attestationAuthorities: AttestationAuthorities;
  readonly attestationToken: string;
  readonly releasePolicy: string;
}

/** The keys, by their names. Of symmetric ones there are many: what was freed is soon used again, but not all of it. */
export type TestJwks = Readonly<Record<'oct' | 'ec' | 'rsa' | 'okp' | `mac-${number}`, JsonWebKey>>;

/** How many keys `mac-0`, `mac-1` and so on there are. */
export const macs = 20;

/** The keys that the child backs up, deletes and restores. */
export const restored: readonly (keyof TestJwks)[] = ['oct', 'rsa', 'okp', 'mac-0', 'mac-1'];

/** Puts the keys into a vault. */
export async function importKeys(vault: LocalVault, jwks: TestJwks, policy: string): Promise<void> {
  const releasePolicy = { encodedPolicy: Buffer.from(policy) };
  await vault.importKey('oct', jwks.oct, { keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] });
  await vault.importKey('ec', jwks.ec, { exportable: true, releasePolicy });
  await vault.importKey('rsa', jwks.rsa, { keyOperations: ['sign', 'verify'] });
  await vault.importKey('okp', jwks.okp);
  for (let mac = 0; mac < macs; mac++) {
    await vault.importKey(`mac-${mac}`, jwks[`mac-${mac}`] ?? { kty: 'oct' }, {
      keyOperations: ['sign', 'verify'],
    });
  }
}
