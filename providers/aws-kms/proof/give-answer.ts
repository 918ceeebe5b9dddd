import type { ServerResponse } from 'node:http';
import type { GivenAnswer } from './happen.ts';
import { kmsMediaType } from './kms-protocol.ts';

/** Writes an answer, or its first half and then the end of the connection. */
export async function give(response: ServerResponse, answer: GivenAnswer): Promise<void> {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  if (answer.half === true) {
    await giveHalf(response, answer.status, body);
    return;
  }
  const headers = { 'content-type': kmsMediaType, ...answer.headers, 'content-length': body.length };
  response.writeHead(answer.status, headers);
  response.end(body);
}

/** Many writes are answered by an empty body: there the end comes in the middle of the headers. */
async function giveHalf(response: ServerResponse, status: number, body: Buffer): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  const start = `HTTP/1.1 ${status} Half\r\nContent-Type: ${kmsMediaType}\r\nContent-Length: `;
  const rest = body.length === 0 ? '' : `${body.length}\r\n\r\n`;
  const half = body.subarray(0, Math.floor(body.length / 2));
  await new Promise<void>((resolve) => {
    socket.write(Buffer.concat([Buffer.from(start + rest), half]), () => resolve());
  });
  socket.destroy();
}
