import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { Crypto } from 'node-webcrypto-p11';

/*
 * Has callers sign at once with node-webcrypto-p11 on a token, in a process of its own since it is to own the module.
 * Arguments: library, label of the token, callers, milliseconds. The PIN is in KEYWAY_PIN. Prints one line of JSON.
 */

const [library = '', label = '', callers = '1', milliseconds = '1000'] = process.argv.slice(2);

/** What is used of the module that the peer stands on. */
interface PeerModule {
  initialize(): void;
  finalize(): void;
  getSlots(withToken: boolean): {
    readonly length: number;
    items(index: number): { getToken(): { readonly label: string } };
  };
}

/** The peer takes a slot by its index in the list. */
function slotIndex(): number {
  const fromPeer = createRequire(createRequire(import.meta.url).resolve('node-webcrypto-p11'));
  const { Module } = fromPeer('graphene-pk11') as { readonly Module: { load(library: string): PeerModule } };
  const module = Module.load(library);
  module.initialize();
  try {
    const slots = module.getSlots(true);
    for (let index = 0; index < slots.length; index++) {
      if (slots.items(index).getToken().label === label) return index;
    }
    throw new Error('There is no such token');
  } finally {
    module.finalize();
  }
}

const crypto = new Crypto({
  library,
  slot: slotIndex(),
  readWrite: true,
  pin: process.env['KEYWAY_PIN'] ?? '',
});
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const pair = (await crypto.subtle.generateKey(algorithm, false, [
  'sign',
  'verify',
])) as webcrypto.CryptoKeyPair;
const spki = Buffer.from(await crypto.subtle.exportKey('spki', pair.publicKey));
const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });

const made: (readonly [data: Uint8Array, signature: Uint8Array | undefined])[] = [];
const started = performance.now();

async function call(): Promise<void> {
  while (performance.now() - started < Number(milliseconds)) {
    const data = randomBytes(64);
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, data).catch(() => undefined);
    made.push([data, signature === undefined ? undefined : new Uint8Array(signature)]);
  }
}

await Promise.all(Array.from({ length: Number(callers) }, call));
const took = (performance.now() - started) / 1000;
const options = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
const right = made.filter(
  ([data, signature]) => signature !== undefined && verify('sha256', data, options, signature),
);
process.stdout.write(`${JSON.stringify({ rate: right.length / took, wrong: made.length - right.length })}\n`);
crypto.close();
