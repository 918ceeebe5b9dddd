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
export { cacheFolder } from './emulators/cache-folder.ts';
export { onceInCache } from './emulators/once-in-cache.ts';
export { runStep } from './emulators/run-step.ts';
export type { StepOptions } from './emulators/run-step.ts';
export { findInPath } from './emulators/find-in-path.ts';
export { findLibrary } from './emulators/tokens/find-library.ts';
export type { LibraryFile } from './emulators/tokens/find-library.ts';
export type { SoftToken, TokenOptions } from './emulators/tokens/soft-token.ts';
export type { ServedToken, ServedTokenOptions } from './emulators/tokens/served-token.ts';
export { startServedToken } from './emulators/tokens/start-served-token.ts';
export { libraryOf, startToken } from './emulators/tokens/start-token.ts';
export type { LibraryToken } from './emulators/tokens/start-token.ts';
export { tokenCatalogue, tokenRow } from './emulators/tokens/token-catalogue.ts';
export type { TokenRow } from './emulators/tokens/token-row.ts';
