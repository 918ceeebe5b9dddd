// The canned server in a process of its own, so that its time is not counted with that of a client.
// Usage: canned-server-process.ts <options as JSON>. Writes one line of JSON, and ends with its standard input.
import process from 'node:process';
import { startCannedServer } from './canned-server.ts';
import type { CannedServerOptions } from './canned-store.ts';

const server = await startCannedServer(JSON.parse(process.argv[2] ?? '{}') as CannedServerOptions);
const keys = server.keys.map(({ id, arn, publicKey }) => ({
  id,
  arn,
  publicKey: publicKey?.toString('base64'),
}));
process.stdout.write(`${JSON.stringify({ endpoint: server.endpoint, keys })}\n`);
process.stdin.resume();
process.stdin.once('end', () => void server.close());
