import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The ways in which a secret may lie in memory. */
export type Form = 'raw' | 'reversed' | 'base64url' | 'hex';

/** What is looked for, by a name of the secret and its form. */
export type Patterns = ReadonlyMap<string, Uint8Array>;

/**
 * Patterns of a secret in every form. Not all of it is looked for but up to 16 octets behind its front: the allocator
 * overwrites the front of what was freed. `reversed` is how big integers lie in OpenSSL and in V8.
 */
export function patternsOf(secrets: Readonly<Record<string, Uint8Array>>): Patterns {
  const patterns = new Map<string, Uint8Array>();
  for (const [name, secret] of Object.entries(secrets)) {
    // A multiple of three octets, so that their base64url begins with a whole character.
    const start = Math.max(18, Math.floor(secret.length / 6) * 3);
    const octets = Buffer.from(secret.subarray(start, start + 16));
    if (octets.length < 12) throw new TypeError(`${name} is too short to be told from anything else`);
    patterns.set(`${name} raw`, octets);
    patterns.set(`${name} reversed`, Buffer.from(octets).reverse());
    patterns.set(`${name} base64url`, Buffer.from(octets.subarray(0, 12).toString('base64url'), 'latin1'));
    patterns.set(`${name} hex`, Buffer.from(octets.toString('hex'), 'latin1'));
  }
  return patterns;
}

const chunk = 1 << 24;
const overlap = 64;
const page = Buffer.alloc(1 << 14);

/** The runs of pages that are not all zero: most of what a process may write it has never written. */
function writtenRuns(piece: Buffer): readonly (readonly [from: number, to: number])[] {
  const runs: [number, number][] = [];
  for (let at = 0; at < piece.length; at += page.length) {
    const to = Math.min(at + page.length, piece.length);
    if (piece.compare(page, 0, to - at, at, to) === 0) continue;
    const last = runs.at(-1);
    if (last?.[1] === at) last[1] = to;
    else runs.push([at, to]);
  }
  return runs;
}

/** Finds all patterns in one pass: what begins with the first two octets of one is compared with it. */
function createFinder(
  patterns: Patterns,
  found: (name: string) => void,
): (octets: Buffer, limit: number) => void {
  const begins = new Uint8Array(1 << 16);
  const byBeginning = new Map<number, (readonly [name: string, pattern: Uint8Array])[]>();
  for (const [name, pattern] of patterns) {
    const beginning = ((pattern[0] ?? 0) << 8) | (pattern[1] ?? 0);
    begins[beginning] = 1;
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), [name, pattern]]);
  }
  return (octets, limit) => {
    let beginning = octets[0] ?? 0;
    for (let at = 0; at < limit && at + 1 < octets.length; at++) {
      beginning = ((beginning << 8) | (octets[at + 1] ?? 0)) & 0xffff;
      if (begins[beginning] === 0) continue;
      for (const [name, pattern] of byBeginning.get(beginning) ?? []) {
        if (octets.subarray(at, at + pattern.length).equals(pattern)) found(name);
      }
    }
  };
}

/** The parts of its memory that a process can write. */
function writableRanges(pid: number): (readonly [from: number, to: number])[] {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      return from === '' || line.includes('[vvar]')
        ? []
        : [[Number.parseInt(from, 16), Number.parseInt(to, 16)] as const];
    });
}

/** How often each pattern lies in the memory that a process can write, and how many octets of it were not zero. */
export function scanProcess(
  pid: number,
  patterns: Patterns,
): { hits: Record<string, number>; octets: number } {
  const hits: Record<string, number> = {};
  let octets = 0;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const buffer = Buffer.alloc(chunk);
  const find = createFinder(patterns, (name) => (hits[name] = (hits[name] ?? 0) + 1));
  try {
    for (const [from, to] of writableRanges(pid)) {
      for (let position = from; position < to; position += chunk - overlap) {
        const piece = buffer.subarray(0, readPiece(memory, buffer, position, Math.min(chunk, to - position)));
        const limit = piece.length < chunk ? piece.length : chunk - overlap;
        for (const [start, end] of writtenRuns(piece)) {
          octets += end - start;
          // What begins in the overlap is found in the next piece.
          find(piece.subarray(start, end), limit - start);
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  if (octets === 0) throw new Error('There was nothing to scan: the process has ended');
  return { hits, octets };
}

/** Reads a piece; a range that is reserved but not backed by memory gives nothing. */
function readPiece(memory: number, piece: Buffer, position: number, length: number): number {
  try {
    return readSync(memory, piece, 0, length, position);
  } catch {
    return 0;
  }
}
