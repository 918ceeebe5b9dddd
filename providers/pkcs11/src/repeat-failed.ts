import { setTimeout as wait } from 'node:timers/promises';
import { isTokenError } from './token/return-values.ts';
import type { JobCall } from './token/token.ts';

/** CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED: what SoftHSM2 says where another program wrote to the token at the same time. */
const failures: ReadonlySet<number> = new Set([0x05, 0x06]);

/** Attempts at one creation, and the mean of the first pause between them in milliseconds. */
const maxAttempts = 4;
const firstPause = 4;

/** Waits a while, each time longer, and not as long as others who failed at the same time. */
export async function pauseBefore(attempt: number, { signal }: JobCall): Promise<void> {
  await wait(firstPause * 2 ** attempt * (0.5 + Math.random()), undefined, { signal });
}

/**
 * Repeats a creation that the token failed at, where a look at the token shows that nothing came of it. It never runs again
 * blindly.
 *
 * @param made What is there of it now, if anything.
 */
export async function repeatFailed<Made>(
  create: () => Promise<Made>,
  made: () => Promise<Made | 'something' | undefined>,
  call: JobCall,
): Promise<Made> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (!isTokenError(error) || !failures.has(error.ckr) || attempt === maxAttempts) throw error;
      await pauseBefore(attempt, call);
      const there = await made();
      if (there === 'something') throw error;
      if (there !== undefined) return there;
    }
  }
}
