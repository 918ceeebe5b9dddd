import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rsaAesKeyWrap, wrapPadded } from '../src/rsa-aes-key-wrap.ts';
import { unwrapWithOpenssl } from '../../../providers/local/test/unwrap-with-openssl.ts';

const folder = mkdtempSync(join(tmpdir(), 'key-wrap-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

// RFC 5649 section 6.
const vectorKey = hex('5840df6e29b02af1 ab493b705bf16ea1 ae8338f4dcc176a8');

test.each([
  [
    '20 octets',
    'c37b7e6492584340 bed1220780894115 5068f738',
    '138bdeaa9b8fa7fc 61f97742e72248ee 5ae6ae5360d1ae6a 5f54f373fa543b6a',
  ],
  ['7 octets', '466f7250617369', 'afbeb0f07dfbf541 9200f2ccb50bb24f'],
])('the vector of RFC 5649 for %s is met', (_, octets, wrapped) => {
  expect(wrapPadded(vectorKey, hex(octets))).toEqual(hex(wrapped));
});

test.each([1, 7, 8, 9, 16, 31, 32, 64, 121, 1218, 4000])('openssl unwraps what wraps %i octets', (length) => {
  const [key, octets] = [randomBytes(32), randomBytes(length)];
  const wrapped = wrapPadded(key, octets);
  expect(wrapped.length).toBe(8 * Math.ceil(length / 8) + 8);
  const args = ['enc', '-d', '-id-aes256-wrap-pad', '-K', key.toString('hex'), '-iv', 'A65959A6'];
  expect(execFileSync('openssl', args, { input: wrapped })).toEqual(octets);
});

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = join(folder, 'target.pem');
writeFileSync(pem, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });

test.each([
  ['CKM_RSA_AES_KEY_WRAP', 'sha1'],
  ['RSA_AES_KEY_WRAP_256', 'sha256'],
  ['RSA_AES_KEY_WRAP_384', 'sha384'],
] as const)('openssl unwraps %s with OAEP over %s, and with no other hash', (algorithm, hash) => {
  const octets = randomBytes(100);
  const wrapped = rsaAesKeyWrap(algorithm, pair.publicKey, octets);
  expect(wrapped.length).toBe(256 + 112);
  expect(unwrapWithOpenssl(folder, pem, wrapped, hash)).toEqual(octets);
  for (const other of ['sha1', 'sha256', 'sha384'].filter((name) => name !== hash)) {
    expect(() => unwrapWithOpenssl(folder, pem, wrapped, other)).toThrow('Command failed');
  }
});

test('each wrapping has a key of its own', () => {
  const wrapped = Array.from({ length: 5 }, () =>
    Buffer.from(rsaAesKeyWrap('CKM_RSA_AES_KEY_WRAP', pair.publicKey, Buffer.alloc(8)))
      .subarray(256)
      .toString('hex'),
  );
  expect(new Set(wrapped).size).toBe(5);
});
