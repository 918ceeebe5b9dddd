import { randomUUID } from 'node:crypto';
import { bareName, operationOf, parseKmsBody } from '../../proof/kms-protocol.ts';
import { startLoopbackServer } from '../../proof/loopback-server.ts';
import type { LoopbackServer } from '../../proof/loopback-server.ts';

/** Just enough state for a test of the proxy: keys with tags, and aliases. Our own, and no proof of anything else. */
export function startTinyKms(): Promise<LoopbackServer> {
  const keys = new Map<string, { TagKey: string; TagValue: string }[]>();
  const aliases = new Map<string, string>();
  const idOf = (name: unknown): string => {
    const bare = bareName(String(name));
    const id = aliases.get(bare) ?? bare;
    if (!keys.has(id)) throw new Error('NotFoundException');
    return id;
  };
  const run: Readonly<Record<string, (body: Readonly<Record<string, unknown>>) => unknown>> = {
    CreateKey() {
      const id = randomUUID();
      keys.set(id, []);
      return { KeyMetadata: { KeyId: id } };
    },
    DescribeKey: ({ KeyId }) => ({ KeyMetadata: { KeyId: idOf(KeyId) } }),
    TagResource: ({ KeyId, Tags }) => void keys.get(idOf(KeyId))?.push(...(Tags as [])),
    ListResourceTags: ({ KeyId }) => ({ Tags: keys.get(idOf(KeyId)) }),
    CreateAlias: ({ AliasName, TargetKeyId }) => void aliases.set(String(AliasName), idOf(TargetKeyId)),
    UpdateAlias: ({ AliasName, TargetKeyId }) => void aliases.set(String(AliasName), idOf(TargetKeyId)),
    DeleteAlias: ({ AliasName }) => void aliases.delete(String(AliasName)),
    ListAliases: () => ({
      Aliases: [...aliases].map(([AliasName, TargetKeyId]) => ({ AliasName, TargetKeyId })),
      Truncated: false,
    }),
  };
  return startLoopbackServer((incoming, body, response) => {
    try {
      const answer = run[operationOf(incoming.headers)]?.(parseKmsBody(body));
      response.end(answer === undefined ? '' : JSON.stringify(answer));
    } catch (error) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: (error as Error).message, message: 'not here' }));
    }
    return Promise.resolve();
  });
}
