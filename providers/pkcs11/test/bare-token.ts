import { DatabaseSync } from 'node:sqlite';
import pkcs11js from 'pkcs11js';
import { handleToOctets } from '../src/token/handles.ts';
import { attributeRows } from '../src/token/attributes.ts';
import type { Token } from '../src/token/token.ts';

type Value = boolean | number | string | Buffer;

/** Attributes by number. */
export type BareTemplate = Readonly<Record<number, Value>>;

/** A token by the native binding alone, beside the library: what other software in this process would do to it. */
export interface BareToken {
  readonly library: pkcs11js.PKCS11;
  readonly session: Buffer;
  find(template: BareTemplate): readonly Buffer[];
  /** The one object that fits. */
  one(template: BareTemplate): Buffer;
  read(object: Buffer, attribute: number): Buffer | undefined;
  create(template: BareTemplate): Buffer;
  copy(object: Buffer, template: BareTemplate): Buffer;
  set(object: Buffer, template: BareTemplate): void;
  destroy(...objects: readonly Buffer[]): void;
  generateKey(mechanism: number, template: BareTemplate): Buffer;
  generatePair(mechanism: number, open: BareTemplate, secret: BareTemplate): void;
  /** Every attribute of every object, in an order of its own. */
  dump(): readonly string[];
  close(): void;
}

const native = (template: BareTemplate): pkcs11js.Template =>
  Object.entries(template).map(([type, value]) => ({ type: Number(type), value }));

const numbers = Object.values(attributeRows).map(({ number }) => number);

/** Opens a session on a token that the library has open in this process: module and login are shared. */
export function openBare({ facts }: Pick<Token, 'facts'>): BareToken {
  const library = new pkcs11js.PKCS11();
  library.load(facts.module.path);
  const session = library.C_OpenSession(handleToOctets(facts.slotId, 8), 6);
  const readRaw = (object: Buffer, type: number): Buffer | undefined => {
    try {
      return library.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    } catch {
      return undefined;
    }
  };
  const find = (template: BareTemplate): readonly Buffer[] => {
    library.C_FindObjectsInit(session, native(template));
    const found: Buffer[] = [];
    for (let page = library.C_FindObjects(session, 100); ; page = library.C_FindObjects(session, 100)) {
      found.push(...page.map((handle) => Buffer.from(handle)));
      if (page.length < 100) break;
    }
    library.C_FindObjectsFinal(session);
    return found;
  };
  return {
    library,
    session,
    find,
    one(template) {
      const [object, other] = find(template);
      if (object === undefined || other !== undefined) throw new Error('There is not one such object');
      return object;
    },
    read: readRaw,
    create: (template) => Buffer.from(library.C_CreateObject(session, native(template))),
    copy: (object, template) => Buffer.from(library.C_CopyObject(session, object, native(template))),
    set: (object, template) => library.C_SetAttributeValue(session, object, native(template)),
    destroy(...objects) {
      for (const object of objects) library.C_DestroyObject(session, object);
    },
    generateKey: (mechanism, template) =>
      Buffer.from(library.C_GenerateKey(session, { mechanism }, native(template))),
    generatePair(mechanism, open, secret) {
      library.C_GenerateKeyPair(session, { mechanism }, native(open), native(secret));
    },
    dump: () =>
      find({ [pkcs11js.CKA_TOKEN]: true })
        .map((object) =>
          numbers.map((number) => `${number}=${readRaw(object, number)?.toString('hex') ?? '-'}`).join(' '),
        )
        .toSorted(),
    close: () => library.C_CloseSession(session),
  };
}

/** Every entry of a store file. */
export function dumpFile(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('SELECT key, hex(octets) AS octets FROM entries ORDER BY key').all();
    return rows.map(({ key, octets }) => `${String(key)}=${String(octets)}`);
  } finally {
    database.close();
  }
}
