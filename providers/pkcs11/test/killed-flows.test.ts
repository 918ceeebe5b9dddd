import { expect, test } from 'vitest';
import { killAt, killedRows } from './kill.ts';

const rows = killedRows.flatMap((row) =>
  (['token', 'file'] as const).map((records) => ({ ...row, records })),
);

test.for(rows)(
  '$what, killed at any moment with records on the $records, is done or undone by the next opening and its repetition',
  { timeout: 300_000 },
  async ({ records, ...row }) => {
    let number = 0;
    while (await killAt(row, records, number)) number++;
    expect(number).toBe(row.moments);
  },
);
