import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  derTag,
  readDer,
  readDerElements,
  readDerSequence,
  readDerUnsigned,
  writeDer,
  writeDerUnsigned,
} from '../src/der.ts';
import { fromHex } from './signature-rows.ts';

describe('DER', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000])('reads what it writes: %d octets', (length) => {
    const contents = new Uint8Array(length).fill(7);
    const written = writeDer(derTag.octetString, contents);
    expect(readDer(written)).toEqual({ tag: derTag.octetString, contents });
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '02'],
    ['contents cut short', '020201'],
    ['octets behind it', '02010100'],
    ['an indefinite length', '30800000'],
    ['a long form where the short one does', '02810101'],
    ['a long form with a leading zero', '0282008101'],
    ['a length that is cut', '0282ff'],
    ['a length of four octets', '0284000000010a'],
    ['a tag number of several octets', '1f0100'],
  ])('refuses %s', (_, hex) => {
    expect(readDer(fromHex(hex))).toBeUndefined();
  });

  it('reads a long length only in its minimal form', () => {
    const contents = new Uint8Array(128).fill(1);
    expect(readDer(Uint8Array.of(4, 0x81, 128, ...contents))?.contents).toEqual(contents);
    expect(readDer(Uint8Array.of(4, 0x82, 0, 128, ...contents))).toBeUndefined();
    expect(readDer(Uint8Array.of(4, 0x81, 127, ...contents.subarray(1)))).toBeUndefined();
  });

  it('reads the elements of a sequence, all or none', () => {
    expect(readDerSequence(fromHex('3006020101020102'))).toHaveLength(2);
    expect(readDerSequence(fromHex('3006020101020202'))).toBeUndefined();
    expect(readDerSequence(fromHex('0406020101020102'))).toBeUndefined();
    expect(readDerElements(new Uint8Array())).toEqual([]);
  });

  it('reads integers that are minimal and not negative', () => {
    const integer = (hex: string) => readDerUnsigned(readDer(fromHex(hex)));
    expect(integer('020100')).toEqual(Uint8Array.of(0));
    expect(integer('02017f')).toEqual(Uint8Array.of(0x7f));
    expect(integer('02020080')).toEqual(Uint8Array.of(0x80));
    for (const wrong of ['0200', '020180', '02020001', '0202ff80', '040101'])
      expect(integer(wrong)).toBeUndefined();
  });

  it('writes any unsigned integer minimally', () => {
    expect(writeDerUnsigned(new Uint8Array())).toEqual(fromHex('020100'));
    expect(writeDerUnsigned(fromHex('0000'))).toEqual(fromHex('020100'));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 140 }), (octets) => {
        const read = readDerUnsigned(readDer(writeDerUnsigned(octets)));
        expect(BigInt(`0x${Buffer.from(read ?? []).toString('hex')}`)).toBe(
          BigInt(`0x${Buffer.from(octets).toString('hex')}`),
        );
      }),
    );
  });

  it('takes one encoding of each value only: what is read is written the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
        const read = readDer(octets);
        if (read !== undefined) expect(writeDer(read.tag, read.contents)).toEqual(octets);
      }),
      { numRuns: 2000 },
    );
  });
});
