import { deepEqual, equal, ok } from 'node:assert/strict';
import type { NewVersionOptions } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyKeyOf, kindOf, kindQuery } from '../key-kinds.ts';
import { anyCreated, createdWith, makeAnyKey } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import type { MadeKey } from '../make-key.ts';

/** Makes a key with properties and checks that somebody else reads them. */
async function madeWith(context: CaseContext, options: NewVersionOptions): Promise<MadeKey> {
  const key = await makeAnyKey(context, { origin: 'created', ...options });
  deepEqual(await context.open().getKey(key.name), key.managed, 'somebody else reads the same');
  return key;
}

const properties: readonly Case[] = [
  {
    id: 'create/tags/kept',
    title: 'Tags are kept as given: any Unicode, empty values, up to ten',
    requires: [anyCreated, createdWith('tags')],
    async run(context) {
      const count = Math.min(10, context.capabilities.limits.maxTags);
      const all = {
        owner: 'päyments → 支付 🔑',
        empty: '',
        'with-hyphen_1': 'a=b&c="d"\\',
        purpose: ' edge spaces ',
      };
      const tags = Object.fromEntries(Object.entries(all).slice(0, count));
      deepEqual((await madeWith(context, { tags })).managed.properties.tags, tags);
      const many = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`tag${index}`, `${index}`]),
      );
      deepEqual((await madeWith(context, { tags: many })).managed.properties.tags, many);
    },
  },
  {
    id: 'create/enabled/kept',
    title: 'A key can be created disabled',
    requires: [anyCreated, createdWith('enabled')],
    async run(context) {
      equal((await madeWith(context, { enabled: false })).managed.properties.enabled, false);
      equal((await madeWith(context, { enabled: true })).managed.properties.enabled, true);
    },
  },
  {
    id: 'create/expires-on/kept',
    title: 'expiresOn is kept to the second; milliseconds are cut off',
    requires: [anyCreated, createdWith('expiresOn')],
    async run(context) {
      const date = context.clock.dateIn(1_000_000);
      const { managed } = await madeWith(context, { expiresOn: new Date(date.getTime() + 999) });
      deepEqual(managed.properties.expiresOn, date);
      const far = new Date('9999-12-31T23:59:59Z');
      deepEqual((await madeWith(context, { expiresOn: far })).managed.properties.expiresOn, far);
    },
  },
  {
    id: 'create/not-before/kept',
    title: 'notBefore is kept to the second; milliseconds are cut off',
    requires: [anyCreated, createdWith('notBefore')],
    async run(context) {
      const date = context.clock.dateIn(1_000_000);
      const { managed } = await madeWith(context, { notBefore: new Date(date.getTime() + 1) });
      deepEqual(managed.properties.notBefore, date);
    },
  },
  {
    id: 'create/dates/impossible-refused',
    title: 'Dates that are reversed, invalid, before 1970 or after 9999 are refused before the vault',
    requires: [anyCreated, createdWith('notBefore'), createdWith('expiresOn')],
    async run(context) {
      const { clock } = context;
      context.calls.clear();
      const impossible: readonly NewVersionOptions[] = [
        { notBefore: clock.dateIn(20), expiresOn: clock.dateIn(10) },
        { expiresOn: new Date(Number.NaN) },
        { expiresOn: new Date(-1000) },
        { notBefore: new Date('+010000-01-01T00:00:00Z') },
      ];
      for (const dates of impossible) {
        await refused(makeAnyKey(context, { origin: 'created', ...dates }), 'ERR_INVALID_ARGUMENT');
      }
      equal(context.calls.count(), 0, 'refused before any request');
    },
  },
  {
    id: 'create/key-operations/kept',
    title: 'The operations that were asked for are kept, and no others',
    requires: [kindQuery('createKey', kindOf('p-256'))],
    async run(context) {
      const key = await makeKey(context, kindOf('p-256'), { origin: 'created', keyOperations: ['verify'] });
      deepEqual((await context.open().getKey(key.name)).properties.keyOperations, ['verify']);
    },
  },
  {
    id: 'create/usage/rsa-both',
    title: 'An RSA key may sign and decrypt where the vault holds both on one key',
    requires: [anyKeyOf(kindOf('rsa-2048')), { trait: 'usage:any' }],
    async run(context) {
      const keyOperations = ['decrypt', 'sign', 'verify'] as const;
      const key = await makeKey(context, kindOf('rsa-2048'), { keyOperations });
      const client = await context.manager.getCryptographyClient(key.name);
      ok(
        client.algorithms('signData').length > 0 && client.algorithms('decrypt').length > 0,
        'it serves both',
      );
      deepEqual(client.algorithms('encrypt'), [], 'and nothing else');
    },
  },
  {
    id: 'create/algorithm/restricts-the-key',
    title: 'A key restricted to one algorithm refuses every other, says so, and keeps it',
    requires: [
      anyKeyOf(kindOf('rsa-2048')),
      createdWith('algorithm'),
      { operation: 'signData', algorithm: 'PS256' },
    ],
    async run(context) {
      const key = await makeKey(context, kindOf('rsa-2048'), { algorithm: 'PS256' });
      deepEqual(key.managed.properties.algorithms, ['PS256']);
      deepEqual((await context.open().getKey(key.name)).properties.algorithms, ['PS256']);
      const client = await context.manager.getCryptographyClient(key.name);
      deepEqual(client.algorithms('signData'), ['PS256']);
      context.calls.clear();
      await refused(client.signData('RS256', new Uint8Array(1)), 'ERR_OPERATION_NOT_PERMITTED');
      equal(context.calls.count('cryptography'), 0, 'refused before any request');
      await client.signData('PS256', new Uint8Array(1));
    },
  },
  {
    id: 'create/exportable/needs-a-policy',
    title: 'An exportable key without a release policy is refused, and a policy without it too',
    requires: [anyCreated],
    async run(context) {
      context.calls.clear();
      await refused(makeAnyKey(context, { origin: 'created', exportable: true }), 'ERR_INVALID_ARGUMENT');
      const releasePolicy = { encodedPolicy: new TextEncoder().encode('{}') };
      await refused(makeAnyKey(context, { origin: 'created', releasePolicy }), 'ERR_INVALID_ARGUMENT');
      equal(context.calls.count(), 0, 'refused before any request');
      const { managed } = await madeWith(context, {});
      ok(managed.properties.exportable !== true, 'a plain key is not exportable');
    },
  },
];

const hardware = (['RSA', 'EC', 'oct', 'OKP'] as const).map((family): Case => ({
  id: `create/hardware/${family.toLowerCase()}`,
  title: `${family}-HSM is served by hardware that is known to be hardware, or refused`,
  requires: [{ operation: 'createKey', keyType: `${family}-HSM` }],
  async run(context) {
    const name = context.newName();
    const made = await context.manager.createKey(name, family, { hardwareProtected: true });
    equal(made.properties.hardwareProtected, true, 'a hardware request is never served by software');
    equal((await context.open().getKey(name)).keyType, `${family}-HSM`);
  },
}));

/** What a new version is given, and what a hardware request means. */
export const createPropertyCases: readonly Case[] = [...properties, ...hardware];
