import type { KmsClient } from '../../src/client.ts';
import type { ForwardedAnswer } from '../forward.ts';
import type { KmsBody } from '../kms-protocol.ts';

type Wire = (name: string, value: unknown) => unknown;

/** Members whose values the protocol carries in base64. */
const octetMembers: ReadonlySet<string> = new Set(['ImportToken', 'EncryptedKeyMaterial', 'PublicKey']);
/** Members that the protocol carries as seconds since 1970. */
const dateMembers: ReadonlySet<string> = new Set([
  'CreationDate',
  'DeletionDate',
  'ValidTo',
  'RotationDate',
  'NextRotationDate',
  'OnDemandRotationStartDate',
]);

/** Changes the members of a body, those of the metadata in it and those of rotations: nothing that is used lies deeper. */
function mapMembers(body: object, change: Wire): KmsBody {
  const deeper: Wire = (name, value) => {
    if (name === 'Rotations' && Array.isArray(value))
      return (value as readonly object[]).map((entry) => mapMembers(entry, change));
    return name === 'KeyMetadata' && typeof value === 'object' && value !== null
      ? mapMembers(value, change)
      : change(name, value);
  };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, deeper(name, value)]));
}

/** Writes a request or an answer as AWS JSON 1.1. */
export function toWire(body: object): Buffer {
  const written = mapMembers(body, (_, value) => {
    if (value instanceof Date) return value.getTime() / 1000;
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
  return Buffer.from(JSON.stringify(written));
}

/** Reads what {@link toWire} has written. @throws SyntaxError for half of it. */
export function fromWire(octets: Buffer | string): KmsBody {
  return mapMembers(JSON.parse(octets.toString()) as object, (name, value) => {
    if (typeof value === 'string' && octetMembers.has(name)) {
      return new Uint8Array(Buffer.from(value, 'base64'));
    }
    return typeof value === 'number' && dateMembers.has(name) ? new Date(value * 1000) : value;
  });
}

/** A KMS that takes a request and answers it, without a network. */
export interface OwnServer {
  /** What it can be asked, as methods of the SDK. */
  readonly methods: readonly string[];
  answer(operation: string, octets: Buffer): Promise<ForwardedAnswer>;
}

/** An operation as a method of the SDK. */
export const methodOf = (operation: string): string => operation.charAt(0).toLowerCase() + operation.slice(1);

/** Puts the protocol of KMS in front of a KMS in memory. */
export function createOwnServer(kms: KmsClient): OwnServer {
  const operations = kms as object as Readonly<Record<string, (input: KmsBody) => Promise<object>>>;
  return {
    methods: Object.keys(operations),
    async answer(operation, octets) {
      const run = operations[methodOf(operation)];
      try {
        if (run === undefined)
          throw Object.assign(new Error(operation), { name: 'UnknownOperationException' });
        return { status: 200, headers: {}, body: toWire(await run(fromWire(octets))) };
      } catch (error) {
        const { name, message } = error as Error;
        return { status: 400, headers: {}, body: Buffer.from(JSON.stringify({ __type: name, message })) };
      }
    },
  };
}
