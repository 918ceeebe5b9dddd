import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { findModule } from '../src/find-module.ts';
import { formatIdentity } from '../src/identity.ts';
import { checkPkcs11Options, mergeLocation, pkcs11OptionNames } from '../src/options.ts';
import type { Pkcs11Location, Pkcs11Options } from '../src/options.ts';
import { tokenLocationOf } from '../src/token-location.ts';
import { formatPkcs11Location, parsePkcs11Location } from '../src/vault-uri.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }) as Error;
const folder = mkdtempSync(join(tmpdir(), 'keyway-module-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (most: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', maxLength: most })
    .filter((value) => value.isWellFormed() && !value.includes('\0') && Buffer.byteLength(value) <= most);
const path = text(60).map((rest) => `/${rest}`);

const location: fc.Arbitrary<Pkcs11Location> = fc.record(
  {
    module: path,
    moduleName: fc.stringMatching(/^[a-z0-9.-]{1,20}$/),
    libraryParameters: text(60).filter((value) => value !== ''),
    token: text(32),
    serial: text(16),
    manufacturer: text(32),
    model: text(16),
    slotId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    slotDescription: text(64),
    libraryManufacturer: text(32),
    libraryDescription: text(32),
    libraryVersion: fc.record({ major: fc.nat(255), minor: fc.nat(255) }),
    pinFile: path,
    namespace: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
    records: fc.oneof(
      fc.constant('token' as const),
      path.map((file) => ({ file })),
    ),
    retentionDays: fc.integer({ min: 7, max: 90 }),
    purgeProtection: fc.boolean(),
    probeCache: path,
    workers: fc.integer({ min: 1, max: 1024 }),
  },
  { requiredKeys: ['module'] },
);

describe('the URI of a vault', () => {
  it('is read back as what it was written from, and is acceptable', () => {
    fc.assert(
      fc.property(location, (value) => {
        const read = parsePkcs11Location(formatPkcs11Location(value));
        expect(read).toEqual(value);
        expect(checkPkcs11Options(read)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('has the attributes of the RFC, and those of its own in the query', () => {
    const uri = 'pkcs11:token=My%20HSM;slot-id=7?module-path=/usr/lib/hsm.so&pin-source=file:/run/pin';
    expect(parsePkcs11Location(`${uri}&keyway-namespace=payments&keyway-records=file:/var/k.db`)).toEqual({
      token: 'My HSM',
      slotId: 7n,
      module: '/usr/lib/hsm.so',
      pinFile: '/run/pin',
      namespace: 'payments',
      records: { file: '/var/k.db' },
    });
  });

  it('ignores what others have put into the query, as often as it is there', () => {
    expect(parsePkcs11Location('pkcs11:token=a?other=1&other=2')).toEqual({ token: 'a' });
  });

  it('gives the PIN only where that is allowed, and does not write it', () => {
    const uri = 'pkcs11:token=a?pin-value=canary-pin';
    expect(() => parsePkcs11Location(uri)).toThrow(invalid);
    const read = parsePkcs11Location(uri, { allowPinValue: true });
    expect(read.pin).toBe('canary-pin');
    expect(formatPkcs11Location(read)).toBe('pkcs11:token=a');
  });

  it.each([
    'pkcs11:object=key',
    'pkcs11:type=private',
    'pkcs11:id=%01',
    'pkcs11:slot-manufacturer=a',
    'pkcs11:vendor=a',
    'pkcs11:?pin-source=%7Ccat',
    'pkcs11:?pin-source=1234',
    'pkcs11:?keyway-name=a',
    'pkcs11:?keyway-namespace=',
    'pkcs11:?keyway-namespace=a&keyway-namespace=b',
    'pkcs11:?keyway-records=memory',
    'pkcs11:?keyway-retention-days=07',
    'pkcs11:?keyway-purge-protection=yes',
    'awskms://eu-west-1',
  ])('%s names no vault', (uri) => {
    expect(() => parsePkcs11Location(uri)).toThrow(invalid);
  });
});

describe('options', () => {
  const good: Pkcs11Options = { module: '/usr/lib/hsm.so', token: 'a' };

  it.each<Partial<Record<keyof Pkcs11Options, unknown>>>([
    { module: '' },
    { module: 'a\0b' },
    { token: 'x'.repeat(33) },
    { token: '\ud800' },
    { serial: 'ä'.repeat(9) },
    { namespace: 'a/b' },
    { namespace: '' },
    { retentionDays: 6 },
    { retentionDays: 91 },
    { retentionDays: 7.5 },
    { workers: 0 },
    { maxQueue: 0 },
    { pin: '' },
    { pin: new Uint8Array() },
    { pin: '1234', pinFile: '/pin' },
    { records: { file: '' } },
    { checkSignatures: 'some' },
  ])('%j are not acceptable', (options) => {
    expect(() => checkPkcs11Options({ ...good, ...(options as Pkcs11Options) })).toThrow(invalid);
  });

  it.each<Partial<Record<keyof Pkcs11Options, unknown>>>([
    { module: 7 },
    { slotId: 7 },
    { pin: 1234 },
    { records: 'memory' },
    { records: null },
    { records: {} },
    { plainImport: 'yes' },
    { checkSignatures: true },
    { libraryVersion: '1.0' },
    { retentionDays: '7' },
  ])('%j are of a wrong type', (options) => {
    expect(() => checkPkcs11Options({ ...good, ...(options as Pkcs11Options) })).toThrow(TypeError);
  });

  it('need a module', () => {
    expect(() => checkPkcs11Options({ token: 'a' })).toThrow(invalid);
  });

  it('that fit are taken as they are, and each has a name', () => {
    const pin = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('1234'));
    const options: Pkcs11Options = { ...good, pin, plainImport: true, checkSignatures: 'all', maxQueue: 10 };
    expect(checkPkcs11Options(options)).toBe(options);
    for (const name of Object.keys(options)) expect(pkcs11OptionNames).toContain(name);
  });

  it('beside a URI add to it, and do not say a thing again', () => {
    const uri = parsePkcs11Location('pkcs11:token=a?module-path=/m.so');
    expect(mergeLocation(uri, { pin: '1234', serial: undefined })).toEqual({
      token: 'a',
      module: '/m.so',
      pin: '1234',
    });
    expect(() => mergeLocation(uri, { token: 'b' })).toThrow(invalid);
  });

  it('become the place of a token, the PIN as what asks for it', async () => {
    const { pin, ...rest } = tokenLocationOf({ ...good, slotId: 3n, pin: '1234', workers: 2 });
    expect(rest).toMatchObject({ module: '/usr/lib/hsm.so', label: 'a', slotId: 3n, workers: 2 });
    expect(Buffer.from((await pin?.()) ?? []).toString()).toBe('1234');
  });
});

describe('a module', () => {
  mkdirSync(join(folder, 'pkcs11'));
  for (const name of ['libone.so', 'two.so', 'p11-three.so']) writeFileSync(join(folder, 'pkcs11', name), '');

  it.each([
    ['one', 'libone.so'],
    ['two', 'two.so'],
    ['three', 'p11-three.so'],
  ])('%s is found by its name, in the folders for modules or in one that is given', (name, file) => {
    const expected = join(folder, 'pkcs11', file);
    expect(findModule({ name }, [join(folder, 'pkcs11')])).toBe(expected);
    expect(findModule({ name, path: join(folder, 'pkcs11') }, [])).toBe(expected);
  });

  it('is what a path says, whether or not it is there', () => {
    expect(findModule({ path: '/nowhere/m.so', name: 'one' })).toBe('/nowhere/m.so');
  });

  it('that is nowhere or not named is an error', () => {
    const unavailable = expect.objectContaining({ code: 'ERR_UNAVAILABLE' }) as Error;
    expect(() => findModule({ name: 'four' }, [folder])).toThrow(unavailable);
    expect(() => findModule({ path: folder })).toThrow(invalid);
    expect(() => findModule({})).toThrow(invalid);
  });
});

describe('the identity of a vault', () => {
  const part = fc.oneof(text(32), fc.constantFrom('keys', 'deletedkeys', '/', '%', 'a/b', ''));
  const token = fc.record({ manufacturer: part, serial: part, label: part });

  it('is a URI for every token', () => {
    fc.assert(
      fc.property(token, (facts) => {
        expect(formatIdentity(facts, 'keyway')).toMatch(/^pkcs11:\/\/[^/]*\/[^/]*\/[^/]*\/keyway$/);
      }),
    );
  });

  it('is another one for another token', () => {
    fc.assert(
      fc.property(token, token, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(formatIdentity(one, 'a') === formatIdentity(other, 'a')).toBe(same);
      }),
    );
  });

  it('can be read by people', () => {
    const facts = { manufacturer: 'SoftHSM project', serial: '6b471025d189da12', label: 'my token' };
    expect(formatIdentity(facts, 'keyway')).toBe(
      'pkcs11://SoftHSM%20project/6b471025d189da12/my%20token/keyway',
    );
  });
});
