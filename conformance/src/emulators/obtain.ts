import { emulatorRow } from './catalogue.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { goProgram } from './go-program.ts';
import { pythonEnvironment } from './python-environment.ts';

/** Fetches and builds what a row needs, where the cache does not hold it. @returns The program to start. */
export async function obtain(row: EmulatorRow, say: (line: string) => void): Promise<string> {
  const { source } = row;
  switch (source.kind) {
    case 'go':
      return await goProgram(row, source, say);
    case 'python':
      return await pythonEnvironment({ name: row.name, ...source }, say);
  }
}

/** Puts what an emulator needs into the cache, without starting it. */
export async function fetchEmulator(name: string, say: (line: string) => void): Promise<void> {
  await obtain(emulatorRow(name), (line) => say(`${name}: ${line}`));
}
