import { isKeyManagerError } from '@keyway/core';

/** Gives something made up where something was refused with a code. */
export async function inPlaceOf<Result>(
  code: string,
  running: Promise<Result>,
  madeUp: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await running;
  } catch (error) {
    if (isKeyManagerError(error) && error.code === code) return await madeUp();
    throw error;
  }
}
