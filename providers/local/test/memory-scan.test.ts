import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDataKey } from '../src/data-keys.ts';
import { openDataKey } from '../src/keyring.ts';
import { openSealing } from '../src/sealing.ts';
import { makePlace } from './fixture.ts';
import type { Place } from './fixture.ts';

/** How often each marker is in the memory that a process can write. */
function scan(pid: number, markers: Readonly<Record<string, Uint8Array>>): Record<string, number> {
  const hits = Object.fromEntries(Object.keys(markers).map((name) => [name, 0]));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined || line.includes('[vvar]')) continue;
      count(memory, Number.parseInt(from, 16), Number.parseInt(to, 16), markers, hits);
    }
  } finally {
    closeSync(memory);
  }
  return hits;
}

const chunk = 1 << 24;
const overlap = 256;

function count(
  memory: number,
  from: number,
  to: number,
  markers: Readonly<Record<string, Uint8Array>>,
  hits: Record<string, number>,
): void {
  for (let position = from; position < to; position += chunk - overlap) {
    const piece = Buffer.alloc(Math.min(chunk, to - position));
    try {
      readSync(memory, piece, 0, piece.length, position);
    } catch {
      continue; // Not backed by memory any more.
    }
    for (const [name, marker] of Object.entries(markers)) {
      const limit = piece.length < chunk ? piece.length : chunk - overlap;
      for (let at = piece.indexOf(marker); at >= 0 && at < limit; at = piece.indexOf(marker, at + 1)) {
        hits[name] = (hits[name] ?? 0) + 1;
      }
    }
  }
}

/** The secrets of a vault, by our own means. */
async function secretsOf(place: Place, passphrase: Uint8Array): Promise<Record<string, Uint8Array>> {
  const text = (item: string): string => String(place.rows(`SELECT value FROM vault WHERE item = '${item}'`)[0]?.['value']);
  const sealingKey = await openSealing({ text: text('sealing') }, { kind: 'passphrase', passphrase });
  const [row] = place.rows('SELECT generation, sealed FROM generations') as { generation: number; sealed: Uint8Array }[];
  if (row === undefined) throw new Error('no data key');
  const secret = openDataKey(sealingKey, text('identity'), row);
  const { sealKey, macKey } = createDataKey(row.generation, secret);
  return { sealingKey, dataKey: secret, sealKey, macKey };
}

function startUser(place: Place, passphraseFile: string): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL('vault-process.ts', import.meta.url));
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  return spawn(process.execPath, [...flags, script, 'use', place.file, passphraseFile]);
}

describe('the memory of a process that has closed its vault', () => {
  it('holds no key of the vault and no passphrase any more', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux shows a process its memory as a file');
    const place = makePlace();
    const passphrase = Uint8Array.from(Buffer.from(randomBytes(24).toString('base64url')));
    const passphraseFile = join(place.folder, 'vault.pass');
    writeFileSync(passphraseFile, passphrase);
    const marker = Uint8Array.from(randomBytes(32));
    const vault = await place.open({ passphrase });
    const k = Buffer.from(marker).toString('base64url');
    await vault.importKey('mac', { kty: 'oct', k }, { keyOperations: ['sign', 'verify'] });
    await vault.close();
    const markers = { passphrase, keyMaterial: marker, ...(await secretsOf(place, passphrase)) };
    const child = startUser(place, passphraseFile);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).toBe('"open"');
      const open = scan(child.pid ?? 0, markers);
      expect(open['sealKey']).toBeGreaterThan(0);
      expect(open['keyMaterial']).toBeGreaterThan(0);
      child.stdin.write('close\n');
      expect((await lines.next()).value).toBe('"closed"');
      expect(scan(child.pid ?? 0, markers)).toEqual({
        passphrase: 0,
        keyMaterial: 0,
        sealingKey: 0,
        dataKey: 0,
        sealKey: 0,
        macKey: 0,
      });
    } finally {
      child.kill();
    }
  });
});
