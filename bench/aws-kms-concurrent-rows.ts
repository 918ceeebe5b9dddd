import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { spawnCannedServer } from '../providers/aws-kms/proof/spawn-canned-server.ts';
import type { SpawnedCannedServer } from '../providers/aws-kms/proof/spawn-canned-server.ts';
import { cannedKey, openBothSides } from './aws-kms-fixture.ts';
import type { BothSides } from './aws-kms-fixture.ts';
import type { BenchRow } from './row.ts';

/** Signing keys by kind: the algorithm, and the hash for those who verify. */
const kinds = [
  { kind: 'rsa', algorithm: 'RS256', hash: 'sha256' },
  { kind: 'p256', algorithm: 'ES256', hash: 'sha256' },
  { kind: 'p384', algorithm: 'ES384', hash: 'sha384' },
  { kind: 'p521', algorithm: 'ES512', hash: 'sha512' },
] as const;

const signerOf = (index: number): { readonly name: string } & (typeof kinds)[number] => ({
  name: `signing-${index % 16}`,
  ...(kinds[index % kinds.length] ?? kinds[0]),
});
const signers = Array.from({ length: 16 }, (_, index) => signerOf(index));
const sealers = Array.from({ length: 4 }, (_, index) => `sealing-${index}`);
const signs = 64;
/** A third of all calls. */
const others = 32;
const rounds = 20;

type Stage = Pick<BothSides, 'vault' | 'bare'> & { readonly server: SpawnedCannedServer };

/** The version is the last part of an id. */
const versionOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** Signs, and verifies with the key that the result names, from the server's own list. */
async function signOnce({ server, vault }: Stage, index: number): Promise<boolean> {
  const { name, algorithm, hash } = signerOf(index);
  const data = randomBytes(64);
  const client = await vault.getCryptographyClient(name);
  const { signature, id } = await client.sign(algorithm, createHash(hash).update(data).digest());
  const key = server.keys.find((each) => each.id === versionOf(id));
  if (key?.publicKey === undefined || key.id !== client.version) return false;
  const publicKey = createPublicKey({ key: key.publicKey, format: 'der', type: 'spki' });
  return verify(hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Encrypts, and decrypts by the bare SDK with the key that the result names. */
async function sealOnce({ vault, bare }: Stage, index: number): Promise<boolean> {
  const plaintext = randomBytes(48);
  const client = await vault.getCryptographyClient(sealers[index % sealers.length] ?? '');
  const { ciphertext, id } = await client.encrypt('provider', plaintext);
  const { Plaintext } = await bare.decrypt({ KeyId: versionOf(id), CiphertextBlob: ciphertext });
  return client.version === versionOf(id) && plaintext.equals(Plaintext ?? new Uint8Array());
}

/** Decrypts what the bare SDK has encrypted. */
async function openOnce({ vault, bare }: Stage, index: number): Promise<boolean> {
  const plaintext = randomBytes(48);
  const client = await vault.getCryptographyClient(sealers[index % sealers.length] ?? '');
  const { CiphertextBlob } = await bare.encrypt({ KeyId: client.version, Plaintext: plaintext });
  const opened = await client.decrypt('provider', CiphertextBlob ?? new Uint8Array());
  return versionOf(opened.id) === client.version && plaintext.equals(opened.plaintext);
}

/** Reads, and compares with the server's own list. */
async function readOnce({ server, vault }: Stage, index: number): Promise<boolean> {
  const { name } = signerOf(index);
  const { id, key } = await vault.getKey(name);
  const listed = server.keys.find((each) => each.id === versionOf(id));
  const spki = createPublicKey({ key: { ...key }, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  return listed?.publicKey?.equals(spki) === true;
}

type Act = (stage: Stage, index: number) => Promise<boolean>;

const otherActs: readonly Act[] = [sealOnce, openOnce, readOnce];

/** Two signs and something else in turn. */
const acts: readonly { readonly act: Act; readonly index: number }[] = [
  ...Array.from({ length: signs }, (_, index) => ({ act: signOnce, index })),
  ...Array.from({ length: others }, (_, index) => ({ act: otherActs[index % 3] ?? readOnce, index })),
].toSorted((one, other) => placeOf(one) - placeOf(other));

function placeOf({ act, index }: { readonly act: Act; readonly index: number }): number {
  return act === signOnce ? index / signs : index / others;
}

/** All at once. @returns How many results were wrong. */
async function wrongOfRound(stage: Stage): Promise<number> {
  const right = await Promise.all(acts.map(({ act, index }) => act(stage, index)));
  return right.filter((each) => !each).length;
}

const concurrentSigns: BenchRow = {
  name: 'aws-kms/64-concurrent-signs',
  async run() {
    await using server = await spawnCannedServer({
      keys: [
        ...signers.map(({ name, kind }) => cannedKey(name, kind)),
        ...sealers.map((name) => cannedKey(name, 'aes')),
      ],
    });
    const { vault, bare, close } = await openBothSides(server.endpoint);
    try {
      let wrong = 0;
      for (let round = 0; round < rounds; round++) wrong += await wrongOfRound({ server, vault, bare });
      return {
        name: concurrentSigns.name,
        against: `each result checked with the key that its version names, by node:crypto and the bare SDK; our own canned server`,
        bound: { value: 0, side: 'at most' },
        unit: 'wrong results',
        n: acts.length,
        rounds,
        values: { p10: wrong, median: wrong, p90: wrong },
        combine: 'difference',
        note: `${signs} signs and ${others} other calls at once, over ${signers.length + sealers.length} keys of ${kinds.length + 1} kinds`,
      };
    } finally {
      await close();
    }
  },
};

/** Many callers at once. */
export const awsKmsConcurrentRows: readonly BenchRow[] = [concurrentSigns];
