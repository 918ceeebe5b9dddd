import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createCryptographyMethods } from '../src/cryptography.ts';
import { guardClient } from '../src/guarded-client.ts';
import { bareKms } from '../proof/bare-kms.ts';
import { fakeCall } from './fake-vault.ts';
import type { KmsVault } from '../src/vault.ts';

/** An endpoint that takes requests and never answers. */
async function silentEndpoint(): Promise<{
  readonly address: string;
  readonly request: Promise<IncomingMessage>;
  [Symbol.dispose](): void;
}> {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const server = createServer((message) => arrived.resolve(message));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    request: arrived.promise,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('an aborted use of a key ends its request, by the signal or by the lighter way', async () => {
  for (const way of ['signal', 'cancellation'] as const) {
    using endpoint = await silentEndpoint();
    const sdk = bareKms(endpoint.address);
    const vault = { client: guardClient(sdk) } as unknown as KmsVault;
    const controller = new AbortController();
    const cancellation = { aborted: false, reason: undefined, onabort: null as (() => void) | null };
    const call = fakeCall(way === 'signal' ? { signal: controller.signal } : { cancellation });
    const use = { algorithm: 'ES256', input: 'digest', digest: new Uint8Array(32), version: 'v' };
    const signing = Promise.resolve(createCryptographyMethods(vault).sign?.(use as never, call));
    const ended = signing.then(
      () => 'answered',
      (error: unknown) => (error as Error).name,
    );
    const request = await endpoint.request;
    const closed = new Promise((resolve) => request.once('close', resolve));
    if (way === 'signal') controller.abort();
    else cancellation.onabort?.();
    expect(await ended).toBe('AbortError');
    await closed;
    sdk.destroy();
  }
});
