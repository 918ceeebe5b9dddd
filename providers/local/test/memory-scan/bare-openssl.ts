import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Loads a private key with bare node:crypto, overwrites what it was loaded from, lets the key be collected, and waits to
 * be scanned: what is left then is OpenSSL's.
 */

function load(file: string): string | undefined {
  const der = readFileSync(file);
  const type = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).asymmetricKeyType;
  der.fill(0);
  return type;
}

load(`${process.argv[2] ?? ''}/okp.der`);
const collect = (globalThis as { gc?: () => void }).gc;
for (let round = 0; round < 8; round++) {
  collect?.();
  await delay(20);
}
process.stdout.write('"closed"\n');
await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
