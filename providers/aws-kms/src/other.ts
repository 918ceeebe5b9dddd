import type { OtherMethods } from '@keyway/core/driver';
import { freshSecret } from './answers.ts';
import type { KmsVault } from './vault.ts';

/** The rest of the vault: KMS gives randomness, and neither exports nor releases a key. */
export function createOtherMethods({ client }: KmsVault): OtherMethods {
  return {
    random: async ({ count }, call) => {
      const answer = await client.generateRandom({ NumberOfBytes: count }, { abortSignal: call.signal });
      return freshSecret(answer.Plaintext, count);
    },
  };
}
