import { fileURLToPath } from 'node:url';
import type { EmulatorRow } from '../../src/emulators/emulator-row.ts';

const server = fileURLToPath(new URL('programs/toy-server.ts', import.meta.url));

/** A row for the toy server, which is run by Node itself. */
export function toyRow(mood: 'answers' | 'silent' | 'dies' = 'answers', readyWithin = 20_000): EmulatorRow {
  return {
    name: 'toy',
    standsFor: 'nothing',
    version: '1',
    source: { kind: 'python', requirements: '', pythons: [] },
    command: ['{program}', server, '{port}', mood],
    environment: { HOME: '{folder}/home' },
    health: { method: 'GET', path: '/', contains: 'toy answers' },
    readyWithin,
    limits: [],
    defects: [],
  };
}
