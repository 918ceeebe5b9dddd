import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  TagResourceCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import type { FaultProxy } from '../../proof/fault-proxy.ts';
import { lagging, onNth } from '../../proof/fault-script.ts';
import type { LoopbackServer } from '../../proof/loopback-server.ts';
import { bareClient } from './kms-client.ts';
import { startTinyKms } from './tiny-kms.ts';

let upstream: LoopbackServer;
let proxy: FaultProxy;
let client: KMSClient;

beforeEach(async () => {
  upstream = await startTinyKms();
  proxy = await startFaultProxy({ upstream: upstream.endpoint });
  client = bareClient(proxy.endpoint);
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  await upstream.close();
});

const create = async (): Promise<string> =>
  (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
const describeKey = async (id: string): Promise<string> =>
  (await client.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.KeyId ?? '';
const point = (AliasName: string, TargetKeyId: string): Promise<unknown> =>
  client.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
const aliases = async (): Promise<Readonly<Record<string, string>>> => {
  const { Aliases = [] } = await client.send(new ListAliasesCommand({}));
  return Object.fromEntries(Aliases.map(({ AliasName = '', TargetKeyId = '' }) => [AliasName, TargetKeyId]));
};
const notFound = { name: 'NotFoundException' };

describe('a stale read', () => {
  it('does not find a new key for so many requests, whatever they want of it', async () => {
    proxy.restart(lagging(3));
    const id = await create();
    await expect(describeKey(id)).rejects.toMatchObject(notFound);
    await expect(point('alias/a', id)).rejects.toMatchObject(notFound);
    await expect(client.send(new ListResourceTagsCommand({ KeyId: id }))).rejects.toMatchObject(notFound);
    await expect(describeKey(id)).resolves.toBe(id);
    expect(
      proxy.log.map(({ operation, sinceWrite, reached, applied }) => [
        operation,
        sinceWrite,
        reached,
        applied,
      ]),
    ).toEqual([
      ['CreateKey', undefined, true, true],
      ['DescribeKey', 0, false, true],
      ['CreateAlias', 1, false, true],
      ['ListResourceTags', 2, false, true],
      ['DescribeKey', 3, true, true],
    ]);
  });

  it('does not find a new alias', async () => {
    const id = await create();
    await point('alias/a', id);
    proxy.restart(lagging(1));
    await expect(describeKey('alias/a')).rejects.toMatchObject(notFound);
    await expect(describeKey('alias/a')).resolves.toBe(id);
  });

  it('follows a moved alias to its former key, also for an operation that is no read', async () => {
    const [one, other] = [await create(), await create()];
    await point('alias/a', one);
    await describeKey(one);
    await client.send(new UpdateAliasCommand({ AliasName: 'alias/a', TargetKeyId: other }));
    proxy.restart(lagging(2));
    await expect(describeKey('alias/a')).resolves.toBe(one);
    await client.send(
      new TagResourceCommand({ KeyId: 'alias/a', Tags: [{ TagKey: 'was', TagValue: 'here' }] }),
    );
    await expect(describeKey('alias/a')).resolves.toBe(other);
    const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId: one }));
    expect(Tags).toEqual([{ TagKey: 'was', TagValue: 'here' }]);
  });

  it('lists aliases as they were before the last write of one', async () => {
    const [one, other] = [await create(), await create()];
    await point('alias/a', one);
    await point('alias/b', one);
    proxy.restart(onNth('ListAliases', 1, 'stale'));
    expect(await aliases()).toEqual({ 'alias/a': one });
    expect(await aliases()).toEqual({ 'alias/a': one, 'alias/b': one });
    await client.send(new UpdateAliasCommand({ AliasName: 'alias/a', TargetKeyId: other }));
    proxy.restart(onNth('ListAliases', 1, 'stale'));
    expect(await aliases()).toEqual({ 'alias/a': one, 'alias/b': one });
    expect(await aliases()).toEqual({ 'alias/a': other, 'alias/b': one });
    await client.send(new DeleteAliasCommand({ AliasName: 'alias/b' }));
    proxy.restart(onNth('ListAliases', 1, 'stale'));
    expect(await aliases()).toEqual({ 'alias/a': other, 'alias/b': one });
    expect(await aliases()).toEqual({ 'alias/a': other });
  });

  it('gives the answer that was recorded before the last write of a key', async () => {
    const id = await create();
    const tags = async (): Promise<unknown> =>
      (await client.send(new ListResourceTagsCommand({ KeyId: id }))).Tags;
    expect(await tags()).toEqual([]);
    await client.send(new TagResourceCommand({ KeyId: id, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
    proxy.restart(lagging(1));
    expect(await tags()).toEqual([]);
    expect(await tags()).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
    proxy.restart(onNth('ListResourceTags', 1, 'stale'));
    expect(await tags()).toEqual([]);
    expect(await tags()).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
  });

  it('passes, and the log says so, where what was before is not known', async () => {
    const id = await create();
    await client.send(new TagResourceCommand({ KeyId: id, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
    proxy.restart(lagging(1));
    await expect(describeKey(id)).resolves.toBe(id);
    expect(proxy.log).toMatchObject([{ fault: 'stale', applied: false, reached: true }]);
  });

  it('is not given for what was written past the proxy or long ago', async () => {
    const id = await create();
    await describeKey(id);
    await describeKey(id);
    proxy.restart(lagging(2));
    await expect(describeKey(id)).resolves.toBe(id);
    await expect(describeKey('alias/unknown')).rejects.toMatchObject(notFound);
    expect(proxy.log.map(({ fault }) => fault)).toEqual(['pass', 'pass']);
  });
});
