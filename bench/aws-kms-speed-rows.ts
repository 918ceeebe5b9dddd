import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CryptographyClient } from '@keyway/core';
import type { BareKms } from '../providers/aws-kms/proof/bare-kms.ts';
import { spawnCannedServer } from '../providers/aws-kms/proof/spawn-canned-server.ts';
import { cannedKey, onLocalKms, openBothSides } from './aws-kms-fixture.ts';
import { compare } from './compare.ts';
import type { Comparison } from './compare.ts';
import { must } from './fixture.ts';
import type { Measured } from './result.ts';
import type { BenchRow } from './row.ts';

type Sides = Pick<Comparison<Uint8Array, Uint8Array>, 'baseline' | 'subject'>;

/** The same digest signed by the same key: by the bare SDK, and through Keyway. */
function bothSign(bare: BareKms, client: CryptographyClient, publicKey: KeyObject): Sides {
  const data = randomBytes(100);
  const digest = createHash('sha256').update(data).digest();
  const request = {
    KeyId: client.version,
    SigningAlgorithm: 'ECDSA_SHA_256',
    MessageType: 'DIGEST',
    Message: digest,
  } as const;
  const check =
    (dsaEncoding: 'der' | 'ieee-p1363', whose: string) =>
    (signature: Uint8Array): void =>
      must(verify('sha256', data, { key: publicKey, dsaEncoding }, signature), `a signature of ${whose}`);
  return {
    baseline: {
      call: async () => (await bare.sign(request)).Signature ?? new Uint8Array(),
      verify: check('der', 'the bare SDK'),
    },
    subject: {
      call: async () => (await client.sign('ES256', digest)).signature,
      verify: check('ieee-p1363', 'Keyway'),
    },
  };
}

type Settings = Omit<Comparison<Uint8Array, Uint8Array>, 'baseline' | 'subject'>;

/** On our own server in a process of its own, which answers from memory. */
async function onCannedServer(settings: Settings): Promise<Measured> {
  const server = await spawnCannedServer({ keys: [cannedKey('signing', 'p256')] });
  const { vault, bare, close } = await openBothSides(server.endpoint);
  try {
    const client = await vault.getCryptographyClient('signing');
    const [key] = server.keys;
    must(key?.id === client.version && key.publicKey !== undefined, 'the version is another one');
    const publicKey = createPublicKey({ key: key?.publicKey ?? '', format: 'der', type: 'spki' });
    return await compare({ ...settings, ...bothSign(bare, client, publicKey) });
  } finally {
    await close();
    await server.close();
  }
}

const signing = 'the bare SDK signing the same ES256 digest with the same settings';
const canned = 'our own canned server (loopback, another process)';

const cpuPerCall: BenchRow = {
  name: 'aws-kms/cpu-per-call',
  run: () =>
    onCannedServer({
      name: cpuPerCall.name,
      against: `${signing}, CPU of this process, ${canned}`,
      bound: { value: 60, side: 'at most' },
      as: 'difference',
      n: 1000,
      rounds: 20,
    }),
};

function rateRow(inFlight: number): BenchRow {
  const name = `aws-kms/rate-${inFlight}-in-flight`;
  return {
    name,
    run: () =>
      onCannedServer({
        name,
        against: `${signing}, ${inFlight} in flight, wall time, ${canned}`,
        bound: { value: 0.9, side: 'at least' },
        as: 'speed',
        clock: 'wall',
        inFlight,
        n: 400,
        rounds: 20,
      }),
  };
}

const rateLocalKms: BenchRow = {
  name: 'aws-kms/rate-local-kms',
  async run() {
    const told = {
      name: rateLocalKms.name,
      against: `${signing}, 16 in flight, wall time, local-kms`,
      bound: { value: 0.97, side: 'at least' },
    } as const;
    return await onLocalKms({ ...told, unit: 'of its speed' }, async ({ address }) => {
      const { vault, bare, close } = await openBothSides(address);
      try {
        await vault.createEcKey('signing');
        const client = await vault.getCryptographyClient('signing');
        const { PublicKey } = await bare.getPublicKey({ KeyId: client.version });
        const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
        const settings = { ...told, as: 'speed', clock: 'wall', inFlight: 16, n: 800, rounds: 40 } as const;
        return await compare({ ...settings, ...bothSign(bare, client, publicKey) });
      } finally {
        await close();
      }
    });
  },
};

/** What Keyway adds to the bare SDK. */
export const awsKmsSpeedRows: readonly BenchRow[] = [cpuPerCall, rateRow(1), rateRow(16), rateLocalKms];
