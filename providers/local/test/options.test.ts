import fc from 'fast-check';
import { isKeyManagerError } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { formatLocalUri, localProvider, openLocal, parseLocalUri } from '@keyway/local';
import type { LocalLocation, SecretSource } from '@keyway/local';
import { afterwards } from './fixture.ts';

const text = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .filter((value) => !value.includes('\0') && value.isWellFormed());
const source: fc.Arbitrary<SecretSource> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), path: text }),
  fc.record({
    kind: fc.constant('environment' as const),
    name: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/),
  }),
);
const location: fc.Arbitrary<LocalLocation> = fc.record(
  {
    path: text,
    passphraseSource: source,
    backupPassphraseSource: source,
    keyFile: text,
    retentionDays: fc.integer({ min: 1, max: 99 }),
    purgeProtection: fc.boolean(),
    create: fc.boolean(),
  },
  { requiredKeys: ['path'] },
);

describe('a local URI', () => {
  it('is read back as what it was written from', () => {
    fc.assert(
      fc.property(location, (value) => {
        expect(parseLocalUri(formatLocalUri(value))).toEqual(value);
      }),
    );
  });

  it('reads paths as they are, percent-decoded', () => {
    expect(parseLocalUri('local:/srv/a b+c%20d.db?passphrase-source=file:/run/s%26t&create=false')).toEqual({
      path: '/srv/a b+c d.db',
      passphraseSource: { kind: 'file', path: '/run/s&t' },
      create: false,
    });
    expect(parseLocalUri('memory:?retention-days=7')).toEqual({ path: undefined, retentionDays: 7 });
    expect(formatLocalUri({ path: undefined })).toBe('memory:');
  });

  const refused = [
    'local:',
    'http:x',
    'memory:x',
    'memory:?key-file=x',
    'memory:?passphrase-source=file:x',
    'local:x?passphrase=secret',
    'local:x?toString=1',
    'local:x?__proto__=1',
    'local:x?create',
    'local:x?create=',
    'local:x?create=yes',
    'local:x?create=true&create=true',
    'local:x?retention-days=07',
    'local:x?retention-days=100',
    'local:x?passphrase-source=secret',
    'local:x?passphrase-source=env:A-B',
    'local:x?passphrase-source=file:',
    'local:x%zz',
    'local:x%00',
    'local:x#fragment',
    'local:x\ud800',
    'local:x?&',
  ];
  for (const uri of refused) {
    it(`is refused: ${uri}`, () => {
      expect(() => parseLocalUri(uri)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }) as Error,
      );
    });
  }

  it('never gets what may be a secret into an error', () => {
    for (const uri of [
      'local:x?passphrase=hunter2',
      'local:x?hunter2=1',
      'local:x?passphrase-source=hunter2',
    ]) {
      expect(() => parseLocalUri(uri)).not.toThrow(/hunter2/);
    }
  });

  it('gives a location or ERR_INVALID_ARGUMENT, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((tail) => `local:${tail}`),
        ),
        (uri) => {
          try {
            parseLocalUri(uri);
          } catch (error) {
            expect(isKeyManagerError(error) && error.code).toBe('ERR_INVALID_ARGUMENT');
          }
        },
      ),
    );
  });
});

describe('a vault in memory', () => {
  const ignored = [{ passphrase: 'x' }, { keyFile: 'x' }, { key: new Uint8Array(32) }, { create: false }];
  it.each(ignored)('refuses %j, which it would ignore', async (options) => {
    await expect(openLocal('memory:', options)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('the provider module', () => {
  it('opens a driver from a URI and refuses options that it does not know', async () => {
    const driver = await localProvider.openDriver('memory:', { retentionDays: 8 });
    afterwards(() => driver.close());
    expect(driver).toMatchObject({ spi: 1, provider: 'local' });
    expect(driver.identity).toMatch(/^memory:/);
    await expect(localProvider.openDriver('memory:', { stateTtl: 5 })).rejects.toBeInstanceOf(TypeError);
  });
});
