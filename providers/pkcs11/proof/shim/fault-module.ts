import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shimLibrary } from '../compile-c.ts';
import { countSessions, readFaultLog } from './fault-log.ts';
import type { LoggedCall, SessionCounts } from './fault-log.ts';
import { writeFaultScript } from './fault-script.ts';
import type { Fault } from './fault-script.ts';

/** A module that goes wrong as it is told. */
export interface FaultModule {
  /** Full path of the library to load in place of the real one. */
  readonly module: string;
  /** What the process that loads it must have in its environment first. */
  readonly environment: Readonly<Record<string, string>>;
  /** From the next call on these happen, and those of before do not. Calls are counted anew. */
  setFaults(faults: readonly Fault[]): void;
  /** All calls so far, of all processes. */
  calls(): readonly LoggedCall[];
  sessions(): SessionCounts;
}

/**
 * Puts the fault module before a real one. Script and log are in the folder.
 *
 * @param log Whether calls are logged; without it a call costs a microsecond.
 */
export async function faultModule(
  real: string,
  folder: string,
  { log = true }: { readonly log?: boolean } = {},
): Promise<FaultModule> {
  if (!existsSync(real)) throw new TypeError('There is no such module');
  const [script, logFile] = [join(folder, 'faults'), join(folder, 'calls.log')];
  const setFaults = (faults: readonly Fault[]): void => writeFaultScript(script, faults);
  setFaults([]);
  const calls = (): readonly LoggedCall[] => readFaultLog(logFile);
  return {
    module: await shimLibrary(),
    environment: {
      KEYWAY_SHIM_MODULE: real,
      KEYWAY_SHIM_SCRIPT: script,
      ...(log ? { KEYWAY_SHIM_LOG: logFile } : {}),
    },
    setFaults,
    calls,
    sessions: () => countSessions(calls()),
  };
}
