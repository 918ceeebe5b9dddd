import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on a free port of 127.0.0.1. */
export interface LoopbackServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Answers one request. The body has been read to its end. */
export type Handler = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>;

/**
 * Starts a server on a free port of 127.0.0.1. A handler that throws ends its own connection, without an answer, and
 * no other one.
 */
export async function startLoopbackServer(handle: Handler): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    readBody(request)
      .then(async (body) => handle(request, body, response))
      .catch(() => request.socket.destroy());
  });
  // A connection that is closed for want of use, while a client takes it up again, looks like an outage.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

/** Reads a request's body, or an answer's. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
