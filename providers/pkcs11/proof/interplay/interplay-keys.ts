import { createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyManager } from '@keyway/core';
import { parsePkcs11Uri } from '@keyway/pkcs11';
import { kindRow } from './interplay-methods.ts';
import type { Kind } from './interplay-methods.ts';
import type { Owner } from './interplay-pairs.ts';
import { wrapArguments } from './openssl.ts';
import { publicKeyOf } from './pkcs11-tool.ts';
import type { Outside } from './run-outside.ts';

/** A key on the token that Keyway and others can use. */
export interface InterplayKey {
  /** Keyway's name of it. */
  readonly name: string;
  /** CKA_ID, in hexadecimal digits. */
  readonly id: string;
  /** As pkcs11-tool reads it out; absent for secret keys. */
  readonly publicKey: KeyObject | undefined;
  /** The key itself, where it was made outside: in PEM, or the octets of a secret key. */
  readonly material: Buffer | undefined;
}

/** Makes the keys of the pairs, each once. */
export type InterplayKeys = (kind: Kind, owner: Owner) => Promise<InterplayKey>;

/** Makes a source of keys. */
export function createInterplayKeys(manager: KeyManager, outside: Outside): InterplayKeys {
  const made = new Map<string, Promise<InterplayKey>>();
  return (kind, owner) => {
    const at = `${kind} ${owner}`;
    const key = made.get(at) ?? bring(manager, outside, kind, owner);
    made.set(at, key);
    return key;
  };
}

async function bring(manager: KeyManager, outside: Outside, kind: Kind, owner: Owner): Promise<InterplayKey> {
  const { keyType, options } = kindRow(kind);
  const name = `${kind}-${owner}`.toLowerCase();
  const withPublic = async (id: string, material?: Buffer): Promise<InterplayKey> => {
    const publicKey = keyType === 'oct' ? undefined : await publicKeyOf(outside, id, options.curve);
    return { name, id, publicKey, material };
  };
  if (owner === 'own') {
    const { properties } = await manager.createKey(name, keyType, options);
    return withPublic(Buffer.from(parsePkcs11Uri(properties.sourceId ?? '').id ?? []).toString('hex'));
  }
  const id = randomBytes(8).toString('hex');
  const material = owner === 'written' ? await write(outside, kind, id, name) : undefined;
  if (owner !== 'written') await generate(outside, kind, id, name);
  await take(manager, outside, { kind, owner, id, name });
  return withPublic(id, material);
}

/** Lets Keyway have a key of others, as its owner says. */
async function take(
  manager: KeyManager,
  { token }: Outside,
  {
    kind,
    owner,
    id,
    name,
  }: { readonly kind: Kind; readonly owner: Owner; readonly id: string; readonly name: string },
): Promise<void> {
  const type = kindRow(kind).keyType === 'oct' ? 'secret-key' : 'private';
  const coded = id.replaceAll(/../g, (octet) => `%${octet}`);
  const uri = `pkcs11:token=${encodeURIComponent(token.label)};id=${coded};type=${type}`;
  const { properties } = owner === 'adopted' ? await manager.adoptKey(name, uri) : await manager.getKey(name);
  const expected = owner === 'adopted' ? 'own' : 'external';
  if (properties.ownership !== expected)
    throw new Error(`The key is ${properties.ownership}, not ${expected}`);
}

async function generate({ tool }: Outside, kind: Kind, id: string, label: string): Promise<void> {
  const { keyType, toolType, toolUsage } = kindRow(kind);
  const how = keyType === 'oct' ? '--keygen' : '--keypairgen';
  await tool([how, '--key-type', toolType, '--id', id, '--label', label, '--sensitive', ...toolUsage]);
}

/** Makes a key outside and brings it to the token. @returns The key. */
async function write(outside: Outside, kind: Kind, id: string, label: string): Promise<Buffer> {
  const { tool, openssl, fileOf, freshFile, octetsOf } = outside;
  const { toolType, toolUsage, genpkey, options } = kindRow(kind);
  const both = ['--id', id, '--label', label];
  if (genpkey === undefined) {
    const material = randomBytes((options.size ?? 0) / 8);
    if (toolType.startsWith('GENERIC')) await unwrapGeneric(outside, material, id, label);
    else await writeSecret(outside, material, [...both, ...toolUsage]);
    return material;
  }
  const file = freshFile();
  await openssl(['genpkey', ...genpkey, '-out', file]);
  const material = octetsOf(file);
  const spki = fileOf(createPublicKey(material).export({ format: 'der', type: 'spki' }));
  await tool(['--write-object', file, '--type', 'privkey', ...both, '--sensitive', ...toolUsage]);
  await tool(['--write-object', spki, '--type', 'pubkey', ...both, ...toolUsage]);
  return material;
}

async function writeSecret(
  { tool, fileOf }: Outside,
  material: Buffer,
  args: readonly string[],
): Promise<void> {
  const type = ['--type', 'secrkey', '--key-type', `AES:${material.length}`];
  await tool(['--write-object', fileOf(material), ...type, '--sensitive', ...args]);
}

/** pkcs11-tool writes no generic secrets, but it unwraps them. */
async function unwrapGeneric(outside: Outside, material: Buffer, id: string, label: string): Promise<void> {
  const { tool, openssl, fileOf, freshFile } = outside;
  const [wrapping, wrappingId, wrapped] = [randomBytes(32), randomBytes(8).toString('hex'), freshFile()];
  await writeSecret(outside, wrapping, ['--id', wrappingId, '--label', 'wrapping']);
  await openssl([...wrapArguments('-e', wrapping), '-in', fileOf(material), '-out', wrapped]);
  const under = ['--unwrap', '-m', 'AES-KEY-WRAP', '--id', wrappingId, '--input-file', wrapped];
  const made = ['--key-type', 'GENERIC:', '--application-id', id, '--application-label', label];
  await tool([...under, ...made, '--usage-sign', '--sensitive']);
  await tool(['--delete-object', '--type', 'secrkey', '--id', wrappingId]);
}
