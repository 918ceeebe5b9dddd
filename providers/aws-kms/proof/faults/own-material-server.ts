import { materialOperations } from '../canned-material-operations.ts';
import { answerFrom } from '../canned-material-server.ts';
import { createMaterialStore } from '../canned-material-store.ts';
import { parseKmsBody } from '../kms-protocol.ts';
import { methodOf } from './own-server.ts';
import type { OwnServer } from './own-server.ts';

/** The server of our own whose keys have materials, without its network. */
export function createOwnMaterialServer(): OwnServer & { destroy(keyId: string): void } {
  const store = createMaterialStore({});
  return {
    methods: Object.keys(materialOperations).map((operation) => methodOf(operation)),
    answer(operation, octets) {
      const { status, body } = answerFrom(store, operation, parseKmsBody(octets));
      return Promise.resolve({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) });
    },
    destroy(keyId) {
      store.keys.delete(keyId);
      for (const [alias, target] of store.aliases) if (target === keyId) store.aliases.delete(alias);
    },
  };
}
