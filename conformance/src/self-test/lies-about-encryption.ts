import { createHash } from 'node:crypto';
import { KeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import { flipped, methodLie } from './lie.ts';
import type { Lie } from './lie.ts';

const mask = (octets: Uint8Array): Uint8Array => octets.map((octet) => octet ^ 0x55);
const digest = (...parts: readonly (Uint8Array | undefined)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part ?? '');
  return hash.digest('hex');
};

/** Encrypting, decrypting, wrapping and unwrapping wrongly. */
export const encryptionLies: readonly Lie[] = [
  methodLie('drops-the-aad', {
    cryptography: {
      encrypt:
        (honest) =>
        ({ additionalAuthenticatedData: _, ...request }, call) =>
          honest(request, call),
      decrypt:
        (honest) =>
        ({ additionalAuthenticatedData: _, ...request }, call) =>
          honest(request, call),
    },
  }),
  methodLie('masks-what-it-encrypts', {
    cryptography: {
      encrypt: (honest) => (request, call) =>
        honest({ ...request, plaintext: mask(request.plaintext) }, call),
      decrypt: (honest) => async (request, call) => {
        const answer = await honest(request, call);
        return { ...answer, plaintext: mask(answer.plaintext) };
      },
    },
  }),
  methodLie('masks-what-it-wraps', {
    cryptography: {
      wrapKey: (honest) => (request, call) =>
        honest({ ...request, keyToWrap: mask(request.keyToWrap) }, call),
      unwrapKey: (honest) => async (request, call) => {
        const answer = await honest(request, call);
        return { ...answer, unwrappedKey: mask(answer.unwrappedKey) };
      },
    },
  }),
  methodLie('repeats-the-iv-of-gcm', () => {
    const ivs = new Map<string, Uint8Array | undefined>();
    return {
      cryptography: {
        encrypt: (honest) => async (request, call) => {
          const answer = await honest(request, call);
          if (!request.algorithm.endsWith('GCM')) return answer;
          const iv = ivs.get(request.version) ?? answer.iv;
          ivs.set(request.version, iv);
          return { ...answer, iv };
        },
      },
    };
  }),
  methodLie('decrypts-with-the-current-version', () => {
    const current = new Map<string, KeyRecord>();
    const note = (record: KeyRecord): KeyRecord => {
      current.set(record.name, record);
      return record;
    };
    return {
      keys: {
        create: (honest) => async (request, call) => note(await honest(request, call)),
        import: (honest) => async (request, call) => note(await honest(request, call)),
      },
      cryptography: {
        decrypt: (honest) => async (request, call) => {
          const key = current.get(request.name) ?? request.key;
          const { plaintext } = await honest({ ...request, key, version: key.version }, call);
          return { plaintext };
        },
        unwrapKey: (honest) => async (request, call) => {
          const key = current.get(request.name) ?? request.key;
          const { unwrappedKey } = await honest({ ...request, key, version: key.version }, call);
          return { unwrappedKey };
        },
      },
    };
  }),
  methodLie('remembers-plaintexts', () => {
    const known = new Map<string, Uint8Array>();
    return {
      cryptography: {
        encrypt: (honest) => async (request, call) => {
          const answer = await honest(request, call);
          known.set(digest(answer.ciphertext), request.plaintext);
          return answer;
        },
        decrypt: (honest) => async (request, call) => {
          const plaintext = known.get(digest(request.ciphertext));
          return plaintext === undefined ? await honest(request, call) : { plaintext };
        },
      },
    };
  }),
  methodLie('says-what-was-wrong-with-a-ciphertext', {
    cryptography: {
      decrypt: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch (error) {
          const what =
            request.ciphertext.length % 2 === 0 ? 'The tag differs' : 'The ciphertext is too short';
          throw new KeyManagerError('ERR_INTEGRITY', what, { cause: error });
        }
      },
    },
  }),
  methodLie('gives-rubbish-in-place-of-integrity-errors', {
    cryptography: {
      decrypt: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch (error) {
          if (request.algorithm.endsWith('CBCPAD')) return { plaintext: request.ciphertext };
          throw error;
        }
      },
      unwrapKey: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch {
          return { unwrappedKey: flipped(request.wrappedKey) };
        }
      },
    },
  }),
  methodLie('opens-each-ciphertext-once', () => {
    const opened = new Set<string>();
    const once = (octets: Uint8Array): void => {
      const seen = digest(octets);
      if (opened.has(seen)) throw new KeyManagerError('ERR_CONFLICT', 'It was opened before');
      opened.add(seen);
    };
    return {
      cryptography: {
        decrypt: (honest) => async (request, call) => {
          const answer = await honest(request, call);
          once(request.ciphertext);
          return answer;
        },
        unwrapKey: (honest) => async (request, call) => {
          const answer = await honest(request, call);
          once(request.wrappedKey);
          return answer;
        },
      },
    };
  }),
];
