/** A test, by its file and a part of its name. */
export interface WorkaroundTest {
  readonly file: string;
  readonly name: string;
}

/**
 * A place in the code that is there for a trap of a vendor, an SDK or Node, and would look superfluous to a reader who does
 * not know the trap. Paths are from the root of the repository.
 */
export interface Workaround {
  /** What would happen without it, in a few words. */
  readonly name: string;
  readonly file: string;
  /** What stands there, exactly and once. */
  readonly from: string;
  /** What stands there without it. It must be a program that a test can run. */
  readonly to: string;
  /** Each of them must turn red without it. */
  readonly tests: readonly WorkaroundTest[];
}

/** How the tests took it that a workaround was gone. */
export interface WorkaroundVerdict {
  readonly workaround: Workaround;
  /** Green as the code is, red without the workaround. */
  readonly guarded: boolean;
  /** Why not, or which test turned red and what it said. */
  readonly said: string;
}

/** Takes a workaround out of the text of its file. */
export function takeOut(text: string, { from, to, file }: Workaround): string {
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has the text ${places} times, not once`);
  return text.replace(from, () => to);
}
