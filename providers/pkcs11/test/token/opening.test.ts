import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SoftToken } from '@keyway/conformance/emulators';
import { openToken } from '../../src/token/open-token.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';
import { openSoft, pinOf } from './open-soft-token.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('../../src/token/', import.meta.url));

let soft: SoftToken;
let untouched: SoftToken;
let other: SoftToken;
let twins: readonly SoftToken[];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyway-opening-'));
  // SoftHSM2 looks for tokens only as it is initialised.
  [soft, untouched, other] = [await softHsmToken(), await softHsmToken(), await softHsmToken()];
  twins = [await softHsmToken({ label: 'twins' }), await softHsmToken({ label: 'twins' })];
});
afterAll(() => rm(folder, { recursive: true }));

describe('a module', () => {
  const open = (module: string): Promise<unknown> =>
    openToken({ module, label: soft.label, pin: pinOf(soft) });

  test('that is missing is named', async () => {
    const module = join(folder, 'missing.so');
    await expect(open(module)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(module) as string,
    });
  });

  test.each([undefined, '', 7, 'a\0b'])('given as %j is refused', async (module) => {
    await expect(open(module as string)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });

  test('that is no library is refused', async () => {
    const module = join(folder, 'text.so');
    await writeFile(
      module,
      'this is a text, and quite a long one, so that it could hold a header of a library\n',
    );
    await expect(open(module)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'The module cannot be loaded: it is not a library',
    });
  });

  test('that is a library of something else is refused', async () => {
    // Any library that is no PKCS#11 module: the compiled binding itself.
    const binding = createRequire(new URL('../../package.json', import.meta.url)).resolve('pkcs11js');
    const module = join(dirname(binding), 'build/Release/pkcs11.node');
    await expect(open(module)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'The module cannot be loaded: it is not a PKCS#11 library',
    });
  });

  test('for another architecture is refused', async () => {
    const library = await readFile(soft.module);
    // EI_CLASS of the ELF header: 1 is 32 bits, 2 is 64.
    library[4] = library[4] === 2 ? 1 : 2;
    const module = join(folder, 'other.so');
    await writeFile(module, library);
    await expect(open(module)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'The module cannot be loaded: it is made for another processor architecture',
    });
  });
});

describe('the binding', () => {
  /** Loads the binding from a copy of the source, beside which there is what `prepare` puts there. */
  async function loadFrom(name: string, prepare: (modules: string) => Promise<void>): Promise<string> {
    const copy = join(folder, name);
    await cp(source, join(copy, 'token'), { recursive: true });
    await mkdir(join(copy, 'node_modules'));
    await writeFile(join(copy, 'package.json'), '{"type":"module"}');
    await prepare(join(copy, 'node_modules'));
    const file = join(copy, 'try.ts');
    await writeFile(
      file,
      `import { loadModule } from './token/native-module.ts';
       try { loadModule(${JSON.stringify(soft.module)}); console.log('loaded'); }
       catch (error) { console.log(error.name, error.code, error.message); }`,
    );
    // Whoever started the tests may have named other folders of packages.
    const { NODE_PATH: _, ...env } = process.env;
    const flags = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types'];
    const { stdout } = await run(process.execPath, [...flags, file], { env });
    return stdout;
  }

  const packageFolder = dirname(
    createRequire(new URL('../../package.json', import.meta.url)).resolve('pkcs11js'),
  );

  test('that is not installed is asked for', async () => {
    const said = await loadFrom('absent', () => Promise.resolve());
    expect(said).toMatch(
      /^Refusal ERR_UNSUPPORTED The package pkcs11js is not installed\. Install .*compiler/u,
    );
  });

  test('that is installed but not built is asked for with what it takes', async () => {
    const said = await loadFrom('unbuilt', async (modules) => {
      const filter = (from: string): boolean => !from.includes('/build');
      await cp(packageFolder, join(modules, 'pkcs11js'), { recursive: true, filter, dereference: true });
    });
    expect(said).toMatch(
      /^Refusal ERR_UNSUPPORTED The package pkcs11js is not built\. .*C\+\+ compiler.*allowBuilds/u,
    );
  });

  test('that is there is loaded', async () => {
    const said = await loadFrom('built', (modules) => symlink(packageFolder, join(modules, 'pkcs11js')));
    expect(said).toBe('loaded\n');
  });
});

describe('a token', () => {
  const open = (more: object): Promise<unknown> =>
    openToken({ module: soft.module, pin: pinOf(soft), ...more });

  test('that is absent is named beside those that are there', async () => {
    await expect(open({ label: 'somewhere else' })).rejects.toMatchObject({
      code: 'ERR_UNAVAILABLE',
      message: expect.stringContaining(soft.label) as string,
    });
  });

  test('whose slot is uninitialised is refused', async () => {
    const { facts } = await openSoft(soft);
    // SoftHSM2 always has one free slot beside the tokens.
    const free = await open({ label: '' }).catch((error: unknown) => error);
    expect(free).toMatchObject({
      code: 'ERR_UNAVAILABLE',
      message: expect.stringMatching(/not initialised yet/u) as string,
    });
    expect(facts.label).toBe(soft.label);
  });

  test('is not guessed where two have one label, and is found by its serial', async () => {
    const [first] = twins as readonly [SoftToken];
    const error: unknown = await openToken({ module: first.module, label: 'twins', pin: pinOf(first) }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(/^Several tokens fit/u) as string,
    });
    const serials = [...(error as Error).message.matchAll(/\(serial (\w+)/gu)].map(
      ([, serial]) => serial ?? '',
    );
    expect(serials).toHaveLength(2);
    const tries = serials.map((serial) =>
      openSoft(first, { serial }).then(
        (token) => token.facts.serial,
        () => undefined,
      ),
    );
    const opened = (await Promise.all(tries)).filter((serial) => serial !== undefined);
    // The PIN is that of one of the two.
    expect(opened).toHaveLength(1);
  });

  test('tells its facts without padding', async () => {
    const { facts } = await openSoft(soft);
    expect(facts).toMatchObject({ label: soft.label, manufacturer: 'SoftHSM project', model: 'SoftHSM v2' });
    expect(facts.serial).toMatch(/^[0-9a-f]{16}$/u);
    expect(facts.mechanisms.get(0x1041)).toMatchObject({ minKeySize: expect.any(Number) as number });
    expect(facts.module.cryptokiVersion).toMatch(/^\d+\.\d+$/u);
  });

  test('that wants a PIN is not opened without one', async () => {
    const { module, label } = untouched;
    await expect(openToken({ module, label })).rejects.toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
  });
});

describe('a PIN', () => {
  test('that is wrong is tried once, and not again by the many workers', async () => {
    let asked = 0;
    const pin = (): Promise<Uint8Array> => {
      asked++;
      return Promise.resolve(new TextEncoder().encode('9999'));
    };
    const { module, label } = untouched;
    const open = openToken({ module, label, pin, workers: 8 });
    await expect(open).rejects.toMatchObject({
      name: 'TokenError',
      ckr: 0xa0,
      returnValue: 'CKR_PIN_INCORRECT',
    });
    expect(asked).toBe(1);
  });

  test('is overwritten after use', async () => {
    const given: Uint8Array[] = [];
    const pin = async (): Promise<Uint8Array> => {
      const octets = await pinOf(other)();
      given.push(octets);
      return octets;
    };
    await openSoft(other, { pin });
    expect(given).toHaveLength(1);
    expect(given.map((octets) => Math.max(...octets))).toEqual([0]);
  });

  test('that is wrong is refused although somebody in this process is logged in', async () => {
    await openSoft(soft);
    const pin = (): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode('000000'));
    const second = openToken({ module: soft.module, label: soft.label, pin });
    await expect(second).rejects.toMatchObject({ ckr: 0xa0 });
  });

  test.each([
    ['fails', () => Promise.reject(new Error('1234 is the secret'))],
    ['gives a text', () => Promise.resolve('1234')],
    ['gives nothing', () => Promise.resolve(undefined)],
  ])('whose source %s is an error that does not tell it', async (_, pin) => {
    const { module, label } = untouched;
    const error: unknown = await openToken({ module, label, pin: pin as never }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
    expect(String(error)).not.toContain('1234');
  });
});

test.each([
  ['workers', 0],
  ['workers', 1.5],
  ['workers', 1_000],
  ['maxQueue', -1],
  ['openTimeout', Number.NaN],
])('%s cannot be %d', async (name, value) => {
  await expect(openToken({ module: soft.module, label: soft.label, [name]: value })).rejects.toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
});
