import { CannedError } from './canned-error.ts';
import { turnTo } from './canned-material-key.ts';
import type { CannedMaterialKey } from './canned-material-key.ts';
import { materialOperations } from './canned-material-operations.ts';
import { createMaterialStore, dumpMaterials } from './canned-material-store.ts';
import type { MaterialServerOptions, MaterialStore } from './canned-material-store.ts';
import { kmsMediaType, operationOf, parseKmsBody } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

/** A server whose keys have materials. */
export interface MaterialServer extends LoopbackServer {
  /** The operations asked for, in their order. */
  readonly requests: string[];
  /** What its aliases lead to. */
  dump(): readonly string[];
  /** The key behind an alias or an id. */
  key(id: string): CannedMaterialKey;
  /** What KMS does when a key has the age of its period. */
  rotateByItself(id: string): void;
}

/** What the server says to one request. */
export function answerFrom(
  store: MaterialStore,
  operation: string,
  body: KmsBody,
): { readonly status: number; readonly body: KmsBody } {
  try {
    const run = materialOperations[operation];
    if (run === undefined) throw new CannedError('UnknownOperationException', operation);
    return { status: 200, body: run(body, store) };
  } catch (error) {
    const known = error instanceof CannedError;
    const message = error instanceof Error ? error.message : '';
    const name = known ? error.name : 'KMSInternalException';
    return { status: known ? 400 : 500, body: { __type: name, message } };
  }
}

/**
 * Starts a small KMS on a free port of 127.0.0.1, our own: symmetric keys with their materials, rotations that end after a
 * while, imports of further materials. It shows that we keep to what AWS documents of these, and never what AWS does.
 */
export async function startMaterialServer(options: MaterialServerOptions = {}): Promise<MaterialServer> {
  const store = createMaterialStore(options);
  const requests: string[] = [];
  const server = await startLoopbackServer((incoming, octets, response) => {
    const operation = operationOf(incoming.headers);
    requests.push(operation);
    const { status, body } = answerFrom(store, operation, parseKmsBody(octets));
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': kmsMediaType,
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
    return Promise.resolve();
  });
  const key = (id: string): CannedMaterialKey => store.find({ KeyId: id });
  return {
    ...server,
    requests,
    dump: () => dumpMaterials(store),
    key,
    rotateByItself: (id) => turnTo(key(id), 'AUTOMATIC'),
  };
}
