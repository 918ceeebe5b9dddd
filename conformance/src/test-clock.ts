/** A clock that stands still until it is moved. */
export interface TestClock {
  /** Milliseconds since 1970. */
  now(): number;
  advance(milliseconds: number): void;
  /** A whole second, so many seconds from now (or before, where negative). */
  dateIn(seconds: number): Date;
}

/** One hour in seconds. */
export const hour = 3600;

/** Makes a clock that starts at the present second: vaults with a clock of their own then agree with it. */
export function createTestClock(): TestClock {
  let time = Math.floor(Date.now() / 1000) * 1000;
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds;
    },
    dateIn: (seconds) => new Date(Math.floor(time / 1000 + seconds) * 1000),
  };
}
