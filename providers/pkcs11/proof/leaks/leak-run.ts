import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SoftToken } from '@keyway/conformance/emulators';
import { isKeyManagerError } from '@keyway/core';
import { openPkcs11 } from '@keyway/pkcs11';
import { openToken } from '../../src/token/open-token.ts';
import { readFaultLog } from '../shim/fault-log.ts';
import type { LoggedCall } from '../shim/fault-log.ts';
import type { Fault } from '../shim/fault-script.ts';
import type { FaultModule } from '../shim/fault-module.ts';
import { countLeft } from './count-left.ts';
import type { LeftBehind } from './count-left.ts';
import { mixedOperations } from './mixed-operations.ts';
import type { MixedOperation } from './mixed-operations.ts';

/** Operations under way at once, and worker threads. */
const [callers, workers] = [16, 4] as const;

/** What a run has left. */
export interface LeakReport {
  /** Operations that ran, and of them those that were refused as they must be, and those that a fault failed. */
  readonly operations: number;
  readonly refused: number;
  readonly faulted: number;
  /** Of the run without faults. */
  readonly calm: LeftBehind;
  /** Objects on the token after that run, less those before it. */
  readonly lasting: number;
  /** Of all calls until the vault was closed. */
  readonly all: LeftBehind;
  /** Session objects that there are after each run, by a search for them. */
  readonly sessionObjects: readonly number[];
  /** Octets of memory at the end less those after the first fifth. */
  readonly grown: number;
}

const codes = [0x05, 0x30, 0x31, 0xb3] as const;
const usedFunctions = [
  'C_SignInit',
  'C_Sign',
  'C_VerifyInit',
  'C_Verify',
  'C_EncryptInit',
  'C_Encrypt',
  'C_DecryptInit',
  'C_Decrypt',
  'C_CreateObject',
  'C_DestroyObject',
  'C_WrapKey',
  'C_UnwrapKey',
  'C_FindObjectsInit',
  'C_FindObjects',
  'C_GetAttributeValue',
  'C_GenerateRandom',
  'C_OpenSession',
];

/** One call in five fails, before it is done or after, with a code of each kind: general, device, memory, session. */
const faults: readonly Fault[] = usedFunctions.map((name, at) => ({
  function: name,
  when: at % 2 === 0 ? 'before' : 'after',
  calls: { probability: 0.2, seed: at + 1 },
  action: { do: 'fail', ckr: codes[at % codes.length] ?? 5 },
}));

function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage.rss();
}

/** Operations by their shares, mixed: each one's turns are spread over the whole. */
function* turns(operations: readonly MixedOperation[], total: number): Generator<MixedOperation> {
  const shares = operations.reduce((sum, { share }) => sum + share, 0);
  const due = operations.map(() => 0);
  for (let given = 0; given < total; given++) {
    operations.forEach(({ share }, at) => (due[at] = (due[at] ?? 0) + share));
    const next = due.indexOf(Math.max(...due));
    due[next] = (due[next] ?? 0) - shares;
    yield operations[next] as MixedOperation;
  }
}

interface Outcome {
  readonly refused: number;
  readonly faulted: number;
}

/** Runs operations, some at once. Where faults are about, a refusal of any kind will do, but no wrong result. */
async function runAll(operations: Iterator<MixedOperation>, mayFail: boolean): Promise<Outcome> {
  let [refused, faulted] = [0, 0];
  const caller = async (): Promise<void> => {
    for (let next = operations.next(); next.done !== true; next = operations.next()) {
      try {
        await next.value.run();
        if (next.value.refused) refused++;
      } catch (error) {
        if (!mayFail || !isKeyManagerError(error)) throw new Error(next.value.name, { cause: error });
        faulted++;
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { refused, faulted };
}

type Moment = 'start' | 'calm';

const logOf = ({ environment }: FaultModule): string => environment['KEYWAY_SHIM_LOG'] ?? '';

/** Keeps the log as it is, unread: what reading it takes would be seen in the memory. */
function keepLog(module: FaultModule, moment: Moment): void {
  copyFileSync(logOf(module), `${logOf(module)}.${moment}`);
}

const keptCalls = (module: FaultModule, moment: Moment): readonly LoggedCall[] =>
  readFaultLog(`${logOf(module)}.${moment}`);

/** Looks at the token through another door of the same process. */
async function countObjects(
  { label, pin, libraryParameters }: SoftToken,
  { module }: FaultModule,
  onToken: boolean,
): Promise<number> {
  const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
  const token = await openToken({ module, libraryParameters, label, pin: octets, workers: 1 });
  try {
    const call = { signal: AbortSignal.timeout(60_000), deadline: Date.now() + 60_000 };
    return (await token.run('find', { template: { token: onToken } }, call)).length;
  } finally {
    await token.close();
  }
}

/**
 * Runs operations of all kinds on a token behind the fault module: half of them undisturbed, half while calls fail.
 *
 * @param records Where the vault keeps its records.
 */
export async function leakRun(
  token: SoftToken,
  module: FaultModule,
  records: 'token' | 'file',
  operations: number,
): Promise<LeakReport> {
  const { label, pin, libraryParameters, folder } = token;
  const manager = await openPkcs11({
    module: module.module,
    libraryParameters,
    token: label,
    pin,
    namespace: 'leaks',
    records: records === 'token' ? 'token' : { file: join(folder, 'leaks.db') },
    workers,
    retry: { maxAttempts: 1 },
  });
  try {
    const mixed = await mixedOperations(manager);
    const half = Math.floor(operations / 2);
    const before = await countObjects(token, module, true);
    keepLog(module, 'start');
    const warm = Math.floor(operations / 5);
    const first = await runAll(turns(mixed, warm), false);
    const small = memory();
    const second = await runAll(turns(mixed, half - warm), false);
    keepLog(module, 'calm');
    const lasting = (await countObjects(token, module, true)) - before;
    const left = await countObjects(token, module, false);
    module.setFaults(faults);
    const third = await runAll(
      turns(
        mixed.filter((each) => each.lasting !== true),
        operations - half,
      ),
      true,
    );
    module.setFaults([]);
    const grown = memory() - small;
    const sessionObjects = [left, await countObjects(token, module, false)];
    await manager.close();
    const start = keptCalls(module, 'start').length;
    return {
      operations,
      refused: first.refused + second.refused + third.refused,
      faulted: third.faulted,
      calm: countLeft(keptCalls(module, 'calm').slice(start)),
      lasting,
      all: countLeft(module.calls()),
      sessionObjects,
      grown,
    };
  } finally {
    module.setFaults([]);
    await manager.close();
  }
}
