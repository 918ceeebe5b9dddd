import { observe } from '../packages/core/src/observe.ts';
import { compare } from './compare.ts';
import { must } from './fixture.ts';
import type { BenchRow } from './row.ts';

/** A driver's method that does nothing. */
const nothing = (): Promise<number> => Promise.resolve(1);
const isOne = (result: number): void => must(result === 1, 'nothing');

const tracing: BenchRow = {
  name: 'local/tracing-without-subscriber',
  run: async () =>
    await compare<number, number>({
      name: tracing.name,
      against: 'the same call without it, on a driver that does nothing',
      bound: { value: 0.3, side: 'at most' },
      as: 'difference',
      n: 100_000,
      baseline: { call: async () => await nothing(), verify: isOne },
      subject: {
        call: async () => await observe('sign', 'nothing', 'nothing:/keys/a/1', 'ES256', nothing),
        verify: isOne,
      },
    }),
};

/** What observation costs while nobody observes. */
export const tracingRows: readonly BenchRow[] = [tracing];
