import { createHash, createPublicKey } from 'node:crypto';
import type { JsonWebKey as NodeJsonWebKey } from 'node:crypto';
import { spkiDigest } from '@keyway/core/driver';
import type { KeyCurveName } from '@keyway/core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import type { KeyKind } from '../src/key-kind.ts';
import { secretClassOf, usageTemplate } from '../src/key-templates.ts';
import { destroyObjects, findObjects } from '../src/object-set.ts';
import { provePair } from '../src/prove-pair.ts';
import { readPublicKey } from '../src/public-key.ts';
import type { AttributeName } from '../src/token/attributes.ts';
import { works } from '../src/token-features.ts';
import { changedToken } from './changed-token.ts';
import { expectedFeatures } from './expected-features.ts';
import { accessTo, freshPlace, generated, there } from './test-keys.ts';
import { closeTokens, libraries, testCall } from './token-of.ts';
import type { Library } from './token-of.ts';
import { generateObjects } from '../src/make-objects.ts';

afterAll(closeTokens);

const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;

const curvesOf = (library: Library): readonly KeyCurveName[] =>
  (['P-256', 'P-384', 'P-521', 'P-256K', 'Ed25519'] as const).filter((curve) =>
    works(expectedFeatures[library], `make ${curve}`),
  );

const kinds = (library: Library): readonly (readonly [string, KeyKind])[] => [
  ['RSA-2048 that signs', { keyType: 'RSA', size: 2048, keyOperations: signs }],
  ['RSA-3072 that decrypts', { keyType: 'RSA', size: 3072, keyOperations: crypts }],
  ...curvesOf(library).map(
    (curve) => [curve, { keyType: curve === 'Ed25519' ? 'OKP' : 'EC', curve, keyOperations: signs }] as const,
  ),
  ...([128, 192, 256] as const).map(
    (size) => [`AES-${size}`, { keyType: 'oct', size, keyOperations: crypts }] as const,
  ),
  ...([256, 384, 512] as const).map(
    (size) => [`HMAC-${size}`, { keyType: 'oct', size, keyOperations: signs }] as const,
  ),
];

const hardNames: readonly AttributeName[] = [
  'token',
  'private',
  'sensitive',
  'extractable',
  'alwaysSensitive',
  'neverExtractable',
  'modifiable',
];

/** What each attribute of a key must be that was made with and without a backup in mind. */
const hard = (backup: boolean): Record<string, boolean> => ({
  token: true,
  private: true,
  sensitive: true,
  extractable: backup,
  alwaysSensitive: true,
  neverExtractable: !backup,
  modifiable: true,
});

describe.each(libraries)('keys made on %s', (library) => {
  it.each(kinds(library))('are hardened: %s', async (_name, kind) => {
    const access = await accessTo(library);
    const { id, made } = await generated(access, kind);
    const of = secretClassOf(kind);
    const attributes = await access.token.run(
      'read',
      { object: { class: of, id }, attributes: hardNames },
      testCall(),
    );
    expect(attributes).toEqual(hard(false));
    const { value, privateExponent } = await access.token.run(
      'read',
      { object: { class: of, id }, attributes: ['value', 'privateExponent'] },
      testCall(),
    );
    expect([value, privateExponent]).toEqual([undefined, undefined]);
    expect(made.extractable).toBe(false);
    if (of === 'secret') return;
    const publicKey = await readPublicKey(access, id, made.publicKey?.kty as 'RSA', testCall());
    expect(publicKey).toEqual(made.publicKey);
    const spki = createPublicKey({ key: publicKey as NodeJsonWebKey, format: 'jwk' }).export({
      format: 'der',
      type: 'spki',
    });
    expect(Buffer.from(made.publicKeyDigest ?? [])).toEqual(createHash('sha256').update(spki).digest());
    expect(made.publicKeyDigest).toEqual(spkiDigest(there(made.publicKey)));
  });

  it('may do what was asked for and nothing else', async () => {
    const access = await accessTo(library);
    const names = ['sign', 'verify', 'encrypt', 'decrypt', 'wrap', 'unwrap', 'derive'] as const;
    const usages: Record<string, readonly string[]> = {};
    for (const [name, kind] of kinds(library)) {
      const { id } = await generated(access, kind);
      const object = { class: secretClassOf(kind), id };
      const read = await access.token.run('read', { object, attributes: names }, testCall());
      usages[name] = names.filter((each) => read[each] === true);
    }
    for (const [name, usage] of Object.entries(usages)) {
      if (name.startsWith('HMAC')) expect(usage).toEqual(['sign', 'verify']);
      else if (name.startsWith('AES'))
        expect(usage).toEqual(
          library === 'nss' ? ['encrypt', 'decrypt'] : ['encrypt', 'decrypt', 'wrap', 'unwrap'],
        );
      else expect([name, usage]).toEqual([name, [name.endsWith('decrypts') ? 'decrypt' : 'sign']]);
    }
  });

  it('can leave the token only where backups were asked for', async () => {
    const access = await accessTo(library);
    const kind: KeyKind = { keyType: 'EC', curve: 'P-256', keyOperations: signs, backup: true };
    const { id, made } = await generated(access, kind);
    const object = { class: 'private', id } as const;
    expect(await access.token.run('read', { object, attributes: hardNames }, testCall())).toEqual(hard(true));
    expect(made.extractable).toBe(true);
  });

  it('are refused where a backup is asked for that could not be made', async () => {
    const access = await accessTo(library);
    const features = {
      ...access.features,
      'export Ed25519': { works: false, reason: 'It says so' },
    } as const;
    const kind: KeyKind = { keyType: 'OKP', curve: 'Ed25519', keyOperations: signs, backup: true };
    const { place } = freshPlace();
    await expect(generateObjects({ ...access, features }, kind, place, testCall())).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('It says so'),
    });
    expect(await findObjects(access, place.id, testCall())).toEqual({ private: [], public: [], secret: [] });
  });

  it('stop when their usage is taken away, and go on when it is given back', async () => {
    const access = await accessTo(library);
    for (const [, kind] of kinds(library)) {
      if (!kind.keyOperations.includes('sign') || kind.keyType === 'oct') continue;
      const { id, made } = await generated(access, kind);
      const locator = { class: secretClassOf(kind), id } as const;
      const sign = (): Promise<boolean> =>
        provePair(
          {
            token: access.token,
            features: access.features,
            key: locator,
            publicJwk: made.publicKey ?? { kty: '' },
          },
          { sign: true, decrypt: false },
          testCall(),
        ).then(
          (proved) => proved === true,
          () => false,
        );
      const set = (enabled: boolean): Promise<void> => {
        const template = usageTemplate(locator.class, kind, access.features, enabled);
        return access.token.run('set', { object: locator, template }, testCall());
      };
      expect(await sign()).toBe(true);
      await set(false);
      expect(await sign()).toBe(false);
      await set(true);
      expect(await sign()).toBe(true);
    }
  });

  it('are found by their CKA_ID and destroyed with it, as often as one likes', async () => {
    const access = await accessTo(library);
    const { id } = await generated(access, { keyType: 'EC', curve: 'P-256', keyOperations: signs });
    const set = await findObjects(access, id, testCall());
    expect([set.private.length, set.public.length, set.secret.length]).toEqual([1, 1, 0]);
    await destroyObjects(access, id, testCall());
    await destroyObjects(access, id, testCall());
    expect(await findObjects(access, id, testCall())).toEqual({ private: [], public: [], secret: [] });
  });
});

describe('a token that does not keep a key as it is told', () => {
  const kind: KeyKind = { keyType: 'EC', curve: 'P-256', keyOperations: signs };

  it.each(['sensitive', 'extractable', 'private', 'alwaysSensitive', 'neverExtractable', 'token'] as const)(
    'is refused where %s is not as asked, and its objects are destroyed',
    async (name) => {
      const access = await accessTo('softhsm2');
      const token = changedToken(access.token, async (job, _request, run) => {
        const answer = await run();
        if (job !== 'read' || !(name in (answer as object))) return answer;
        return { ...(answer as object), [name]: !(answer as Record<string, boolean>)[name] } as typeof answer;
      });
      const { place } = freshPlace();
      await expect(generateObjects({ ...access, token }, kind, place, testCall())).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        message: expect.stringContaining(name),
      });
      expect(await findObjects(access, place.id, testCall())).toEqual({
        private: [],
        public: [],
        secret: [],
      });
    },
  );

  it('is found out where the public key is not the private one’s', async () => {
    const access = await accessTo('softhsm2');
    const other = await generated(access, kind);
    const token = changedToken(access.token, async (job, request, run) => {
      if (job !== 'read' || !(request as { attributes: readonly string[] }).attributes.includes('ecPoint'))
        return run();
      const object = { class: 'public', id: other.id } as const;
      return (await access.token.run(
        'read',
        { ...(request as object), object } as never,
        testCall(),
      )) as never;
    });
    const { place } = freshPlace();
    await expect(generateObjects({ ...access, token }, kind, place, testCall())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    expect(await findObjects(access, place.id, testCall())).toEqual({ private: [], public: [], secret: [] });
  });
});
