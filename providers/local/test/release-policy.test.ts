import fc from 'fast-check';
import { isKeyManagerError } from '@keyway/core/driver';
import type { KeyReleasePolicy } from '@keyway/core/driver';
import { describe, expect, test } from 'vitest';
import { checkReleasePolicy, fulfils, parseReleasePolicy } from '../src/release-policy.ts';
import type { ReleaseCondition } from '../src/release-policy.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const authority = 'https://attest.example';

function policyOf(document: unknown): KeyReleasePolicy {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return { encodedPolicy: new TextEncoder().encode(text) };
}

/** A policy with one authority and these conditions. */
const withAll = (...allOf: unknown[]): KeyReleasePolicy =>
  policyOf({ version: '1.0.0', anyOf: [{ authority, allOf }] });
const claim = { claim: 'x-ms-attestation-type', equals: 'sevsnpvm' };

describe('a policy is accepted', () => {
  test('with authorities, allOf, anyOf, nesting, and texts, numbers and booleans to compare', () => {
    const document = {
      version: '1.0.0',
      anyOf: [
        {
          authority,
          allOf: [
            claim,
            { anyOf: [{ claim: 'a.b.c', equals: 1 }, { allOf: [{ claim: 'd', equals: false }] }] },
          ],
        },
        { authority: 'https://other.example/tenant/', anyOf: [claim] },
      ],
    };
    expect(parseReleasePolicy(policyOf(document))).toEqual([
      {
        authority,
        condition: {
          allOf: [
            claim,
            { anyOf: [{ claim: 'a.b.c', equals: 1 }, { allOf: [{ claim: 'd', equals: false }] }] },
          ],
        },
      },
      { authority: 'https://other.example/tenant', condition: { anyOf: [claim] } },
    ]);
  });

  test('that is the documented example of a confidential virtual machine', () => {
    const data =
      'eyJ2ZXJzaW9uIjoiMS4wLjAiLCJhbnlPZiI6W3siYXV0aG9yaXR5IjoiaHR0cHM6Ly9zaGFyZWR3ZXUud2V1LmF0dGVzdC5henVyZS5uZXQiLCJhbGxPZiI6W3siY2xhaW0iOiJ4LW1zLWlzb2xhdGlvbi10ZWUueC1tcy1hdHRlc3RhdGlvbi10eXBlIiwiZXF1YWxzIjoic2V2c25wdm0ifSx7ImNsYWltIjoieC1tcy1pc29sYXRpb24tdGVlLngtbXMtY29tcGxpYW5jZS1zdGF0dXMiLCJlcXVhbHMiOiJhenVyZS1jb21wbGlhbnQtY3ZtIn1dfV19';
    const [parsed] = parseReleasePolicy({ encodedPolicy: Buffer.from(data, 'base64url') });
    expect(parsed?.authority).toBe('https://sharedweu.weu.attest.azure.net');
    const claims = {
      'x-ms-isolation-tee': {
        'x-ms-attestation-type': 'sevsnpvm',
        'x-ms-compliance-status': 'azure-compliant-cvm',
      },
    };
    expect(fulfils(claims, parsed?.condition ?? { anyOf: [] })).toBe(true);
    expect(fulfils({}, parsed?.condition ?? { anyOf: [] })).toBe(false);
  });

  test('with its content type and immutability', () => {
    for (const contentType of [
      'application/json; charset=utf-8',
      'application/json',
      'application/json;charset=UTF-8',
      undefined,
    ]) {
      expect(() => checkReleasePolicy({ ...withAll(claim), contentType, immutable: true })).not.toThrow();
    }
  });
});

/** So many lists of conditions around one condition. */
function nested(levels: number): unknown {
  return levels === 0 ? claim : { allOf: [nested(levels - 1)] };
}

describe('a policy is refused', () => {
  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['nothing', ''],
    [
      'a byte order mark',
      `\ufeff${JSON.stringify({ version: '1.0.0', anyOf: [{ authority, allOf: [claim] }] })}`,
    ],
    ['a list', []],
    ['null', null],
    ['no version', { anyOf: [{ authority, allOf: [claim] }] }],
    ['another version', { version: '1.0.1', anyOf: [{ authority, allOf: [claim] }] }],
    ['an unknown member', { version: '1.0.0', anyOf: [{ authority, allOf: [claim] }], more: 1 }],
    ['allOf of authorities', { version: '1.0.0', allOf: [{ authority, allOf: [claim] }] }],
    ['no authority', { version: '1.0.0', anyOf: [] }],
    ['an authority that is a text', { version: '1.0.0', anyOf: [authority] }],
    ['an authority without a URL', { version: '1.0.0', anyOf: [{ allOf: [claim] }] }],
    ['an authority without conditions', { version: '1.0.0', anyOf: [{ authority }] }],
    [
      'an authority with both lists',
      { version: '1.0.0', anyOf: [{ authority, allOf: [claim], anyOf: [claim] }] },
    ],
    [
      'an authority with an unknown member',
      { version: '1.0.0', anyOf: [{ authority, allOf: [claim], more: 1 }] },
    ],
    ['an empty list of conditions', { version: '1.0.0', anyOf: [{ authority, allOf: [] }] }],
    ['conditions that are no list', { version: '1.0.0', anyOf: [{ authority, allOf: claim }] }],
    [
      'a member twice',
      `{"version":"1.0.0","anyOf":[{"authority":"${authority}","allOf":[{"claim":"a","equals":1,"equals":2}]}]}`,
    ],
    [
      'a member twice by an escape',
      `{"version":"1.0.0","versio\\u006e":"1.0.0","anyOf":[{"authority":"${authority}","allOf":[{"claim":"a","equals":1}]}]}`,
    ],
    ['depth without end', '['.repeat(16_000) + ']'.repeat(16_000)],
  ])('that is or has %s', (_, document) => {
    expect(() => checkReleasePolicy(policyOf(document))).toThrow(invalid);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'x-ms-attestation-type'],
    ['without equals', { claim: 'a' }],
    ['without a claim', { equals: 1 }],
    ['with another operator', { claim: 'a', notEquals: 1 }],
    ['with an unknown member', { claim: 'a', equals: 1, more: 1 }],
    ['with equals null', { claim: 'a', equals: null }],
    ['with equals an object', { claim: 'a', equals: {} }],
    ['with equals a list', { claim: 'a', equals: [1] }],
    ['with a claim that is a number', { claim: 1, equals: 1 }],
    ['with an empty claim', { claim: '', equals: 1 }],
    ['with two dots together', { claim: 'a..b', equals: 1 }],
    ['with a dot at the end', { claim: 'a.', equals: 1 }],
    ['with a claim that is too long', { claim: 'a'.repeat(1025), equals: 1 }],
    ['with a text that is too long', { claim: 'a', equals: 'a'.repeat(1025) }],
    ['in the lower case of the EBNF', { allof: [claim] }],
  ])('whose condition is %s', (_, condition) => {
    expect(() => checkReleasePolicy(withAll(condition))).toThrow(invalid);
  });

  test.each<[string, unknown]>([
    ['http', 'http://attest.example'],
    ['no URL', 'attest.example'],
    ['a number', 1],
    ['a query', 'https://attest.example?a'],
    ['a fragment', 'https://attest.example#a'],
    ['a user', 'https://user@attest.example'],
    ['a password', 'https://:word@attest.example'],
    ['white space', ' https://attest.example'],
    ['no end', `https://attest.example/${'a'.repeat(1024)}`],
  ])('whose authority is or has %s', (_, url) => {
    const document = { version: '1.0.0', anyOf: [{ authority: url, allOf: [claim] }] };
    expect(() => checkReleasePolicy(policyOf(document))).toThrow(invalid);
  });

  test('that nests deeper than 8 levels, or has more than 1000 conditions', () => {
    expect(() => checkReleasePolicy(withAll(nested(7)))).not.toThrow();
    expect(() => checkReleasePolicy(withAll(nested(8)))).toThrow(invalid);
    const small = { claim: 'a', equals: 1 };
    expect(() => checkReleasePolicy(withAll(...Array.from({ length: 1000 }, () => small)))).not.toThrow();
    expect(() => checkReleasePolicy(withAll(...Array.from({ length: 1001 }, () => small)))).toThrow(invalid);
  });

  test('that is longer than 32 KiB, even by spaces', () => {
    const text = JSON.stringify({ version: '1.0.0', anyOf: [{ authority, allOf: [claim] }] });
    expect(() => checkReleasePolicy(policyOf(text.padEnd(32_768)))).not.toThrow();
    expect(() => checkReleasePolicy(policyOf(text.padEnd(32_769)))).toThrow(invalid);
  });

  test('that is no policy at all, whatever its type', () => {
    const good = withAll(claim);
    const wrongs: unknown[] = [
      undefined,
      null,
      'text',
      [],
      {},
      { encodedPolicy: 'text' },
      { ...good, more: 1 },
      { ...good, contentType: 'text/plain' },
      { ...good, contentType: 1 },
      { ...good, immutable: 'yes' },
    ];
    for (const wrong of wrongs) expect(() => checkReleasePolicy(wrong as KeyReleasePolicy)).toThrow(invalid);
    const notUtf8 = Uint8Array.from(withAll({ claim: 'a', equals: '!' }).encodedPolicy, (octet) =>
      octet === 33 ? 0xff : octet,
    );
    expect(() => checkReleasePolicy({ encodedPolicy: notUtf8 })).toThrow(invalid);
  });

  test('or accepted, and nothing else, whatever its octets', () => {
    const words = fc.constantFrom(
      'version',
      '1.0.0',
      'anyOf',
      'allOf',
      'authority',
      authority,
      'claim',
      'equals',
      '__proto__',
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        words,
        fc.boolean(),
        fc.integer(),
        fc.array(tie('value')),
        fc.dictionary(words, tie('value')),
      ),
    })).value;
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      json.map((value) => new TextEncoder().encode(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(octets, (encodedPolicy) => {
        try {
          checkReleasePolicy({ encodedPolicy });
        } catch (error) {
          if (!isKeyManagerError(error) || error.code !== 'ERR_INVALID_ARGUMENT') throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a condition', () => {
  const claims = {
    text: 'a',
    number: 1,
    flag: true,
    inner: { text: 'b', deeper: { flag: false } },
    list: ['a'],
    nothing: null,
  };
  const holds = (name: string, equals: string | number | boolean): boolean =>
    fulfils(claims, { claim: name, equals });

  test('holds where the claim is there with that value', () => {
    expect(holds('text', 'a') && holds('number', 1) && holds('flag', true)).toBe(true);
    expect(holds('inner.text', 'b') && holds('inner.deeper.flag', false)).toBe(true);
  });

  test.each<[string, string | number | boolean]>([
    ['text', 'A'],
    ['text', 'b'],
    ['flag', 'true'],
    ['number', '1'],
    ['flag', 1],
    ['absent', 'a'],
    ['inner', 'b'],
    ['inner.text.length', 1],
    ['text.length', 1],
    ['list', 'a'],
    ['list.0', 'a'],
    ['list.length', 1],
    ['nothing', 'null'],
    ['nothing.text', 'a'],
    ['toString.name', 'toString'],
    ['constructor.name', 'Object'],
  ])('on %s equals %s does not hold', (name, equals) => {
    expect(holds(name, equals)).toBe(false);
  });

  test('of allOf needs all, of anyOf one', () => {
    const yes: ReleaseCondition = { claim: 'text', equals: 'a' };
    const no: ReleaseCondition = { claim: 'text', equals: 'b' };
    expect(fulfils(claims, { allOf: [yes, yes] })).toBe(true);
    expect(fulfils(claims, { allOf: [yes, no] })).toBe(false);
    expect(fulfils(claims, { anyOf: [no, yes] })).toBe(true);
    expect(fulfils(claims, { anyOf: [no, no] })).toBe(false);
    expect(fulfils(claims, { allOf: [{ anyOf: [no, yes] }, { allOf: [yes] }] })).toBe(true);
  });
});
