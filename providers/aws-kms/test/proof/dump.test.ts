import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCannedServer } from '../../proof/canned-server.ts';
import type { CannedServer } from '../../proof/canned-server.ts';
import { dumpKms, listKeyIds } from '../../proof/dump.ts';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import { onNth } from '../../proof/fault-script.ts';
import { inBatches, listAll } from '../../proof/list-all.ts';
import { bareClient } from './kms-client.ts';

const tags = Object.fromEntries(
  Array.from({ length: 55 }, (_, index) => [`tag-${100 - index}`, String(index)]),
);
let server: CannedServer;
let client: KMSClient;

beforeAll(async () => {
  server = await startCannedServer({
    keys: [
      { spec: 'ECC_NIST_P256', aliases: ['alias/p/b', 'alias/p/a'], description: 'first', tags },
      { spec: 'ECC_NIST_P384', state: 'PendingDeletion' },
      { spec: 'SYMMETRIC_DEFAULT', manager: 'AWS', aliases: ['alias/aws/s3'] },
      ...Array.from({ length: 120 }, () => ({ spec: 'HMAC_256' }) as const),
    ],
    fillerAliases: 130,
  });
  client = bareClient(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

describe('a dump', () => {
  it('has every key of customers, with its aliases and tags, over all pages', async () => {
    const { keys } = await dumpKms(client);
    expect(keys.map(({ id }) => id).toSorted()).toEqual(
      server.keys.flatMap(({ id, options }) => (options.manager === 'AWS' ? [] : [id])).toSorted(),
    );
    const first = keys.find(({ description }) => description === 'first');
    expect(first).toMatchObject({ state: 'Enabled', enabled: true, spec: 'ECC_NIST_P256', tags });
    expect(first?.aliases.slice(-2)).toEqual(['alias/p/a', 'alias/p/b']);
    expect(Object.keys(first?.tags ?? {})).toEqual(Object.keys(tags).toSorted());
    const deleted = keys.find(({ state }) => state === 'PendingDeletion');
    expect(deleted).toMatchObject({
      enabled: false,
      deletionDate: expect.stringMatching(/^20.*Z$/) as string,
    });
  });

  it('has every alias of customers once, sorted', async () => {
    const { aliases } = await dumpKms(client);
    expect(aliases.length).toBe(132);
    expect(aliases.map(({ name }) => name)).toEqual(aliases.map(({ name }) => name).toSorted());
    const some = await dumpKms(client, { aliasPrefix: 'alias/p/' });
    expect(some.aliases).toEqual([
      { name: 'alias/p/a', target: server.keys[0]?.id },
      { name: 'alias/p/b', target: server.keys[0]?.id },
    ]);
  });

  it('is the same whatever the size of a page', async () => {
    const whole = JSON.stringify(await dumpKms(client));
    for (const pageSize of [7, 60]) expect(JSON.stringify(await dumpKms(client, { pageSize }))).toBe(whole);
  });

  it('leaves out what was there before, unread', async () => {
    const ids = await listKeyIds(client);
    const [first = '', ...others] = ids;
    const before = server.requests['DescribeKey'] ?? 0;
    const { keys } = await dumpKms(client, { leaveOut: new Set(others) });
    expect(keys.map(({ id }) => id)).toEqual([first]);
    expect(server.requests['DescribeKey']).toBe(before + 1);
  });

  it('leaves out a key that is destroyed meanwhile, and fails for any other error', async () => {
    const proxy = await startFaultProxy({
      upstream: server.endpoint,
      script: onNth('DescribeKey', 3, 'not-found'),
    });
    const through = bareClient(proxy.endpoint);
    const all = (await dumpKms(client)).keys.length;
    expect((await dumpKms(through)).keys.length).toBeOneOf([all, all - 1]);
    expect(proxy.log.filter(({ fault }) => fault === 'not-found').length).toBe(1);
    proxy.restart(onNth('ListResourceTags', 2, 'refused'));
    await expect(dumpKms(through)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    through.destroy();
    await proxy.close();
  });
});

describe('a list', () => {
  it('goes on over an empty page', async () => {
    const pages = [
      { items: [1], truncated: true, next: 'a' },
      { items: [], truncated: true, next: 'b' },
      { items: undefined, truncated: true, next: 'c' },
      { items: [2], truncated: false, next: undefined },
    ];
    await expect(
      listAll(() => Promise.resolve(pages.shift() ?? { items: [], truncated: false, next: undefined })),
    ).resolves.toEqual([1, 2]);
  });

  it('fails where it goes round in circles or breaks off', async () => {
    const circle = { items: [1], truncated: true, next: 'a' };
    await expect(listAll(() => Promise.resolve(circle))).rejects.toThrow('does not go on');
    const broken = { items: [1], truncated: true, next: undefined };
    await expect(listAll(() => Promise.resolve(broken))).rejects.toThrow('does not go on');
  });

  it('is worked off a few at once, in its order', async () => {
    let running = 0;
    let most = 0;
    const results = await inBatches([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return item * 2;
    });
    expect([results, most]).toEqual([[2, 4, 6, 8, 10], 2]);
  });
});
