import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that nothing listens on now, on any interface. Until it is used, a program that is not of here may take it.
 *
 * @param given Ports that others were told to use, and may not have taken yet.
 */
export async function freePort(given: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = await anyPort();
    if (!given.includes(port)) return port;
  }
}

async function anyPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}
