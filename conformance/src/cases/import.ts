import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { keyKinds, kindOf, kindQuery } from '../key-kinds.ts';
import { servedOperations } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import { publicHalf, testKey } from '../test-keys.ts';

const everyKind = keyKinds.map((kind): Case => ({
  id: `import/${kind.id}/kept`,
  title: `A key of kind ${kind.id} made outside is taken in and read back, public half only`,
  requires: [kindQuery('importKey', kind)],
  async run(context) {
    const onlyHmac = kind.family === 'oct' && (kind.size ?? 0) > 256;
    const keyOperations = onlyHmac ? (['sign', 'verify'] as const) : servedOperations(context, kind);
    const key = await makeKey(context, kind, { origin: 'imported', keyOperations });
    deepEqual(await context.open().getKey(key.name), key.managed, 'to somebody else');
    deepEqual(key.managed.properties.keyOperations, keyOperations);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv']) {
      equal(secret in key.managed.key, false, `no ${secret} comes out`);
    }
  },
}));

type Damage = (key: JsonWebKey) => unknown;

const flipped = (text: string | undefined): string => {
  const octets = Buffer.from(text ?? '', 'base64url');
  octets[octets.length - 1] = (octets[octets.length - 1] ?? 0) ^ 1;
  return octets.toString('base64url');
};

/** RSA of 1024 bits, made once. */
let weak: unknown;
function weakKey(): unknown {
  weak ??= generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
  return weak;
}

const refusedJwks: Readonly<Record<string, { readonly kind: string; readonly damage: Damage }>> = {
  'unknown-member': { kind: 'p-256', damage: (key) => ({ ...key, colour: 'blue' }) },
  'private-part-of-another': { kind: 'p-256', damage: (key) => ({ ...key, d: flipped(key.d) }) },
  'point-off-the-curve': { kind: 'p-256', damage: (key) => ({ ...key, y: flipped(key.y) }) },
  'public-half-only': { kind: 'p-256', damage: (key) => publicHalf(key) },
  'wrong-curve': { kind: 'p-256', damage: (key) => ({ ...key, crv: 'P-384' }) },
  'padded-base64': { kind: 'p-256', damage: (key) => ({ ...key, d: `${key.d}=` }) },
  text: { kind: 'p-256', damage: (key) => JSON.stringify(key) },
  'a-number-for-text': { kind: 'p-256', damage: (key) => ({ ...key, x: 1 }) },
  'rsa-1024': {
    kind: 'rsa-2048',
    damage: () => weakKey(),
  },
  'rsa-private-part-of-another': { kind: 'rsa-2048', damage: (key) => ({ ...key, d: flipped(key.d) }) },
  'rsa-exponent-one': { kind: 'rsa-2048', damage: (key) => ({ ...key, e: 'AQ' }) },
  'oct-of-odd-length': {
    kind: 'oct-256',
    damage: () => ({ kty: 'oct', k: Buffer.alloc(31, 7).toString('base64url') }),
  },
  'ed25519-private-part-of-another': { kind: 'ed25519', damage: (key) => ({ ...key, d: flipped(key.d) }) },
};

const malformed = Object.entries(refusedJwks).map(([what, { kind, damage }]): Case => {
  const imported = kindOf(kind);
  return {
    id: `import/malformed/${what}`,
    title: `A JWK that is wrong (${what}) is refused before the vault, without a word of its secret; the right one is taken`,
    requires: [kindQuery('importKey', imported)],
    async run(context) {
      const key = await testKey(imported);
      const name = context.newName();
      context.calls.clear();
      const error = await refused(
        context.manager.importKey(name, damage(key) as JsonWebKey),
        'ERR_INVALID_ARGUMENT',
      );
      equal(context.calls.count('keys.import'), 0, 'refused before any request');
      for (const secret of [key.d, key.k]) {
        if (secret !== undefined)
          equal(error.message.includes(secret), false, 'the message has nothing of the key');
      }
      await makeKey(context, imported, {
        origin: 'imported',
        name,
        keyOperations: servedOperations(context, imported),
      });
    },
  };
});

const further: readonly Case[] = [
  {
    id: 'import/live-name/next-version',
    title: 'Importing on a live name makes the next version, which becomes current',
    requires: [kindQuery('importKey', kindOf('p-256'))],
    async run(context) {
      const first = await makeKey(context, kindOf('p-256'), { origin: 'imported' });
      const second = await makeKey(context, kindOf('p-256'), {
        origin: 'imported',
        name: first.name,
        index: 1,
      });
      notEqual(second.version, first.version);
      const other = context.open();
      equal((await other.getKey(first.name)).properties.version, second.version);
      deepEqual(await other.getKey(first.name, { version: first.version }), first.managed);
    },
  },
  {
    id: 'import/live-name/other-type-refused',
    title: 'Importing another key type on a live name is ERR_CONFLICT, and changes nothing',
    requires: [kindQuery('importKey', kindOf('p-256')), kindQuery('importKey', kindOf('oct-256'))],
    async run(context) {
      const { name, managed } = await makeKey(context, kindOf('p-256'), { origin: 'imported' });
      await refused(context.manager.importKey(name, await testKey(kindOf('oct-256'))), 'ERR_CONFLICT');
      deepEqual(await context.open().getKey(name), managed);
    },
  },
  {
    id: 'import/properties/kept',
    title: 'An imported key has the properties that were asked for',
    requires: [
      kindQuery('importKey', kindOf('p-256')),
      ...['tags', 'enabled', 'expiresOn', 'notBefore'].map(
        (member) => ({ trait: `member:importKey.${member}` }) as const,
      ),
    ],
    async run(context) {
      const { clock } = context;
      const wanted = {
        tags: { from: 'outside' },
        enabled: false,
        notBefore: clock.dateIn(-60),
        expiresOn: clock.dateIn(60),
      };
      const { name } = await makeKey(context, kindOf('p-256'), { origin: 'imported', ...wanted });
      const { tags, enabled, notBefore, expiresOn } = (await context.open().getKey(name)).properties;
      deepEqual({ tags, enabled, notBefore, expiresOn }, wanted);
    },
  },
  {
    id: 'import/p-256k/documented-curve-name',
    title: 'P-256K is accepted for secp256k1, and the JWK that comes back has the name of RFC 8812',
    requires: [kindQuery('importKey', kindOf('p-256k'))],
    async run(context) {
      const key = await testKey(kindOf('p-256k'));
      const made = await context.manager.importKey(context.newName(), { ...key, crv: 'P-256K' });
      equal(made.key.crv, 'secp256k1');
      await makeKey(context, kindOf('p-256k'), { origin: 'imported' });
    },
  },
  {
    id: 'import/caller/jwk-untouched',
    title: "The caller's JWK is not changed and may change afterwards",
    requires: [kindQuery('importKey', kindOf('p-256'))],
    run: (context) => untouched(context),
  },
];

async function untouched(context: CaseContext): Promise<void> {
  const key: { -readonly [Member in keyof JsonWebKey]: JsonWebKey[Member] } = {
    ...(await testKey(kindOf('p-256'))),
  };
  const before = { ...key };
  const name = context.newName();
  const made = await context.manager.importKey(name, key);
  deepEqual(key, before);
  key.x = 'changed';
  equal((await context.manager.getKey(name)).key.x, made.key.x);
  equal((await context.open().getKey(name)).key.x, before.x);
}

/** Importing keys: every kind, versions, and what is no key. */
export const importCases: readonly Case[] = [...everyKind, ...malformed, ...further];
