import type { SeenBody } from './fault-proxy.ts';
import { parseKmsBody } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';

/** Something that may be in no message, no span and no log. Of the same shape as the canaries of the whole workspace. */
interface CollectedSecret {
  readonly name: string;
  readonly secret: Uint8Array;
}

/** Collects what was secret in a run. */
export interface SecretCollector {
  /** Give it to the fault proxy as `watchBodies`: what KMS gets or gives in secret is collected from the wire. */
  readonly watchBodies: (seen: SeenBody) => void;
  /** Adds one that does not go over the wire as it is: a credential, or key material before it is wrapped. */
  add(name: string, secret: Uint8Array | string): void;
  /** All of them, each once. */
  readonly secrets: readonly CollectedSecret[];
}

/** Which members are secret, by operation and direction; their values are base64. */
const secretMembers: Readonly<Record<string, Readonly<Record<SeenBody['direction'], readonly string[]>>>> = {
  Encrypt: { request: ['Plaintext'], answer: [] },
  Decrypt: { request: [], answer: ['Plaintext'] },
  GenerateDataKey: { request: [], answer: ['Plaintext'] },
  GenerateRandom: { request: [], answer: ['Plaintext'] },
  GetParametersForImport: { request: [], answer: ['ImportToken', 'PublicKey'] },
  ImportKeyMaterial: { request: ['ImportToken', 'EncryptedKeyMaterial'], answer: [] },
};

/** Fewer octets than this are found by chance. */
const shortest = 8;

/** Makes a collector that has nothing yet. */
export function createSecretCollector(): SecretCollector {
  const found = new Map<string, CollectedSecret>();
  const add = (name: string, secret: Uint8Array): void => {
    if (secret.length < shortest) return;
    const id = Buffer.from(secret).toString('base64');
    if (!found.has(id)) found.set(id, { name, secret: Uint8Array.from(secret) });
  };
  return {
    watchBodies({ direction, operation, octets }) {
      const members = secretMembers[operation]?.[direction] ?? [];
      const body = members.length === 0 ? {} : parseKmsBody(octets);
      for (const member of members) add(`${member} of ${operation}`, octetsOf(body, member));
    },
    add: (name, secret) => add(name, typeof secret === 'string' ? Buffer.from(secret) : secret),
    get secrets() {
      return [...found.values()];
    },
  };
}

function octetsOf(body: KmsBody, member: string): Buffer {
  const value = body[member];
  return Buffer.from(typeof value === 'string' ? value : '', 'base64');
}
