import { timingSafeEqual } from 'node:crypto';
import { integrityError } from '@keyway/core/driver';
import type { JobCall } from '../token/token.ts';
import type { MacKeys } from './mac-keys.ts';

/** The first octets of every entry: what it is, and the version of its form. */
const magic: Uint8Array = Buffer.from('KWR\u0001', 'latin1');
const codeLength = 32;
const domain = 'keyway.pkcs11.record/1';

/** How many entries are remembered as authentic. */
const capacity = 10_000;

/** Authenticates the entries of one namespace: text in, octets out, and back. */
export interface RecordSeal {
  /** The same for the same key and text. */
  seal(key: string, text: string, call: JobCall): Promise<Uint8Array>;
  /** The text of an entry. @throws ERR_INTEGRITY for one that was not sealed for this key of this namespace. */
  open(key: string, octets: Uint8Array, call: JobCall): Promise<string>;
}

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** None of the parts but the last can hold a zero octet. */
function messageOf(namespace: string, key: string, text: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${domain}\0${namespace}\0${key}\0`), text]);
}

/** Makes the seal of a namespace. */
export function createRecordSeal(namespace: string, keys: MacKeys): RecordSeal {
  const known = new Map<string, Uint8Array>();
  function remember(key: string, octets: Uint8Array): void {
    known.delete(key);
    known.set(key, octets);
    if (known.size > capacity)
      for (const oldest of [...known.keys()].slice(0, capacity / 10)) known.delete(oldest);
  }
  async function isAuthentic(message: Uint8Array, code: Uint8Array, call: JobCall): Promise<boolean> {
    const fits = async (): Promise<boolean> => {
      const codes = await keys.codes(message, call);
      return codes.filter((candidate) => same(candidate, code)).length > 0;
    };
    if (await fits()) return true;
    const before = keys.count;
    await keys.reload(call);
    return keys.count !== before && (await fits());
  }
  return {
    async seal(key, text, call) {
      const octets = Buffer.from(text, 'utf8');
      const [code] = await keys.codes(messageOf(namespace, key, octets), call);
      if (code?.length !== codeLength) throw integrityError();
      const sealed = Uint8Array.from(Buffer.concat([magic, code, octets]));
      remember(key, sealed);
      return sealed;
    },
    async open(key, octets, call) {
      const head = magic.length + codeLength;
      if (octets.length < head || !same(octets.subarray(0, magic.length), magic)) throw integrityError();
      const text = octets.subarray(head);
      const before = known.get(key);
      if (before === undefined || !same(before, octets)) {
        const message = messageOf(namespace, key, text);
        if (!(await isAuthentic(message, octets.subarray(magic.length, head), call))) throw integrityError();
        remember(key, Uint8Array.from(octets));
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    },
  };
}
