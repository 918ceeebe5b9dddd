import { isKeyManagerError } from '@keyway/core';
import type { AlgorithmName, CryptographyClient, JsonWebKey, KeyManager, KeyOperation } from '@keyway/core';

/** Imports keys of vectors and gives clients for them. Keys of one algorithm become versions of one key. */
export interface VaultKeys {
  client(
    key: JsonWebKey,
    algorithm: AlgorithmName,
    keyOperations: readonly KeyOperation[],
  ): Promise<CryptographyClient>;
}

/** Makes {@link VaultKeys} on a vault; `newName` gives a name for each algorithm. */
export function createVaultKeys(manager: KeyManager, newName: () => string): VaultKeys {
  const names = new Map<string, string>();
  return {
    async client(key, algorithm, keyOperations) {
      const name = names.get(algorithm) ?? newName();
      names.set(algorithm, name);
      // Only AKP needs its algorithm; a vault need not know how to restrict other keys to one.
      const restriction = key.kty === 'AKP' ? { algorithm } : {};
      const { properties } = await manager.importKey(name, key, { ...restriction, keyOperations });
      return await manager.getCryptographyClient(name, { version: properties.version });
    },
  };
}

/** A symmetric key as a JWK. */
export function octKey(hex: string): JsonWebKey {
  return { kty: 'oct', k: Buffer.from(hex, 'hex').toString('base64url') };
}

/** A text member of a vector as octets. */
export function octets(texts: Readonly<Record<string, string>>, member: string): Uint8Array {
  const text = texts[member];
  if (text === undefined || text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text))
    throw new Error(`No octets: ${member}`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Whether two strings of octets are the same. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/**
 * The result, or nothing where the contract refused it as it should: damaged, or not a value of that form. Any other
 * error goes on.
 */
export async function unlessRefused<Result>(attempt: Promise<Result>): Promise<Result | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (isKeyManagerError(error) && (error.code === 'ERR_INTEGRITY' || error.code === 'ERR_INVALID_ARGUMENT'))
      return undefined;
    throw error;
  }
}

/** @throws Error unless the contract refuses the attempt: proves that a parameter really is lacking. */
export async function mustRefuse(attempt: Promise<unknown>, what: string): Promise<void> {
  const answer = await unlessRefused(attempt.then(() => 'accepted')).catch((error: unknown) => {
    // A vault that has no such keys at all says so.
    if (isKeyManagerError(error) && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  });
  if (answer !== undefined) throw new Error(`Vectors are skipped for ${what}, but the contract accepts it`);
}
