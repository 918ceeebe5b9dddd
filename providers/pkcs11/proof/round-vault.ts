import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { TargetFixtures } from '@keyway/conformance';
import type { SoftToken } from '@keyway/conformance/emulators';
import type { KeyDriver } from '@keyway/core/driver';
import { openToken } from '../src/token/open-token.ts';
import type { JobCall, Token } from '../src/token/token.ts';

/** Where a vault of the suite is, for getting round it. */
export interface Place {
  readonly token: SoftToken;
  readonly namespace: string;
  /** Where its records are, if not on the token. */
  readonly records: string | undefined;
}

/** The vaults that are open, by their identity. */
export const places = new Map<string, Place>();

/** PKCS#11's numbers (v3.1, section 6): once more, since these are about to get round the provider. */
const [dataClass, publicKeyClass, privateKeyClass, ecKeyType, ecKeyPairGen] = [0, 2, 3, 3, 0x1040];
const p256 = Buffer.from('06082a8648ce3d030107', 'hex');

const freshCall = (): JobCall => ({ signal: new AbortController().signal, deadline: Date.now() + 60_000 });

/** Runs something on the token by another session of this process, without any vault. */
async function withToken<Result>(
  { token: { module, libraryParameters, label, pin } }: Place,
  run: (token: Token) => Promise<Result>,
): Promise<Result> {
  const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
  const token = await openToken({ module, libraryParameters, label, pin: octets, workers: 1 });
  try {
    return await run(token);
  } finally {
    await token.close();
  }
}

function placeOf(driver: KeyDriver): Place {
  const found = places.get(driver.identity);
  if (found === undefined) throw new Error('The vault is not one of this target');
  return found;
}

function damageFile(file: string, name: string): void {
  const database = new DatabaseSync(file);
  try {
    const key = `key/${name}`;
    const octets = database.prepare('SELECT octets FROM entries WHERE key = ?').get(key)?.['octets'];
    if (!(octets instanceof Uint8Array)) throw new Error('There is no such record');
    database.prepare('UPDATE entries SET octets = ? WHERE key = ?').run(flipped(octets), key);
  } finally {
    database.close();
  }
}

function flipped(octets: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(octets);
  const last = changed.length - 1;
  changed[last] = (changed[last] ?? 0) ^ 1;
  return changed;
}

/** An object's value cannot be changed everywhere: a damaged copy takes its place. */
async function damageObjects(token: Token, namespace: string, name: string): Promise<void> {
  const attributes = ['application', 'label', 'value'] as const;
  const found = await token.run(
    'findAndRead',
    { template: { class: dataClass, token: true }, attributes },
    freshCall(),
  );
  const label = `${namespace}/key/${name}`;
  const records = found.filter((object) => object.attributes.label === label);
  if (records.length === 0) throw new Error('There is no such record');
  for (const {
    handle,
    attributes: { application, value },
  } of records) {
    if (value === undefined || application === undefined) throw new Error('The record has no value');
    const copy = { class: dataClass, token: true, private: true, application, label, value: flipped(value) };
    await token.run('create', { template: copy }, freshCall());
    await token.run('destroy', { object: { handle } }, freshCall());
  }
}

/** Makes a signing key as other software does: a label, an id of its own, and no record. */
async function makeExternalKey(token: Token, name: string): Promise<string> {
  const id = randomBytes(16);
  const both = { token: true, keyType: ecKeyType, label: name, id } as const;
  await token.run(
    'generateKeyPair',
    {
      mechanism: { type: ecKeyPairGen },
      publicTemplate: { ...both, class: publicKeyClass, ecParams: p256, verify: true },
      privateTemplate: {
        ...both,
        class: privateKeyClass,
        private: true,
        sensitive: true,
        extractable: false,
        sign: true,
      },
    },
    freshCall(),
  );
  const encoded = [...id].map((octet) => `%${octet.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  return `pkcs11:token=${encodeURIComponent(token.facts.label)};id=${encoded};type=private`;
}

/** Ways round the vaults of the suite. */
export const fixtures: TargetFixtures = {
  async damagedRecord(driver, { name }) {
    const place = placeOf(driver);
    const { records, namespace } = place;
    if (records === undefined) await withToken(place, (token) => damageObjects(token, namespace, name));
    else damageFile(records, name);
  },
  externalKey: (driver, name) => withToken(placeOf(driver), (token) => makeExternalKey(token, name)),
};
