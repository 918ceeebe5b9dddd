import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyKeyOf, importOf, keyKinds, kindOf } from '../key-kinds.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey, updatedWith } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import { signatureRows } from '../algorithm-ids.ts';
import { verifyOutside } from '../outside/signatures.ts';
import { message } from '../sign-with.ts';
import { useOf } from '../use-key.ts';

const rotatingKinds = keyKinds.filter(({ id }) => id !== 'rsa-3072' && id !== 'rsa-4096');

const everyKind = rotatingKinds.map((kind): Case => ({
  id: `rotate/${kind.id}/new-material-same-kind`,
  title: `Rotating a key of kind ${kind.id} makes a new version of the same kind with the same operations`,
  requires: [anyKeyOf(kind), { operation: 'rotateKey' }],
  async run(context) {
    const onlyHmac = kind.family === 'oct' && (kind.size ?? 0) > 256;
    const key = await makeKey(context, kind, onlyHmac ? { keyOperations: ['sign', 'verify'] } : {});
    const rotated = await context.manager.rotateKey(key.name);
    notEqual(rotated.properties.version, key.version);
    equal(rotated.keyType, key.managed.keyType);
    deepEqual(rotated.properties.keyOperations, key.managed.properties.keyOperations);
    deepEqual([rotated.key.crv, rotated.key.alg], [key.managed.key.crv, key.managed.key.alg]);
    equal(rotated.key.n?.length, key.managed.key.n?.length, 'the same size');
    const material = ({ n, x, pub }: typeof rotated.key): string | undefined => n ?? x ?? pub;
    if (kind.family !== 'oct') notEqual(material(rotated.key), material(key.managed.key), 'new material');
    const other = context.open();
    deepEqual(await other.getKey(key.name), rotated, 'the new version is current');
    deepEqual(
      await other.getKey(key.name, { version: key.version }),
      key.managed,
      'the old one is as it was',
    );
  },
}));

const rules: readonly Case[] = [
  {
    id: 'rotate/imported/new-material',
    title: 'A key that was imported rotates to new material, made by the vault',
    requires: [importOf(kindOf('p-256')), { operation: 'rotateKey' }],
    async run(context) {
      const key = await makeKey(context, kindOf('p-256'), { origin: 'imported' });
      const rotated = await context.manager.rotateKey(key.name);
      notEqual(rotated.key.x, key.managed.key.x);
      equal((await context.open().getKey(key.name)).key.x, rotated.key.x);
    },
  },
  {
    id: 'rotate/signatures/old-verify-new-name-the-new',
    title: 'After a rotation new signatures name the new version, and the old version verifies its own only',
    requires: [
      anyKeyOf(kindOf('p-256')),
      { operation: 'rotateKey' },
      { operation: 'signData', algorithm: 'ES256' },
    ],
    async run(context) {
      const row = signatureRows.find(({ name }) => name === 'ES256');
      if (row === undefined) throw new Error('ES256 is in the table');
      const { manager } = context;
      const old = await makeKey(context, kindOf('p-256'));
      const before = await (await manager.getCryptographyClient(old.name)).signData('ES256', message);
      const rotated = await manager.rotateKey(old.name);
      const after = await (await manager.getCryptographyClient(old.name)).signData('ES256', message);
      deepEqual([before.id, after.id], [old.managed.id, rotated.id]);
      const verdicts = [old.managed.key, rotated.key].flatMap((key) =>
        [before, after].map(({ signature }) => verifyOutside(row, key, message, signature)),
      );
      deepEqual(verdicts, [true, false, false, true], 'checked outside');
    },
  },
  {
    id: 'rotate/symmetric/new-material',
    title: 'A rotated symmetric key opens nothing of its former version, and the former version still does',
    requires: [{ operation: 'rotateKey' }, ...useOf('decrypt').requires],
    async run(context) {
      const used = await useOf('decrypt').prepare(context);
      const { manager } = context;
      const rotated = await manager.rotateKey(used.name);
      await used.use();
      await used.useThrough(context.open(), 'auto');
      const fresh = await manager.getCryptographyClient(used.name);
      equal(fresh.version, rotated.properties.version);
      const old = await manager.getCryptographyClient(used.name, { version: used.version });
      const algorithm = used.algorithm === 'A256GCM' ? used.algorithm : undefined;
      if (algorithm === undefined) return;
      const { ciphertext, iv, authenticationTag } = await old.encrypt(algorithm, message);
      await refused(fresh.decrypt(algorithm, ciphertext, { iv, authenticationTag }), 'ERR_INTEGRITY');
    },
  },
  {
    id: 'rotate/properties/copied',
    title: 'Rotation copies tags and operations; dates and a disabled former version stay behind',
    requires: [anyCreated, { operation: 'rotateKey' }, createdWith('tags'), createdWith('expiresOn')],
    async run(context) {
      const tags = { team: 'payments', purpose: 'test' };
      const key = await makeAnyKey(context, {
        origin: 'created',
        tags,
        expiresOn: context.clock.dateIn(500),
      });
      const { properties } = await context.manager.rotateKey(key.name);
      deepEqual([properties.tags, properties.enabled, properties.expiresOn], [tags, true, undefined]);
      deepEqual((await context.open().getKey(key.name)).properties.tags, tags);
    },
  },
  {
    id: 'rotate/algorithm/kept',
    title: 'Rotation keeps the restriction to an algorithm',
    requires: [anyKeyOf(kindOf('p-256')), { operation: 'rotateKey' }, createdWith('algorithm')],
    async run(context) {
      const { name } = await makeKey(context, kindOf('p-256'), { algorithm: 'ES256' });
      deepEqual((await context.manager.rotateKey(name)).properties.algorithms, ['ES256']);
      deepEqual((await context.open().getKey(name)).properties.algorithms, ['ES256']);
    },
  },
  {
    id: 'rotate/disabled/refused',
    title: 'A disabled key does not rotate',
    requires: [
      anyCreated,
      { operation: 'rotateKey' },
      { operation: 'updateKeyProperties' },
      updatedWith('enabled'),
    ],
    async run(context) {
      const { name, version } = await makeAnyKey(context, { origin: 'created' });
      await context.manager.updateKeyProperties(name, { enabled: false });
      await refused(context.manager.rotateKey(name), 'ERR_KEY_DISABLED');
      equal((await context.open().getKey(name)).properties.version, version);
      await context.manager.updateKeyProperties(name, { enabled: true });
      await context.manager.rotateKey(name);
    },
  },
  {
    id: 'rotate/key/not-found',
    title: 'Rotating a key that is not there is ERR_KEY_NOT_FOUND, and makes none',
    requires: [anyKey, { operation: 'rotateKey' }],
    async run(context) {
      const name = context.newName();
      await refused(context.manager.rotateKey(name), 'ERR_KEY_NOT_FOUND');
      await refused(context.open().getKey(name), 'ERR_KEY_NOT_FOUND');
      await makeAnyKey(context, { name });
      await context.manager.rotateKey(name);
    },
  },
  {
    id: 'rotate/at-once/both-stay',
    title: 'Two rotations at the same moment make two versions, the later is current, none is lost',
    requires: [anyKey, { operation: 'rotateKey' }, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const { name, version } = await makeAnyKey(context);
      const made = await Promise.all([context.open().rotateKey(name), context.open().rotateKey(name)]);
      const versions: string[] = [];
      for await (const each of context.open().listPropertiesOfKeyVersions(name))
        versions.push(each.version ?? '');
      const expected = [version, ...made.map(({ properties }) => properties.version ?? '')];
      deepEqual(versions.toSorted(), [...new Set(expected)].toSorted());
      equal(new Set(expected).size, 3, 'each made its own');
      const current = (await context.open().getKey(name)).properties.version;
      ok(
        made.some(({ properties }) => properties.version === current),
        'one of the two is current',
      );
    },
  },
  {
    id: 'rotate/expected-current/claimed-once',
    title:
      'Where the next version is claimed atomically, a rotation that expects an older current version is ERR_CONFLICT',
    requires: [
      anyKey,
      { operation: 'rotateKey' },
      { trait: 'exclusive:atomic' },
      { trait: 'member:rotateKey.expectedCurrent' },
    ],
    async run(context) {
      const { name, version } = await makeAnyKey(context);
      const { driver } = context;
      const claim = (): Promise<unknown> =>
        Promise.resolve(
          driver.rotation.rotate?.({ name, expectedCurrent: version }, context.call(context.newName())),
        );
      const results = await Promise.allSettled([claim(), claim(), claim()]);
      equal(results.filter(({ status }) => status === 'fulfilled').length, 1, 'one of three claims it');
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        const at = { operation: 'rotateKey', step: 'rotate', keyId: undefined } as const;
        const code: unknown =
          (result.reason as { code?: unknown }).code ?? driver.classify(result.reason, at).code;
        equal(code, 'ERR_CONFLICT');
      }
    },
  },
];

/** Rotating: every kind of key, and what a new version takes over. */
export const rotationCases: readonly Case[] = [...everyKind, ...rules];
