import { createPublicKey } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { JsonWebKey } from '@keyway/core';
import { parsePrivateJwk } from '../../packages/core/src/jwk.ts';
import { jwkFromSpki, publicKeyFromJwk, publicKeyFromSpki } from '../../packages/core/src/public-key.ts';
import { derToP1363, p1363ToDer } from '../../packages/core/src/signature-format.ts';
import { junkBytes, mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { samplePublicKey, validPrivateJwk } from './sample-keys.ts';

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'] as const;

const privateJwks = defineTarget<unknown>({
  name: 'private-jwks',
  sources: ['packages/core/src/jwk.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  // Both primes of an RSA key are tested, and without them n is factored first; all that twice here.
  maxMilliseconds: 2000,
  valid: validPrivateJwk,
  mutate: mutateJson,
  junk: (random) => mutateJson(random, null, null),
  parse(input) {
    const { material } = parsePrivateJwk(input);
    roundTrip(
      isDeepStrictEqual(parsePrivateJwk(material).material, material),
      'the material is not taken again as it is',
    );
    const given = input as JsonWebKey;
    roundTrip(material.k === given.k && material.d === given.d, 'the secret changed');
    return roundTrip(material.x === given.x && material.n === given.n, 'the public part changed');
  },
  secrets: (input) =>
    typeof input === 'object' && input !== null
      ? secretMembers
          .map((member) => (input as Record<string, unknown>)[member])
          .filter((value) => typeof value === 'string')
      : [],
});

const publicMembers: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  RSA: ['n', 'e'],
  EC: ['x', 'y'],
  OKP: ['x'],
  AKP: ['alg', 'pub'],
};

const publicJwks = defineTarget<unknown>({
  name: 'public-jwks',
  sources: ['packages/core/src/public-key.ts', 'packages/core/src/jwk.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => samplePublicKey(random).export({ format: 'jwk' }),
  mutate: mutateJson,
  junk: (random) => mutateJson(random, null, null),
  parse(input) {
    const key = publicKeyFromJwk(input as JsonWebKey);
    const spki = key.export({ format: 'der', type: 'spki' });
    const jwk = jwkFromSpki(spki);
    const given = input as JsonWebKey;
    const members = publicMembers[given.kty] ?? [];
    return roundTrip(
      members.length > 0 && members.every((member) => jwk[member] === given[member]),
      'another key',
    );
  },
});

const spki = defineTarget<Uint8Array>({
  name: 'spki',
  sources: ['packages/core/src/public-key.ts', 'packages/core/src/der.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => Uint8Array.from(samplePublicKey(random).export({ format: 'der', type: 'spki' })),
  mutate: mutateBytes,
  junk: junkBytes,
  parse(octets) {
    const key = publicKeyFromSpki(octets);
    const outside = createPublicKey({ key: Buffer.from(octets), format: 'der', type: 'spki' });
    roundTrip(key.equals(outside), 'node:crypto reads another key');
    const again = key.export({ format: 'der', type: 'spki' });
    return roundTrip(Buffer.compare(again, octets) === 0, 'the key encodes to other octets');
  },
});

const lengths = [32, 48, 66] as const;

/** r and s of a length: small, with a leading zero bit, with every bit. */
function halves(random: Random, length: number): Uint8Array {
  const signature = random.bytes(2 * length);
  for (const start of [0, length]) {
    if (random.chance(0.3)) signature.fill(0, start, start + random.below(length));
    if (random.chance(0.3)) signature[start] = 0x80;
    if (signature.subarray(start, start + length).every((octet) => octet === 0))
      signature[start + length - 1] = 1;
  }
  return signature;
}

interface Signature {
  readonly octets: Uint8Array;
  readonly length: number;
}

const mutateSignature = (random: Random, { octets, length }: Signature, other: Signature): Signature => ({
  octets: mutateBytes(random, octets, other.octets),
  length: random.chance(0.05) ? other.length : length,
});

const junkSignature = (random: Random): Signature => ({
  octets: junkBytes(random),
  length: random.pick(lengths),
});
const describeSignature = ({ octets, length }: Signature): string =>
  `${length}: ${Buffer.from(octets).toString('hex')}`;

const signatureDer = defineTarget<Signature>({
  name: 'signature-der',
  sources: ['packages/core/src/signature-format.ts', 'packages/core/src/der.ts'],
  refusals: [],
  valid(random) {
    const length = random.pick(lengths);
    const der = p1363ToDer(halves(random, length), length);
    if (der === undefined) throw new Error('A valid signature does not convert');
    return { octets: der, length };
  },
  mutate: mutateSignature,
  junk: junkSignature,
  parse({ octets, length }) {
    const p1363 = derToP1363(octets, length);
    if (p1363 === undefined) return false;
    roundTrip(p1363.length === 2 * length, 'of another length');
    const again = p1363ToDer(p1363, length);
    return roundTrip(
      again !== undefined && Buffer.compare(again, octets) === 0,
      'two encodings of one signature',
    );
  },
  describe: describeSignature,
});

const signatureP1363 = defineTarget<Signature>({
  name: 'signature-p1363',
  sources: ['packages/core/src/signature-format.ts', 'packages/core/src/der.ts'],
  refusals: [],
  valid(random) {
    const length = random.pick(lengths);
    return { octets: halves(random, length), length };
  },
  mutate: mutateSignature,
  junk: junkSignature,
  parse({ octets, length }) {
    const der = p1363ToDer(octets, length);
    if (der === undefined) return false;
    const again = derToP1363(der, length);
    return roundTrip(again !== undefined && Buffer.compare(again, octets) === 0, 'it comes back different');
  },
  describe: describeSignature,
});

/** Parsers of keys and signatures. */
export const keyTargets: readonly FuzzTarget[] = [
  privateJwks,
  publicJwks,
  spki,
  signatureDer,
  signatureP1363,
];
