import { request as send } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readBody } from './loopback-server.ts';

/** What the server behind the proxy has answered. */
export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers that belong to one connection, and `expect`, which this proxy has answered by reading the body. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'proxy-connection',
  'upgrade',
]);

/** Sends a request on and reads the whole answer. Each uses a connection of its own, so that none can be a stale one. */
export function forward(upstream: URL, incoming: IncomingMessage, body: Buffer): Promise<ForwardedAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { ...endToEnd(incoming.headers), host: upstream.host, 'content-length': body.length };
    const options = { method: incoming.method, path: incoming.url, headers, agent: false };
    const outgoing = send(upstream, options, (answer) => {
      readBody(answer)
        .then((octets) =>
          resolve({ status: answer.statusCode ?? 0, headers: endToEnd(answer.headers), body: octets }),
        )
        .catch(reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
