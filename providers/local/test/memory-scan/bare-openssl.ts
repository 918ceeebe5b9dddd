import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeSync } from 'node:fs';
import process from 'node:process';

/*
 * Loads private keys with bare node:crypto, overwrites what they were loaded from, and waits to be scanned. In use is one
 * copy of each then, the key's own; what there is beside that is OpenSSL's.
 */

function load(file: string): KeyObject {
  const der = readFileSync(file);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

const numbers = [...Array(16).keys()];
const keys = numbers.map((number) => load(`${process.argv[2] ?? ''}/okp-${number}.der`));
writeSync(1, '"loaded"\n');
await once(process.stdin, 'data');
writeSync(1, `${keys.length}\n`);
process.stdin.destroy();
