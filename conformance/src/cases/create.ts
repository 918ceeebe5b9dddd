import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import type { KeyManager, ManagedKey } from '@keyway/core';
import type { Case } from '../case.ts';
import { misuse, refused } from '../expect.ts';
import { keyKinds, kindOf, kindQuery } from '../key-kinds.ts';
import { anyCreated, anyKind, makeAnyKey, servedOperations, symmetricEncryption } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import { outsidePublicKey } from '../outside/public-key.ts';

const everyKind = keyKinds.map((kind): Case => ({
  id: `create/${kind.id}/made-as-asked`,
  title: `A key of kind ${kind.id} is made as asked, and read back the same`,
  requires: [kindQuery('createKey', kind)],
  async run(context) {
    const onlyHmac = kind.family === 'oct' && (kind.size ?? 0) > 256;
    const keyOperations = onlyHmac ? (['sign', 'verify'] as const) : servedOperations(context, kind);
    const { managed, name, version } = await makeKey(context, kind, { origin: 'created', keyOperations });
    const { manager, clock } = context;
    deepEqual(await manager.getKey(name), managed, 'the current version');
    deepEqual(await context.open().getKey(name, { version }), managed, 'to somebody else, by its version');
    checkProperties(managed, manager, version);
    ok(Math.abs((managed.properties.createdOn?.getTime() ?? 0) - clock.now()) < 600_000, 'made now');
    if (kind.family === 'oct')
      deepEqual(
        Object.keys(managed.key).sort(),
        ['key_ops', 'kid', 'kty'].filter((member) => member in managed.key),
      );
    else
      ok(outsidePublicKey(managed.key).asymmetricKeyType !== undefined, 'node:crypto takes the JWK as it is');
  },
}));

function checkProperties({ id, properties, key }: ManagedKey, manager: KeyManager, version: string): void {
  equal(id, `${manager.vaultUri}/keys/${properties.name}/${version}`, 'the id is the portable one');
  deepEqual([properties.id, key.kid], [id, id], 'and the same everywhere');
  deepEqual([properties.vaultUri, properties.enabled, properties.ownership], [manager.vaultUri, true, 'own']);
  deepEqual(
    [properties.tags, properties.notBefore, properties.expiresOn],
    [{}, undefined, undefined],
    'nothing unasked',
  );
  equal(properties.hardwareProtected === true && !('hardwareProtected' in properties), false);
  for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'])
    ok(!(secret in key), `no ${secret} comes out`);
}

const shorthands: readonly Case[] = [
  {
    id: 'create/rsa-2048/create-rsa-key',
    title: 'createRsaKey makes 2048 bits where nobody says otherwise',
    requires: [kindQuery('createKey', kindOf('rsa-2048'))],
    async run(context) {
      const made = await context.manager.createRsaKey(context.newName());
      deepEqual([made.keyType, made.properties.keyOperations], ['RSA', ['sign', 'verify']]);
      equal(outsidePublicKey(made.key).asymmetricKeyDetails?.modulusLength, 2048);
      equal(outsidePublicKey(made.key).asymmetricKeyDetails?.publicExponent, 65_537n);
    },
  },
  {
    id: 'create/p-256/create-ec-key',
    title: 'createEcKey makes P-256 where nobody says otherwise',
    requires: [kindQuery('createKey', kindOf('p-256'))],
    async run(context) {
      const made = await context.manager.createEcKey(context.newName());
      deepEqual([made.keyType, made.properties.keyOperations], ['EC', ['sign', 'verify']]);
      equal(outsidePublicKey(made.key).asymmetricKeyDetails?.namedCurve, 'prime256v1');
    },
  },
  {
    id: 'create/oct-256/create-oct-key',
    title: 'createOctKey makes an AES key where nobody says otherwise',
    requires: [kindQuery('createKey', kindOf('oct-256')), symmetricEncryption],
    async run(context) {
      const made = await context.manager.createOctKey(context.newName());
      deepEqual([made.keyType, made.key.kty], ['oct', 'oct']);
      deepEqual(made.properties.keyOperations, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
    },
  },
  {
    id: 'create/p-384/by-size',
    title: 'A curve can be asked for by its size, as the documented API has it',
    requires: [kindQuery('createKey', kindOf('p-384'))],
    async run(context) {
      const made = await context.manager.createKey(context.newName(), 'EC', { size: 384 });
      equal(outsidePublicKey(made.key).asymmetricKeyDetails?.namedCurve, 'secp384r1');
    },
  },
];

const versions: readonly Case[] = [
  {
    id: 'create/live-name/next-version',
    title: 'Creating on a live name makes the next version, of new material, which becomes current',
    requires: [anyCreated],
    async run(context) {
      const first = await makeAnyKey(context, { origin: 'created' });
      const second = await makeAnyKey(context, { origin: 'created', name: first.name });
      notEqual(second.version, first.version);
      if (second.managed.key.kty !== 'oct')
        notEqual(second.managed.key.x ?? second.managed.key.n, first.managed.key.x ?? first.managed.key.n);
      const other = context.open();
      equal((await other.getKey(first.name)).properties.version, second.version, 'the newer one is current');
      deepEqual(
        await other.getKey(first.name, { version: first.version }),
        first.managed,
        'the older one is as it was',
      );
    },
  },
  {
    id: 'create/live-name/other-type-refused',
    title: 'Another key type on a live name is ERR_CONFLICT, and changes nothing',
    requires: [kindQuery('createKey', kindOf('p-256')), kindQuery('createKey', kindOf('oct-256'))],
    async run(context) {
      const { name, managed } = await makeKey(context, kindOf('p-256'), { origin: 'created' });
      await refused(context.manager.createOctKey(name), 'ERR_CONFLICT');
      deepEqual(await context.open().getKey(name), managed);
    },
  },
  {
    id: 'create/live-name/other-usage-refused',
    title: 'Another usage on a live name is ERR_CONFLICT, and changes nothing',
    requires: [
      kindQuery('createKey', kindOf('oct-256')),
      symmetricEncryption,
      { operation: 'signData', algorithm: 'HS256' },
    ],
    async run(context) {
      const { name, managed } = await makeKey(context, kindOf('oct-256'), { origin: 'created' });
      await refused(
        context.manager.createOctKey(name, { keyOperations: ['sign', 'verify'] }),
        'ERR_CONFLICT',
      );
      deepEqual(await context.open().getKey(name), managed);
    },
  },
];

const bad: readonly Case[] = [
  {
    id: 'create/shape/contradictions-refused',
    title: 'Sizes, curves and operations that no key has are refused before the vault',
    requires: [anyCreated],
    async run(context) {
      const { manager } = context;
      const name = context.newName();
      context.calls.clear();
      await refused(manager.createRsaKey(name, { size: 1024 }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createOctKey(name, { size: 100 }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createKey(name, 'EC', { curve: 'Ed25519' }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createKey(name, 'EC', { curve: 'P-256', size: 384 }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createKey(name, 'RSA', { curve: 'P-256' }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createKey(name, 'AKP'), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createEcKey(name, { keyOperations: ['encrypt'] }), 'ERR_INVALID_ARGUMENT');
      await refused(manager.createEcKey(name, { keyOperations: [] }), 'ERR_INVALID_ARGUMENT');
      await refused(
        manager.createEcKey(name, { algorithm: 'ES384', curve: 'P-256' }),
        'ERR_INVALID_ARGUMENT',
      );
      equal(context.calls.count(), 0, 'refused before any request');
    },
  },
  {
    id: 'create/options/unknown-member-refused',
    title: 'An unknown option is a TypeError; one that is undefined is as if absent',
    requires: [anyCreated],
    async run(context) {
      const { manager } = context;
      const kind = anyKind(context, 'created');
      const unknown: object = { colour: 'blue' };
      await misuse(() => manager.createKey(context.newName(), kind.family, unknown));
      await misuse(() => manager.createEcKey(context.newName(), { size: 256 } as object));
      const made = await makeAnyKey(context, {
        origin: 'created',
        enabled: undefined,
        tags: undefined,
        expiresOn: undefined,
      });
      equal(made.managed.properties.enabled, true);
    },
  },
];

/** Creating keys: every kind, the shorthands, versions, and what is no key. */
export const createCases: readonly Case[] = [...everyKind, ...shorthands, ...versions, ...bad];
