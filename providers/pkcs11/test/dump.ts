import { expect } from 'vitest';
import { cko } from '../src/mechanisms.ts';
import { currentOf } from '../src/locate.ts';
import { objectIdOf } from '../src/object-id.ts';
import type { Pkcs11Vault } from '../src/vault.ts';
import { testCall } from './test-call.ts';

/** One version with what is on the token of it. */
interface DumpedVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly objects: readonly string[];
  /** Whether the key that must stay secret may sign. */
  readonly signs: boolean | undefined;
}

/** All that there is under one name of a vault, and all that is there beside it. */
export interface Dump {
  readonly state: 'none' | 'live' | 'deleted' | 'purging';
  readonly versions: readonly DumpedVersion[];
  readonly current: string | undefined;
  /** Objects of the namespace that no version has. */
  readonly orphans: readonly string[];
  readonly intents: number;
  readonly claims: readonly string[];
}

const classNames: ReadonlyMap<number | undefined, string> = new Map([
  [cko.privateKey, 'private'],
  [cko.publicKey, 'public'],
  [cko.secretKey, 'secret'],
]);

const hex = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('hex');

/** Reads everything on the token, and what the records say of one name. */
export async function dumpOf(vault: Pkcs11Vault, name: string): Promise<Dump> {
  const call = testCall();
  const { namespace } = vault;
  const stored = await vault.records.read(name, call);
  const attributes = ['class', 'label', 'id', 'sign'] as const;
  const all = await vault.token.run('findAndRead', { template: {}, attributes }, call);
  const taken = new Set<bigint>();
  const versions = (stored?.document.versions ?? []).map(({ version, enabled }): DumpedVersion => {
    const id = hex(objectIdOf(namespace, name, version));
    const objects = all.filter((object) => hex(object.attributes.id) === id && object.attributes.class !== 0);
    for (const { handle } of objects) taken.add(handle);
    const secret = objects.find(({ attributes: { class: is } }) => is !== cko.publicKey);
    return {
      version,
      enabled,
      objects: objects.map(({ attributes: { class: is } }) => classNames.get(is) ?? '?').toSorted(),
      signs: secret?.attributes.sign,
    };
  });
  const orphans = all.filter(
    ({ handle, attributes: { class: is, label = '' } }) =>
      !taken.has(handle) &&
      is !== cko.data &&
      label.startsWith(`${namespace}/`) &&
      !label.startsWith(`${namespace}//`),
  );
  const data = all.filter(
    ({ attributes: { class: is, label = '' } }) => is === cko.data && label.startsWith(`${namespace}/`),
  );
  const state =
    stored === undefined
      ? 'none'
      : stored.document.purging === true
        ? 'purging'
        : stored.document.deletedOn === undefined
          ? 'live'
          : 'deleted';
  const labels = data.map(({ attributes: { label = '' } }) => label);
  const doubled = labels.filter((label, index) => labels.indexOf(label) !== index);
  return {
    state,
    versions,
    current: stored === undefined ? undefined : currentOf(stored.document).version,
    orphans: [...orphans.map(({ attributes: { label = '' } }) => label), ...doubled],
    intents: (await vault.intents.all(call)).length,
    claims: [...(await vault.claims.all(call)).keys()],
  };
}

/** Whatever the state is: the token has what the document says, and nothing else, and nothing is under way. */
export function expectWhole(dump: Dump): void {
  expect(dump.orphans).toEqual([]);
  expect(dump.intents).toBe(0);
  expect(dump.state).not.toBe('purging');
  for (const { enabled, objects, signs } of dump.versions) {
    expect([['private', 'public'], ['secret']]).toContainEqual(objects);
    expect(signs).toBe(enabled && dump.state === 'live');
  }
}

/** Destroys everything of a vault's namespace, so that what follows need not look through it. */
export async function cleanUp({ token, namespace }: Pick<Pkcs11Vault, 'token' | 'namespace'>): Promise<void> {
  const call = testCall();
  const all = await token.run('findAndRead', { template: {}, attributes: ['label'] }, call);
  for (const { handle, attributes } of all) {
    if (attributes.label?.startsWith(`${namespace}/`) === true) {
      await token.run('destroy', { object: { handle } }, call);
    }
  }
}
