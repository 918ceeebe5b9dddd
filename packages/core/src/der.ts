/** The DER tags that keys and signatures are made of. */
export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
} as const;

/** One element: its tag, and the octets of its contents. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Uint8Array;
}

/** Reads strict DER (X.690 section 10): definite, minimal lengths, no trailing octets. Undefined where it is not. */
export function readDer(bytes: Uint8Array): DerElement | undefined {
  const [element, rest] = readOne(bytes) ?? [];
  return element !== undefined && rest?.length === 0 ? element : undefined;
}

/** Reads the elements of a SEQUENCE's contents, all of them. */
export function readDerSequence(bytes: Uint8Array): readonly DerElement[] | undefined {
  const outer = readDer(bytes);
  return outer?.tag === derTag.sequence ? readDerElements(outer.contents) : undefined;
}

/** Reads elements one after the other until the octets are used up. */
export function readDerElements(contents: Uint8Array): readonly DerElement[] | undefined {
  const elements: DerElement[] = [];
  let rest = contents;
  while (rest.length > 0) {
    const read = readOne(rest);
    if (read === undefined) return undefined;
    elements.push(read[0]);
    rest = read[1];
  }
  return elements;
}

function readOne(bytes: Uint8Array): [DerElement, Uint8Array] | undefined {
  const [tag, first] = bytes;
  // A tag number above 30 takes more octets; nothing here has one.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let length = first;
  let start = 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3 || bytes.length < 2 + count) return undefined;
    length = 0;
    for (const octet of bytes.subarray(2, 2 + count)) length = length * 256 + octet;
    start += count;
    const minimal = length >= 0x80 && length >= 256 ** (count - 1);
    if (!minimal) return undefined;
  }
  if (bytes.length < start + length) return undefined;
  return [{ tag, contents: bytes.subarray(start, start + length) }, bytes.subarray(start + length)];
}

/** The unsigned big-endian octets of a DER INTEGER that is not negative and minimal; zero is one octet. */
export function readDerUnsigned(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== derTag.integer) return undefined;
  const { contents } = element;
  const [first, second] = contents;
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0 || contents.length === 1) return contents;
  return second !== undefined && second >= 0x80 ? contents.subarray(1) : undefined;
}

/** Writes an element. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.from([tag, ...lengthOctets(contents.length)]), contents]));
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/** Writes unsigned big-endian octets, of any length, as a minimal INTEGER. */
export function writeDerUnsigned(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const minimal = octets.length === 0 ? new Uint8Array(1) : octets.subarray(start);
  const sign = (minimal[0] ?? 0) >= 0x80 ? new Uint8Array(1) : new Uint8Array(0);
  return writeDer(derTag.integer, sign, minimal);
}
