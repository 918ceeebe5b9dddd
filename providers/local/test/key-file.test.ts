import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readKeyFile } from '../src/key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'key-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const canary = 'canary-octets-of-a-key-file-0123';

function write(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const failsWith = (code: string, message?: string): unknown =>
  expect.objectContaining({
    code,
    ...(message === undefined ? {} : { message: expect.stringContaining(message) as string }),
  });

test('32 octets of mode 0600 or 0400 are a key', async () => {
  for (const [index, mode] of [0o600, 0o400].entries()) {
    const octets = await readKeyFile(write(`right-${index}`, canary, mode));
    expect(Buffer.from(octets).toString()).toBe(canary);
    expect(octets.buffer.byteLength).toBe(32);
  }
});

test('a link to a key file is followed, and the file behind it is what is checked', async () => {
  const path = join(folder, 'link');
  symlinkSync(write('linked', canary, 0o640), path);
  await expect(readKeyFile(path)).rejects.toThrow(failsWith('ERR_INVALID_ARGUMENT', 'open to others'));
  chmodSync(join(folder, 'linked'), 0o600);
  expect((await readKeyFile(path)).length).toBe(32);
});

test.each([0o640, 0o604, 0o660, 0o644, 0o610, 0o601, 0o777])(
  'mode %o is refused: others could reach it',
  async (mode) => {
    await expect(readKeyFile(write('open', canary, mode))).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT', 'its mode must be 0600'),
    );
  },
);

test.each([0, 31, 33, 64, 100_000])('%i octets are refused', async (length) => {
  const path = write('length', canary.repeat(4000).slice(0, length));
  await expect(readKeyFile(path)).rejects.toThrow(failsWith('ERR_INVALID_ARGUMENT', 'exactly 32 octets'));
});

test("another user's file is refused", async () => {
  const path = write('foreign', canary);
  await expect(readKeyFile(path, 12_345)).rejects.toThrow(
    failsWith('ERR_INVALID_ARGUMENT', 'belongs to another user'),
  );
});

test('where there are no owners, owner and mode are not asked for', async () => {
  expect((await readKeyFile(write('windows', canary, 0o644), 'anybody')).length).toBe(32);
});

test('a file that is not there, or has no folder, is ERR_UNAVAILABLE', async () => {
  await expect(readKeyFile(join(folder, 'nothing'))).rejects.toThrow(
    failsWith('ERR_UNAVAILABLE', 'not there'),
  );
  await expect(readKeyFile(join(write('file', canary), 'below'))).rejects.toThrow(
    failsWith('ERR_UNAVAILABLE', 'not there'),
  );
  await expect(readKeyFile(join(folder, 'n'.repeat(300)))).rejects.toThrow(
    failsWith('ERR_UNAVAILABLE', 'cannot be opened'),
  );
});

test('a folder and a FIFO are refused at once', async () => {
  const directory = join(folder, 'directory');
  mkdirSync(directory, { mode: 0o700 });
  await expect(readKeyFile(directory)).rejects.toThrow(
    failsWith('ERR_INVALID_ARGUMENT', 'not a regular file'),
  );
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', ['-m', '600', fifo]);
  await expect(readKeyFile(fifo)).rejects.toThrow(failsWith('ERR_INVALID_ARGUMENT', 'not a regular file'));
});

test('no error shows what is in the file', async () => {
  const paths = [write('wide', canary, 0o644), write('long', `${canary}!`), write('short', canary.slice(1))];
  for (const path of paths) {
    const error = await readKeyFile(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(
      canary.slice(1),
    );
  }
});
