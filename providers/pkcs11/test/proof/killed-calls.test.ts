import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { killedRows } from '../kill.ts';
import { callsOf, killInCall } from './kill-in-call.ts';
import type { KilledCall } from './killed-call-process.ts';

const full = process.env['KEYWAY_FULL'] !== undefined;

/** Of each function one call, before and after by turns. */
function once(calls: readonly KilledCall[]): readonly KilledCall[] {
  const names = [...new Set(calls.map((call) => call.function))];
  return names.flatMap((name, at) => {
    const of = calls.filter(
      (call) => call.function === name && call.when === (at % 2 === 0 ? 'after' : 'before'),
    );
    return of.slice(-1);
  });
}

let killed = 0;

describe('a process killed in a call that changes the token', () => {
  it.each(killedRows)(
    'leaves $what whole or absent after the next opening',
    { timeout: 900_000 },
    async (row) => {
      const calls = await callsOf(row);
      expect(calls.length).toBeGreaterThan(0);
      for (const call of full ? calls : once(calls)) {
        await killInCall(row, call);
        killed++;
      }
    },
  );

  it('was killed often enough', () => {
    process.stdout.write(`killed in ${killed} calls\n`);
    expect(killed).toBeGreaterThanOrEqual(full ? 100 : 20);
  });
});
