import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPageToken, parsePageToken } from '../src/page-token.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const scope = { vaultUri: 'local:1', list: 'keys' };
const scopes = fc.record({ vaultUri: fc.string(), list: fc.string() });

describe('page tokens', () => {
  it('give the driver its own token back', () => {
    fc.assert(
      fc.property(scopes, fc.string({ unit: 'binary' }), (own, next) => {
        const token = formatPageToken(own, next);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(parsePageToken(own, token)).toBe(next);
      }),
    );
  });

  it('have a form that stays', () => {
    expect(Buffer.from(formatPageToken(scope, 'abc'), 'base64url').toString()).toMatch(
      /^\[1,"[A-Za-z0-9_-]{12}","abc"\]$/,
    );
  });

  it('of another vault or list are refused', () => {
    const token = formatPageToken(scope, 'abc');
    for (const other of [
      { ...scope, vaultUri: 'local:2' },
      { ...scope, list: 'deleted' },
      { vaultUri: 'local:1keys', list: '' },
    ]) {
      expect(() => parsePageToken(other, token)).toThrow(invalid);
    }
    fc.assert(
      fc.property(scopes, scopes, fc.string(), (one, other, next) => {
        fc.pre(one.vaultUri !== other.vaultUri || one.list !== other.list);
        expect(() => parsePageToken(other, formatPageToken(one, next))).toThrow(invalid);
      }),
    );
  });

  it('with any character changed, added or taken away are refused', () => {
    const token = formatPageToken(scope, 'next-page/17');
    for (let at = 0; at <= token.length; at++) {
      const before = token.slice(0, at);
      const after = token.slice(at);
      const changed = [`${before}A${after}`, `${before}=${after}`];
      if (after !== '')
        changed.push(
          before + after.slice(1),
          `${before}${after.startsWith('B') ? 'C' : 'B'}${after.slice(1)}`,
        );
      for (const damaged of changed) expect(() => parsePageToken(scope, damaged)).toThrow(invalid);
    }
  });

  it('of another version, or written otherwise, are refused', () => {
    const [, checksum] = JSON.parse(Buffer.from(formatPageToken(scope, 'a'), 'base64url').toString()) as [
      number,
      string,
      string,
    ];
    const write = (text: string): string => Buffer.from(text).toString('base64url');
    expect(parsePageToken(scope, write(`[1,"${checksum}","a"]`))).toBe('a');
    for (const text of [
      `[2,"${checksum}","a"]`,
      `[1, "${checksum}","a"]`,
      `[1,"${checksum}","\\u0061"]`,
      `[1,"${checksum}","a",0]`,
      `[1,"","a"]`,
      '{}',
      'null',
      '"a"',
      '[',
      `{"2":"a"}`,
      `[1,"${checksum}",["a"]]`,
      '['.repeat(20_000),
    ]) {
      expect(() => parsePageToken(scope, write(text))).toThrow(invalid);
    }
  });

  it('that are no text, or far too long, are refused', () => {
    for (const token of [undefined, null, 1, {}, '', ' '])
      expect(() => parsePageToken(scope, token as string)).toThrow(invalid);
    expect(() => parsePageToken(scope, 'A'.repeat(1_000_000))).toThrow(invalid);
  });

  it('fail in one way only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => parsePageToken(scope, text)).toThrow(invalid);
      }),
    );
  });
});
