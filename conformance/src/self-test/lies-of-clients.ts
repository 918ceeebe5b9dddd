import { channel } from 'node:diagnostics_channel';
import type { CryptographyClient, KeyManager, SignatureAlgorithm } from '@keyway/core';
import { signatureRows } from '../algorithm-ids.ts';
import { inPlaceOf } from './in-place-of.ts';
import type { Lie } from './lie.ts';

/** A core whose clients lie. */
function clientLie(
  id: string,
  lie: (honest: CryptographyClient, manager: KeyManager) => Partial<CryptographyClient>,
): Lie {
  return {
    id,
    manager: (manager) => ({
      ...manager,
      getCryptographyClient: async (name, options) => {
        const honest = await manager.getCryptographyClient(name, options);
        return { ...honest, ...lie(honest, manager) };
      },
    }),
  };
}

/** Lies that only a wrong core could tell, in its clients: the cases about core's own rules must bite too. */
export const clientLies: readonly Lie[] = [
  clientLie('core-offers-every-signature', (honest) => ({
    algorithms: (operation) =>
      operation === 'encrypt' ? signatureRows.map(({ name }) => name) : honest.algorithms(operation),
  })),
  clientLie('core-ignores-key-operations', (honest, manager) => ({
    algorithms: (operation) =>
      honest.algorithms(operation).length === 0 ? ['ES256' as const] : honest.algorithms(operation),
    verifyData: async (algorithm: SignatureAlgorithm, data: Uint8Array, signature: Uint8Array) => {
      const result = {
        algorithm: 'ES256',
        id: `${manager.vaultUri}/none`,
        execution: 'local',
        result: false,
      } as const;
      return await inPlaceOf(
        'ERR_INVALID_ARGUMENT',
        honest.verifyData(algorithm, data, signature),
        () => result,
      );
    },
  })),
  clientLie('core-makes-results-up-for-damaged-keys', (honest) => {
    const madeUp = { algorithm: 'ES256', id: honest.keyId, execution: 'remote' } as const;
    const octets = new Uint8Array(64);
    return {
      sign: (algorithm, digest, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.sign(algorithm, digest, options), () => ({
          ...madeUp,
          signature: octets,
        })),
      signData: async (algorithm: SignatureAlgorithm, data: Uint8Array) =>
        await inPlaceOf('ERR_INTEGRITY', honest.signData(algorithm, data), () => ({
          ...madeUp,
          signature: octets,
        })),
      encrypt: (algorithm, plaintext, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.encrypt(algorithm, plaintext, options), () => ({
          ...madeUp,
          ciphertext: octets,
          iv: undefined,
          authenticationTag: undefined,
        })),
      wrapKey: (algorithm, key, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.wrapKey(algorithm, key, options), () => ({
          ...madeUp,
          encryptedKey: octets,
        })),
    };
  }),
  clientLie('core-says-yes-to-every-ecdsa-signature', (honest) => {
    const yes =
      <Given extends readonly unknown[], Answer extends { readonly result: boolean }>(
        verify: (algorithm: SignatureAlgorithm, ...given: Given) => Promise<Answer>,
      ) =>
      async (algorithm: SignatureAlgorithm, ...given: Given): Promise<Answer> => {
        const answer = await verify(algorithm, ...given);
        return algorithm.startsWith('ES') ? { ...answer, result: true } : answer;
      };
    return {
      verifyData: yes(honest.verifyData),
      verify: yes(honest.verify as never) as CryptographyClient['verify'],
    };
  }),
  clientLie('core-publishes-plaintexts', (honest) => ({
    encrypt: (algorithm, plaintext, options) => {
      const said = { operation: 'encrypt', text: Buffer.from(plaintext).toString() };
      channel('tracing:keyway:operation:start').publish(said);
      return honest.encrypt(algorithm, plaintext, options);
    },
  })),
];
