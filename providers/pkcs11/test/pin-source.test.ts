import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pinFileOf, pinFromFile, pinFromMemory } from '../src/pin-source.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }) as Error;
const pin = 'canary-pin-0815';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyway-pin-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function fileWith(content: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(folder, `${process.hrtime.bigint()}`);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

/** What is warned about while something runs. Warnings come in the next turn. */
async function warningsOf(run: () => Promise<unknown>): Promise<readonly Error[]> {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
    return warnings;
  } finally {
    process.off('warning', listen);
  }
}

const text = async (path: string): Promise<string> => Buffer.from(await pinFromFile(path)()).toString();

describe('a PIN in a file', () => {
  it.each([
    ['as it is', pin, pin],
    ['without one newline', `${pin}\n`, pin],
    ['without one CR LF', `${pin}\r\n`, pin],
    ['with a second newline', `${pin}\n\n`, `${pin}\n`],
    ['with its spaces', ` ${pin} `, ` ${pin} `],
    ['with a CR alone', `${pin}\r`, `${pin}\r`],
    ['with what is no ASCII', 'pïn\n', 'pïn'],
  ])('is taken %s', async (_, content, expected) => {
    expect(await text(await fileWith(content))).toBe(expected);
  });

  it('is read anew each time', async () => {
    const path = await fileWith('first');
    const ask = pinFromFile(path);
    expect(Buffer.from(await ask()).toString()).toBe('first');
    await writeFile(path, 'second');
    expect(Buffer.from(await ask()).toString()).toBe('second');
  });

  it('that others may read is warned about once, and the warning repeats nothing of it', async () => {
    const path = await fileWith(pin, 0o644);
    const warnings = await warningsOf(async () => {
      await text(path);
      await text(path);
    });
    expect(warnings.map((warning) => (warning as { code?: unknown }).code)).toEqual(['KEYWAY_PIN_FILE']);
    expect(String(warnings[0])).not.toContain(pin);
  });

  it('that only its owner may read is not warned about', async () => {
    const path = await fileWith(pin, 0o400);
    expect(await warningsOf(() => text(path))).toEqual([]);
  });

  it.each([
    ['is empty', ''],
    ['is a newline', '\n'],
    ['is too long', 'x'.repeat(1025)],
    ['is far too long', 'x'.repeat(100_000)],
  ])('that %s is refused', async (_, content) => {
    await expect(text(await fileWith(content))).rejects.toThrow(invalid);
  });

  it('that is not there cannot log in', async () => {
    const error = expect.objectContaining({ code: 'ERR_UNAUTHENTICATED' }) as Error;
    await expect(text(join(folder, 'nowhere'))).rejects.toThrow(error);
  });

  it('that is a folder or a pipe is refused, and nobody waits for it', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(text(folder)).rejects.toThrow(invalid);
    await expect(text(pipe)).rejects.toThrow(invalid);
  });
});

describe('a PIN in memory', () => {
  it('is given as a copy each time, which may be overwritten', async () => {
    const given = Buffer.from(pin);
    const ask = pinFromMemory(given);
    given.fill(0);
    (await ask()).fill(0);
    expect(Buffer.from(await ask()).toString()).toBe(pin);
    expect(Buffer.from(await pinFromMemory(pin)()).toString()).toBe(pin);
  });
});

describe('the place of a PIN in a URI', () => {
  it.each([
    ['file:/etc/pin', '/etc/pin'],
    ['file:///etc/my%20pin', '/etc/my pin'],
    ['FILE:/etc/pin', '/etc/pin'],
    ['/etc/pin', '/etc/pin'],
    ['./pin', './pin'],
    ['../pin', '../pin'],
  ])('%s is a file', (source, path) => {
    expect(pinFileOf(source)).toBe(path);
  });

  it.each([
    '|cat /etc/pin',
    '||',
    'https://vault.example/pin',
    'pkcs11:token=a',
    'file://host/etc/pin',
    'file:/etc/pin?x',
    'file:/etc/pin#x',
    'file:/etc/%00',
    'file:/etc%2Fpin',
    'file:pin',
    'pin',
    '1234',
    '',
    'builtin-dialog',
    '/etc/\0',
  ])('%j is none', (source) => {
    expect(() => pinFileOf(source)).toThrow(invalid);
  });
});
