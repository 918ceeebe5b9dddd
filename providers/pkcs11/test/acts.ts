import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { Call, JsonWebKey, NewVersionRequest } from '@keyway/core/driver';
import { createDeletionMethods } from '../src/deletion.ts';
import { createKeyMethods } from '../src/keys.ts';
import { createRotationMethods } from '../src/rotation.ts';
import { sourceIdOf } from '../src/source-id.ts';
import type { Pkcs11Vault } from '../src/vault.ts';
import { cko } from '../src/mechanisms.ts';
import { pair, testCall } from './test-call.ts';

/** Something done to the key `k` of a vault. */
export type Act = (vault: Pkcs11Vault, call: Call) => Promise<unknown>;

/** A method that the driver must have. */
export function there<Method>(method: Method | undefined): Method {
  if (method === undefined) throw new Error('The driver lacks the method');
  return method;
}

/** A request for a key that is made fast. */
const secret = (values: Partial<NewVersionRequest> = {}): NewVersionRequest =>
  pair('k', { keyType: 'oct', curve: undefined, size: 256, ...values });

const createWith =
  (request: NewVersionRequest): Act =>
  (vault, call) =>
    there(createKeyMethods(vault).create)(request, call);

export const create: Act = createWith(secret());
export const createDisabled: Act = createWith(secret({ enabled: false }));
export const createPair: Act = createWith(pair('k'));

const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const material = createPrivateKey(made.privateKey.export({ format: 'pem', type: 'pkcs8' })).export({
  format: 'jwk',
}) as JsonWebKey;
export const importPair: Act = (vault, call) =>
  there(createKeyMethods(vault).import)({ ...pair('k'), material }, call);

export const rotate: Act = (vault, call) => there(createRotationMethods(vault).rotate)({ name: 'k' }, call);
export const disable: Act = async (vault, call) => {
  const { read, update } = createKeyMethods(vault);
  const { version } = await there(read)({ name: 'k' }, call);
  return there(update)({ name: 'k', version, changes: { enabled: false } }, call);
};
export const remove: Act = (vault, call) => there(createDeletionMethods(vault).delete)({ name: 'k' }, call);
export const recover: Act = (vault, call) =>
  there(createDeletionMethods(vault).recover)({ name: 'k', allowPartial: false }, call);
export const purge: Act = (vault, call) => there(createDeletionMethods(vault).purge)({ name: 'k' }, call);

/** CKA_ID of the key that {@link putExternal} puts on the token for a namespace. */
const externalId = (namespace: string): Uint8Array => Uint8Array.from(Buffer.from(`external-${namespace}`));

/** Puts a pair on the token as other software would. */
export async function putExternal(
  { token }: Pick<Pkcs11Vault, 'token'>,
  label: string,
  id: Uint8Array,
): Promise<void> {
  const shared = { token: true, label, id };
  await token.run(
    'generateKeyPair',
    {
      mechanism: { type: 0x1040 },
      publicTemplate: {
        class: cko.publicKey,
        ...shared,
        verify: true,
        ecParams: Uint8Array.from(Buffer.from('06082a8648ce3d030107', 'hex')),
      },
      privateTemplate: {
        class: cko.privateKey,
        ...shared,
        private: true,
        sensitive: true,
        extractable: false,
        sign: true,
      },
    },
    testCall(),
  );
}

export const putForeign: Act = (vault) =>
  putExternal(vault, `x-${vault.namespace}`, externalId(vault.namespace));
export const adopt: Act = (vault, call) =>
  there(createKeyMethods(vault).adopt)(
    { name: 'k', sourceId: sourceIdOf(vault, { class: 'private', id: externalId(vault.namespace) }) },
    call,
  );
