/**
 * `@keyway/conformance/emulators`: third-party programs that stand for vaults, pinned and fetched into a cache.
 *
 * ```ts
 * const kms = await startEmulator('local-kms');
 * // … use kms.address …
 * await kms.stop();
 * ```
 *
 * @packageDocumentation
 */
export { emulatorCatalogue, emulatorRow } from './emulators/catalogue.ts';
export { EmulatorError } from './emulators/emulator.ts';
export type { Emulator, EmulatorWay, StartOptions } from './emulators/emulator.ts';
export { addressVariable } from './emulators/emulator-row.ts';
export type {
  EmulatorDefect,
  EmulatorRow,
  EmulatorSource,
  GoSource,
  HealthCheck,
  PythonSource,
} from './emulators/emulator-row.ts';
export { fetchEmulator } from './emulators/obtain.ts';
export { startEmulator, startRow } from './emulators/start-emulator.ts';
export { boto3Environment, findPython, pythonEnvironment } from './emulators/python-environment.ts';
export type { PythonEnvironment } from './emulators/python-environment.ts';
export { sweep, sweepProcesses } from './emulators/sweep.ts';
export { announceCommand } from './emulators/command-mark.ts';
export { emulatorRuns, isStopRequested, stopRuns } from './emulators/runs.ts';
export type { EmulatorRun } from './emulators/runs.ts';
export { ensureEngine } from './emulators/ensure-engine.ts';
export type { Engine } from './emulators/ensure-engine.ts';
