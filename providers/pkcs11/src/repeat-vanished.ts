import { isTokenError } from './token/return-values.ts';

/** CKR_OBJECT_HANDLE_INVALID: somebody has destroyed the object between two calls. */
const handleInvalid = 0x82;
/** CKR_BUFFER_TOO_SMALL: somebody has made a label longer between the call that asks for its length and the one for it. */
const bufferTooSmall = 0x150;

/** How often somebody else is let change objects under our eyes. */
const maxRounds = 20;

/** Whether an object was destroyed by somebody else. */
const isVanished = (error: unknown): boolean => isTokenError(error) && error.ckr === handleInvalid;

const isOvertaken = (error: unknown): boolean =>
  isVanished(error) || (isTokenError(error) && error.ckr === bufferTooSmall);

/** Looks again where an object was destroyed or changed while it was looked at. For what changes nothing twice. */
export async function repeatVanished<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let round = 1; ; round++) {
    try {
      return await run();
    } catch (error) {
      if (!isOvertaken(error) || round === maxRounds) throw error;
    }
  }
}

/** As {@link repeatVanished} for one object; gives nothing where it is gone. */
export async function unlessVanished<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
  for (let round = 1; ; round++) {
    try {
      return await run();
    } catch (error) {
      if (isVanished(error)) return undefined;
      if (!isOvertaken(error) || round === maxRounds) throw error;
    }
  }
}
