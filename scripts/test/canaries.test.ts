import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { canaries, findCanaries, findCanariesInOctets, textCanary } from '../canaries.ts';

const secret = Uint8Array.from(randomBytes(32));
const canary = { name: 'planted', secret };
const text = textCanary('text', 'a canary "with" \\ and\nöther things');

describe('the canary scan', () => {
  it.each([
    ['hexadecimal', Buffer.from(secret).toString('hex')],
    ['hexadecimal in capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
    ['base64 of more', Buffer.concat([Buffer.from('x'), secret, Buffer.from('y')]).toString('base64')],
    ['base64url of more', Buffer.concat([Buffer.from('xy'), secret, Buffer.from('z')]).toString('base64url')],
    ['an inspected buffer', inspect(Buffer.from(secret))],
    ['inspected octets', inspect(secret)],
    ['octets as JSON', JSON.stringify(secret)],
    ['a buffer as JSON', JSON.stringify(Buffer.from(secret))],
    [
      'a broken line',
      (
        Buffer.from(secret)
          .toString('base64')
          .match(/.{1,20}/g) ?? []
      ).join('\n'),
    ],
  ])('finds octets as %s', (_, form) => {
    expect(findCanaries(`before ${form} after`, [canary])).toContainEqual(
      expect.objectContaining({ canary: 'planted' }),
    );
  });

  it.each([
    ['itself', 'a canary "with" \\ and\nöther things'],
    ['JSON', JSON.stringify('a canary "with" \\ and\nöther things')],
    ['a part of a URI', encodeURIComponent('a canary "with" \\ and\nöther things')],
  ])('finds a text as %s', (_, form) => {
    expect(findCanaries(`before ${form} after`, [text])).not.toEqual([]);
  });

  it('finds octets in a file', () => {
    const file = Buffer.concat([randomBytes(1000), secret, randomBytes(1000)]);
    expect(findCanariesInOctets(file, [canary])).toEqual([{ canary: 'planted', form: 'octets' }]);
  });

  it.each(['rsa', 'ec', 'ed25519'] as const)('finds a private key of anybody: %s', (type) => {
    const key =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
        : type === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
          : generateKeyPairSync('ed25519').privateKey;
    expect(findCanaries(String(key.export({ format: 'pem', type: 'pkcs8' })), [])).not.toEqual([]);
    expect(findCanaries(JSON.stringify(key.export({ format: 'jwk' }), null, 2), [])).not.toEqual([]);
    expect(findCanaries(inspect(key.export({ format: 'jwk' })), [])).not.toEqual([]);
  });

  it('finds nothing where there is nothing', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const harmless = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
    ];
    expect(findCanaries(harmless.join('\n'), [canary, text, ...canaries])).toEqual([]);
  });

  it('refuses a canary that would be found by chance', () => {
    expect(() => findCanaries('', [textCanary('short', 'abc')])).toThrow(/too short/);
  });

  it('knows the secrets of the tests and of the vectors', () => {
    expect(canaries.length).toBeGreaterThan(25);
  });
});
