import { CannedError } from './canned-error.ts';
import type { CannedKey } from './canned-key.ts';
import { cannedOperations, repeatable } from './canned-operations.ts';
import { createCannedStore } from './canned-store.ts';
import type { CannedServerOptions, CannedStore } from './canned-store.ts';
import { kmsMediaType, operationOf, parseKmsBody } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

/** A server that answers operations of KMS. */
export interface CannedServer extends LoopbackServer {
  readonly keys: readonly CannedKey[];
  /** Requests so far, by operation. */
  readonly requests: Readonly<Record<string, number>>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Answers that are kept at most. */
const maxKept = 10_000;

/**
 * Starts a small KMS on a free port of 127.0.0.1: our own, for benchmarks and tests of the wire. What it shows is how we
 * speak, and never how KMS behaves. Its keys are made with node:crypto, and so are its signatures, MACs and ciphertexts;
 * the same request gets the same answer from memory, quickly. It changes nothing: there is no CreateKey.
 */
export async function startCannedServer(options: CannedServerOptions = {}): Promise<CannedServer> {
  const store = createCannedStore(options);
  const kept = new Map<string, Answer>();
  const requests: Record<string, number> = {};
  const server = await startLoopbackServer((incoming, body, response) => {
    const operation = operationOf(incoming.headers);
    requests[operation] = (requests[operation] ?? 0) + 1;
    const id = `${operation} ${body.toString('latin1')}`;
    const answer = kept.get(id) ?? answerTo(operation, parseKmsBody(body), store);
    if (repeatable.has(operation) && kept.size < maxKept) kept.set(id, answer);
    response.writeHead(answer.status, {
      'content-type': kmsMediaType,
      'content-length': Buffer.byteLength(answer.body),
    });
    response.end(answer.body);
    return Promise.resolve();
  });
  return { ...server, keys: store.keys, requests };
}

function answerTo(operation: string, body: KmsBody, store: CannedStore): Answer {
  try {
    const run = cannedOperations[operation];
    if (run === undefined) throw new CannedError('UnknownOperationException', '');
    return { status: 200, body: JSON.stringify(run(body, store)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const known = error instanceof CannedError;
    const answer = { __type: known ? error.name : 'KMSInternalException', message: error.message };
    return { status: known ? 400 : 500, body: JSON.stringify(answer) };
  }
}
