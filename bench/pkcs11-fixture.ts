import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EmulatorError, startToken } from '@keyway/conformance/emulators';
import type { SoftToken } from '@keyway/conformance/emulators';
import type { CryptographyClient, KeyManager } from '@keyway/core';
import { openPkcs11 } from '../providers/pkcs11/src/index.ts';
import type { OpenPkcs11Options } from '../providers/pkcs11/src/index.ts';
import { faultModule } from '../providers/pkcs11/proof/shim/fault-module.ts';
import type { FaultModule } from '../providers/pkcs11/proof/shim/fault-module.ts';
import { must } from './fixture.ts';
import type { Measured } from './result.ts';

let first: SoftToken | undefined;

/** A fresh token of SoftHSM2. All of a process share one folder: the module reads its configuration once. */
async function benchToken(): Promise<SoftToken> {
  const token = await startToken('softhsm2', { beside: first });
  first ??= token;
  Object.assign(process.env, token.environment);
  return token;
}

/** Opens a vault on a token; its records are in a file, so that they cost the token nothing. */
export function openBenchPkcs11(
  token: SoftToken,
  options: Partial<OpenPkcs11Options> = {},
): Promise<KeyManager> {
  return openPkcs11({
    module: token.module,
    token: token.label,
    pin: token.pin,
    records: { file: join(token.folder, `bench-${token.label}.db`) },
    ...options,
  });
}

let slow: Promise<FaultModule> | undefined;

/** The module with a delay in each signature. One for the process: it reads its environment once. */
export async function slowModule(token: SoftToken, milliseconds: number): Promise<FaultModule> {
  const folder = join(token.folder, 'bench-slow');
  mkdirSync(folder, { recursive: true });
  const module = await (slow ??= faultModule(token.module, folder, { log: false }));
  Object.assign(process.env, module.environment);
  module.setFaults([{ function: 'C_Sign', when: 'before', action: { do: 'delay', milliseconds } }]);
  return module;
}

/** Algorithms that are measured, with the key that each takes. */
export type BenchAlgorithm = 'RS256' | 'ES256';

/** A key of a vault, ready to sign, and those who check it. */
export interface BenchSigner {
  readonly algorithm: BenchAlgorithm;
  readonly client: CryptographyClient;
  readonly publicKey: KeyObject;
}

/** Makes a key. */
export async function benchSigner(vault: KeyManager, algorithm: BenchAlgorithm): Promise<BenchSigner> {
  const name = `bench-${algorithm.toLowerCase()}`;
  const { key } =
    algorithm === 'RS256'
      ? await vault.createRsaKey(name, { size: 2048 })
      : await vault.createEcKey(name, { curve: 'P-256' });
  const client = await vault.getCryptographyClient(name);
  return { algorithm, client, publicKey: createPublicKey({ key: { ...key }, format: 'jwk' }) };
}

/** What callers that sign one after the other have come to. */
export interface SigningRun {
  /** Signatures a second. */
  readonly rate: number;
  readonly count: number;
}

/** How many callers sign, for how long, and what. */
export interface SigningLoad {
  readonly callers: number;
  readonly seconds: number;
  readonly data: Uint8Array;
}

/**
 * Has callers sign, each one after the other.
 *
 * @throws Error where the last signature of a caller is not right.
 */
export async function signFor(signer: BenchSigner, load: SigningLoad): Promise<SigningRun> {
  const { algorithm, client } = signer;
  const { callers, seconds, data } = load;
  const started = performance.now();
  const end = started + seconds * 1000;
  let count = 0;
  const call = async (): Promise<Uint8Array> => {
    let signature: Uint8Array = new Uint8Array();
    while (performance.now() < end) {
      ({ signature } = await client.signData(algorithm, data));
      count++;
    }
    return signature;
  };
  const last = await Promise.all(Array.from({ length: callers }, call));
  const rate = count / ((performance.now() - started) / 1000);
  for (const signature of last) must(isRight(signer, data, signature), `a signature with ${algorithm}`);
  return { rate, count };
}

/** Whether a signature is right, by node:crypto. */
export function isRight({ publicKey }: BenchSigner, data: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Runs a row on a token that ends with it; where there is no SoftHSM2 the row says so and is not held. */
export async function onSoftHsm(
  absent: Pick<Measured, 'name' | 'against' | 'bound' | 'unit'>,
  run: (token: SoftToken) => Promise<Measured>,
): Promise<Measured> {
  let token: SoftToken;
  try {
    token = await benchToken();
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    const none = { p10: Number.NaN, median: Number.NaN, p90: Number.NaN };
    return { ...absent, n: 0, rounds: 0, values: none, combine: 'ratio', note: error.message };
  }
  try {
    return await run(token);
  } finally {
    if (token !== first) await token.stop();
  }
}

/** Ends the token that all others of this process are beside. */
export async function closeBenchTokens(): Promise<void> {
  await first?.stop();
  first = undefined;
}
