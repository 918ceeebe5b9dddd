import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/** Branches of some sources: how many there are, and how many were taken. */
export interface BranchCoverage {
  readonly taken: number;
  readonly total: number;
}

/** Counts branches while it is on. */
export interface BranchCounter {
  /** What was taken since the last call, in the sources whose path ends with one of `sources`. */
  take(sources: readonly string[]): Promise<BranchCoverage>;
  stop(): Promise<void>;
}

/**
 * Starts counting, with V8's block coverage: every block whose count V8 keeps is one branch, a function that was never
 * called is one that was not taken (as c8 counts).
 */
export async function startBranchCounter(): Promise<BranchCounter> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    async take(sources) {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      let taken = 0;
      let total = 0;
      for (const script of result) {
        if (!script.url.startsWith('file:')) continue;
        const path = fileURLToPath(script.url);
        if (!sources.some((source) => path.endsWith(`/${source}`))) continue;
        for (const { ranges, isBlockCoverage } of script.functions) {
          const blocks = isBlockCoverage ? ranges : ranges.slice(0, 1);
          total += blocks.length;
          taken += blocks.filter(({ count }) => count > 0).length;
        }
      }
      return { taken, total };
    },
    async stop() {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}
