import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SoftToken } from '@keyway/conformance/emulators';
import { benchSigner, isRight, onSoftHsm, openBenchPkcs11 } from './pkcs11-fixture.ts';
import type { BenchSigner } from './pkcs11-fixture.ts';
import type { BenchRow } from './row.ts';
import { spreadOf } from './statistics.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('pkcs11-peer-program.ts', import.meta.url));
const callers = 16;
/** Of one run of one side. */
const milliseconds = 1000;
const rounds = 8;

interface RightOnes {
  /** Right signatures a second. */
  readonly rate: number;
  readonly wrong: number;
}

async function runPeer(token: SoftToken): Promise<RightOnes> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const args = [...flags, program, token.module, token.label, String(callers), String(milliseconds)];
  const env = { ...process.env, ...token.environment, KEYWAY_PIN: token.pin };
  const { stdout } = await run(process.execPath, args, { env });
  return JSON.parse(stdout) as RightOnes;
}

/** The same load on a key of the vault, and the same count. */
async function runKeyway(signer: BenchSigner): Promise<RightOnes> {
  const made: (readonly [data: Uint8Array, signature: Uint8Array])[] = [];
  const started = performance.now();
  const call = async (): Promise<void> => {
    while (performance.now() - started < milliseconds) {
      const data = randomBytes(64);
      made.push([data, (await signer.client.signData('ES256', data)).signature]);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const took = (performance.now() - started) / 1000;
  const right = made.filter(([data, signature]) => isRight(signer, data, signature)).length;
  return { rate: right / took, wrong: made.length - right };
}

const { version } = createRequire(import.meta.url)('node-webcrypto-p11/package.json') as { version: string };

const peer: BenchRow = {
  name: 'pkcs11/against-webcrypto',
  run() {
    const told = {
      name: peer.name,
      against: `node-webcrypto-p11 ${version}, ${callers} ES256 signs at once, right signatures a second, SoftHSM2`,
      bound: { value: 5, side: 'at least' },
      unit: 'of its speed',
    } as const;
    return onSoftHsm(told, async (token) => {
      await using vault = await openBenchPkcs11(token);
      const signer = await benchSigner(vault, 'ES256');
      const rounded: (readonly [peer: RightOnes, ours: RightOnes])[] = [];
      for (let round = 0; round < rounds; round++) {
        const first = round % 2 === 0 ? await runPeer(token) : undefined;
        const ours = await runKeyway(signer);
        rounded.push([first ?? (await runPeer(token)), ours]);
      }
      const sum = (side: 0 | 1): number => rounded.reduce((total, both) => total + both[side].wrong, 0);
      const rate = (side: 0 | 1): string =>
        spreadOf(rounded.map((both) => both[side].rate)).median.toFixed(0);
      return {
        ...told,
        n: milliseconds,
        rounds,
        values: spreadOf(rounded.map(([theirs, ours]) => ours.rate / theirs.rate)),
        combine: 'ratio',
        note: `right signatures a second: ${rate(0)}, Keyway ${rate(1)}; wrong or failed: ${sum(0)}, Keyway ${sum(1)}`,
      };
    });
  },
};

/** Keyway beside what else npm has. */
export const pkcs11PeerRows: readonly BenchRow[] = [peer];
