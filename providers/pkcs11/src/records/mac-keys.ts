import { randomBytes } from 'node:crypto';
import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import { ckk, ckm, cko } from '../mechanisms.ts';
import { repeatVanished } from '../repeat-vanished.ts';
import type { JobCall, Token } from '../token/token.ts';

const macKeyLength = 32;

/**
 * The keys on the token that authenticate the records of one namespace. Usually one; two that opened a new namespace at
 * once have made one each, and what either authenticates holds: none of them is ever removed.
 */
export interface MacKeys {
  /** The codes of a message under every key; the first one is what is written. */
  codes(message: Uint8Array, call: JobCall): Promise<readonly Uint8Array[]>;
  /** Looks for keys that others have made since. */
  reload(call: JobCall): Promise<void>;
  readonly count: number;
}

/** CKA_LABEL of the keys: no key of the contract has a name that is empty. */
const macKeyLabel = (namespace: string): string => `${namespace}//records`;

const checked = ['id', 'sensitive', 'extractable', 'alwaysSensitive', 'neverExtractable', 'sign'] as const;

async function findKeys(token: Token, namespace: string, call: JobCall): Promise<readonly Uint8Array[]> {
  const template = { class: cko.secretKey, token: true, label: macKeyLabel(namespace) };
  const found = await repeatVanished(() => token.run('findAndRead', { template, attributes: checked }, call));
  // A key whose value somebody may know would authenticate whatever that one writes.
  return found
    .map(({ attributes }) => attributes)
    .filter(
      ({ sensitive, extractable, alwaysSensitive, neverExtractable, sign }) =>
        // NSS says of no key that it is CKA_LOCAL.
        sensitive && !extractable && alwaysSensitive && neverExtractable && sign,
    )
    .flatMap(({ id }) => (id === undefined ? [] : [id]))
    .toSorted((one, other) => Buffer.compare(one, other));
}

async function makeKey(token: Token, namespace: string, call: JobCall): Promise<void> {
  await token.run(
    'generateKey',
    {
      mechanism: { type: ckm.genericSecretKeyGen },
      template: {
        class: cko.secretKey,
        keyType: ckk.genericSecret,
        valueLen: macKeyLength,
        token: true,
        private: true,
        sensitive: true,
        extractable: false,
        sign: true,
        verify: false,
        encrypt: false,
        decrypt: false,
        wrap: false,
        unwrap: false,
        derive: false,
        id: Uint8Array.from(randomBytes(20)),
        label: macKeyLabel(namespace),
      },
    },
    call,
  );
}

const isMissing = (error: unknown): boolean => isKeyManagerError(error) && error.code === 'ERR_KEY_NOT_FOUND';

/** It was there when the vault was opened. SoftHSM at times does not find what is there, while another process writes. */
function outOfSight(cause: unknown): KeyManagerError {
  return new KeyManagerError(
    'ERR_UNAVAILABLE',
    'The token does not find the key that authenticates records',
    {
      provider: 'pkcs11',
      retryable: true,
      cause,
    },
  );
}

function lostKey(): KeyManagerError {
  return new KeyManagerError(
    'ERR_INTEGRITY',
    'There are records, but the key on the token that authenticates them is not there: they are of another token',
    { provider: 'pkcs11' },
  );
}

/**
 * Finds the keys of a namespace, and makes the first one where there is none.
 *
 * @param hasRecords Tells whether there is anything that a key must have authenticated before.
 * @throws ERR_INTEGRITY where there are records and no key.
 */
export async function openMacKeys(
  token: Token,
  namespace: string,
  hasRecords: () => Promise<boolean>,
  call: JobCall,
): Promise<MacKeys> {
  let ids = await findKeys(token, namespace, call);
  if (ids.length === 0) {
    if (await hasRecords()) {
      // Somebody may have made the key and a record since we looked.
      ids = await findKeys(token, namespace, call);
      if (ids.length === 0) throw lostKey();
    } else {
      await makeKey(token, namespace, call);
      ids = await findKeys(token, namespace, call);
    }
  }
  if (ids.length === 0) {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The token keeps no key that could authenticate records');
  }
  const mechanism = { type: ckm.sha256Hmac };
  const sign = (id: Uint8Array, data: Uint8Array, call: JobCall): Promise<Uint8Array> =>
    token.run('sign', { key: { class: 'secret', id }, mechanism, data, size: macKeyLength }, call);
  const reload = async (call: JobCall): Promise<void> => {
    const found = await findKeys(token, namespace, call);
    if (found.length > 0) ids = found;
  };
  return {
    reload,
    async codes(message, call) {
      try {
        return await Promise.all(ids.map((id) => sign(id, message, call)));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await reload(call);
      }
      try {
        return await Promise.all(ids.map((id) => sign(id, message, call)));
      } catch (error) {
        throw isMissing(error) ? outOfSight(error) : error;
      }
    },
    get count() {
      return ids.length;
    },
  };
}
