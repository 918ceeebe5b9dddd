import { createHash, createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { provingAlgorithm, signatureRow } from '../src/algorithms.ts';
import { backupKey, unwrapFromBackup, wrapForBackup } from '../src/backup.ts';
import { formatBackup, parseBackup } from '../src/backup-format.ts';
import type { Authenticator, BackupContent } from '../src/backup-format.ts';
import type { KeyKind } from '../src/key-kind.ts';
import { secretClassOf } from '../src/key-templates.ts';
import { destroyObjects, findObjects } from '../src/object-set.ts';
import { openMacKeys } from '../src/records/mac-keys.ts';
import { works } from '../src/token-features.ts';
import type { TokenAccess } from '../src/token-access.ts';
import { expectedFeatures } from './expected-features.ts';
import { accessTo, freshPlace, generated, methodsOf, there } from './test-keys.ts';
import { closeTokens, libraries, testCall } from './token-of.ts';
import type { Library } from './token-of.ts';

afterAll(closeTokens);

const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt'] as const;

const materials = ['RSA', 'P-256', 'P-384', 'P-521', 'P-256K', 'AES', 'HMAC'] as const;
type Material = (typeof materials)[number];

function kindOf(material: Material): KeyKind {
  if (material === 'RSA') return { keyType: 'RSA', size: 2048, keyOperations: signs, backup: true };
  if (material === 'AES') return { keyType: 'oct', size: 256, keyOperations: crypts, backup: true };
  if (material === 'HMAC') return { keyType: 'oct', size: 256, keyOperations: signs, backup: true };
  return { keyType: 'EC', curve: material, keyOperations: signs, backup: true };
}

const exported = (library: Library): readonly Material[] =>
  materials.filter((name) => works(expectedFeatures[library], `export ${name}`));

const authenticator = (access: TokenAccess, namespace: string): Promise<Authenticator> =>
  openMacKeys(access.token, namespace, () => Promise.resolve(false), testCall());

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((octet, index) => (index === at ? octet ^ 0x40 : octet));

describe.each(libraries)('a backup on %s', (library) => {
  it.each(exported(library))('brings back the very same key: %s', async (material) => {
    const access = await accessTo(library);
    const kind = kindOf(material);
    const { id, made, use } = await generated(access, kind);
    const wrappingKey = await backupKey(access, 'one', testCall());
    const of = secretClassOf(kind);
    const wrapped = await wrapForBackup(access, wrappingKey, { class: of, id }, testCall());
    const methods = methodsOf(access);
    const data = Uint8Array.from(randomBytes(32));
    const sealed =
      material === 'AES'
        ? await methods.encrypt({ ...use('A256GCM'), plaintext: data }, testCall())
        : undefined;
    const code =
      material === 'HMAC'
        ? await methods.sign({ ...use('HS256'), input: 'data', data }, testCall())
        : undefined;
    await destroyObjects(access, id, testCall());
    const place = { id, label: 'test/again/0' };
    const version = { wrappingKey, wrapped, publicKey: made.publicKey };
    const again = await unwrapFromBackup(access, version, kind, place, testCall());
    expect([again.publicKey, again.publicKeyDigest]).toEqual([made.publicKey, made.publicKeyDigest]);
    const attributes = ['token', 'private', 'sensitive', 'extractable'] as const;
    expect(await access.token.run('read', { object: { class: of, id }, attributes }, testCall())).toEqual({
      token: true,
      private: true,
      sensitive: true,
      extractable: true,
    });
    if (sealed !== undefined) {
      expect((await methods.decrypt({ ...sealed, ...use('A256GCM') }, testCall())).plaintext).toEqual(data);
    } else if (code !== undefined) {
      const { signature } = code;
      const check = { ...use('HS256'), input: 'data', data, signature } as const;
      expect((await methods.verify(check, testCall())).valid).toBe(true);
    } else {
      const row = signatureRow(provingAlgorithm[material as 'RSA']);
      const digest = Uint8Array.from(
        createHash(row.hash ?? '')
          .update(data)
          .digest(),
      );
      const { signature } = await methods.sign({ ...use(row.name), input: 'digest', digest }, testCall());
      const publicKey = createPublicKey({ key: made.publicKey as { kty: string }, format: 'jwk' });
      expect(verify(row.hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
  });

  it('of a wrapped key with any octet changed does not come in, and leaves nothing', async () => {
    const access = await accessTo(library);
    const kind = kindOf('P-256');
    const { id, made } = await generated(access, kind);
    const wrappingKey = await backupKey(access, 'one', testCall());
    const wrapped = await wrapForBackup(access, wrappingKey, { class: 'private', id }, testCall());
    for (const at of [...wrapped.keys(), -1]) {
      const { place } = freshPlace();
      const bad = at === -1 ? wrapped.slice(0, -8) : flipped(wrapped, at);
      const version = { wrappingKey, wrapped: bad, publicKey: made.publicKey };
      await expect(unwrapFromBackup(access, version, kind, place, testCall())).rejects.toMatchObject({
        code: 'ERR_INTEGRITY',
      });
      expect(await findObjects(access, place.id, testCall())).toEqual({
        private: [],
        public: [],
        secret: [],
      });
    }
    const other = await generated(access, kind);
    const { place } = freshPlace();
    const swapped = { wrappingKey, wrapped, publicKey: other.made.publicKey };
    await expect(unwrapFromBackup(access, swapped, kind, place, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    expect(await findObjects(access, place.id, testCall())).toEqual({ private: [], public: [], secret: [] });
  });

  it('is refused for a key that was made to stay', async () => {
    const access = await accessTo(library);
    const { id } = await generated(access, { ...kindOf('P-256'), backup: false });
    const wrappingKey = await backupKey(access, 'one', testCall());
    await expect(
      wrapForBackup(access, wrappingKey, { class: 'private', id }, testCall()),
    ).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
    });
  });

  it('is wrapped under a key of its namespace, which does nothing else and cannot leave', async () => {
    const access = await accessTo(library);
    const namespace = randomUUID();
    const id = await backupKey(access, namespace, testCall());
    expect(await backupKey(access, namespace, testCall())).toEqual(id);
    expect(await backupKey(access, randomUUID(), testCall())).not.toEqual(id);
    const names = [
      'sensitive',
      'extractable',
      'wrap',
      'unwrap',
      'encrypt',
      'decrypt',
      'sign',
      'verify',
    ] as const;
    const read = await access.token.run(
      'read',
      { object: { class: 'secret', id }, attributes: names },
      testCall(),
    );
    expect(names.filter((name) => read[name] === true)).toEqual(['sensitive', 'wrap', 'unwrap']);
  });

  it('does not take a planted key for its own', async () => {
    const access = await accessTo(library);
    const namespace = randomUUID();
    const planted = {
      class: 4,
      keyType: 0x1f,
      token: true,
      private: true,
      sensitive: true,
      extractable: false,
      wrap: true,
      unwrap: true,
      id: Uint8Array.of(0, 1),
      label: `${namespace}//backups`,
      value: new Uint8Array(32),
    };
    await access.token.run('create', { template: planted }, testCall());
    expect(await backupKey(access, namespace, testCall())).not.toEqual(planted.id);
  });
});

const content: BackupContent = {
  document: '{"v":1,"name":"signing"}',
  wrappingKey: Uint8Array.of(1, 2, 3),
  keys: [
    { publicKey: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, wrapped: new Uint8Array(40).fill(7) },
    { wrapped: new Uint8Array(40).fill(9) },
  ],
};

describe.each(libraries)('the octets of a backup, authenticated by %s', (library) => {
  it('come back as they were', async () => {
    const access = await accessTo(library);
    const keys = await authenticator(access, 'one');
    const octets = await formatBackup(content, 'one', keys, testCall());
    expect(Buffer.from(octets.subarray(0, 5)).toString('latin1')).toBe('KWPB\u0001');
    expect(await parseBackup(octets, 'one', keys, testCall())).toEqual(content);
  });

  it('are refused with any one octet changed, cut or added', async () => {
    const access = await accessTo(library);
    const keys = await authenticator(access, 'one');
    const octets = await formatBackup(content, 'one', keys, testCall());
    const wrong = [
      ...Array.from(octets.keys(), (at) => flipped(octets, at)),
      ...[1, 31, 32, 40].map((cut) => octets.slice(0, -cut)),
      Uint8Array.from([...octets, 0]),
      octets.slice(0, 6),
    ];
    for (const each of wrong) {
      await expect(parseBackup(each, 'one', keys, testCall())).rejects.toMatchObject({
        code: 'ERR_INTEGRITY',
      });
    }
  });

  it('are those of one namespace, and no record', async () => {
    const access = await accessTo(library);
    const keys = await authenticator(access, 'one');
    const octets = await formatBackup(content, 'one', keys, testCall());
    await expect(parseBackup(octets, 'two', keys, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    const others = await authenticator(access, 'three');
    await expect(parseBackup(octets, 'one', others, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
  });

  it('are told from what is no backup at all', async () => {
    const access = await accessTo(library);
    const keys = await authenticator(access, 'one');
    for (const octets of [
      new Uint8Array(),
      Uint8Array.of(1),
      Buffer.from('KWLBxxxxxxxxx'.slice(2)),
      randomBytes(64).fill(0),
    ]) {
      await expect(parseBackup(octets, 'one', keys, testCall())).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });

  it('of a later version are said to be that, and only once they are found genuine', async () => {
    const access = await accessTo(library);
    const keys = await authenticator(access, 'one');
    const octets = flipped(await formatBackup(content, 'one', keys, testCall()), 4).slice(0, -32);
    const message = Buffer.concat([Buffer.from('keyway-pkcs11 backup 1\0one\0'), octets]);
    const [code] = await keys.codes(Uint8Array.from(message), testCall());
    const later = Uint8Array.from([...octets, ...there(code)]);
    await expect(parseBackup(later, 'one', keys, testCall())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
  });
});
