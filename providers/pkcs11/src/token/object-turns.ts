import type { JobName } from './jobs.ts';

/**
 * How a job touches the objects of a token: it uses one that it has by its handle, looks through them all, makes a new one,
 * or changes or destroys one.
 */
export type Touch = 'use' | 'look' | 'make' | 'change';

/**
 * What must not run beside what on SoftHSM2. A search reads the file of every object, and one that meets a file which is
 * being written makes the writer fail, or leaves the object invalid for the rest of the process; so does a use of an object
 * whose attributes are being set. New objects are met by searches only. Two searches beside each other take away from one
 * another what they read anew of objects that another process has changed.
 */
const conflicts: Readonly<Record<Touch, readonly Touch[]>> = {
  use: ['change'],
  look: ['look', 'make', 'change'],
  make: ['look', 'make', 'change'],
  change: ['use', 'look', 'make', 'change'],
};

/** Somebody who waits for a turn, or has one. */
export interface TurnTaker {
  turn?: Turn | undefined;
}

interface Turn {
  readonly touch: Touch;
  readonly runs: boolean;
}

type ByTouch<Value> = Readonly<Record<Touch, Value>>;

const byTouch = <Value>(make: () => Value): ByTouch<Value> => ({
  use: make(),
  look: make(),
  make: make(),
  change: make(),
});

/**
 * The order of the jobs of one token, of all who use it in this process. Who has to wait is not overtaken by what would make
 * it wait longer.
 */
export class ObjectTurns {
  readonly #running: Record<Touch, number> = { ...byTouch(() => 0) };
  readonly #waiting: ByTouch<Map<TurnTaker, number>> = byTouch(() => new Map());
  #places = 0;
  /** Called when somebody who waits may go on now. */
  readonly heard: Set<() => void> = new Set();

  /** Gives a turn, or a place among those that wait. */
  begin(taker: TurnTaker, touch: Touch): boolean {
    // Its key has become known meanwhile, or is no longer: others may have waited for it.
    if (taker.turn !== undefined && taker.turn.touch !== touch) this.end(taker);
    const place = this.#waiting[touch].get(taker);
    if (this.#mayRun(touch, place ?? Number.POSITIVE_INFINITY)) {
      this.#waiting[touch].delete(taker);
      this.#running[touch]++;
      taker.turn = { touch, runs: true };
      return true;
    }
    if (place === undefined) {
      taker.turn = { touch, runs: false };
      this.#waiting[touch].set(taker, this.#places++);
    }
    return false;
  }

  #mayRun(touch: Touch, place: number): boolean {
    for (const other of conflicts[touch]) {
      if (this.#running[other] > 0) return false;
      if (this.#waiting[other].size === 0) continue;
      const [first = place] = this.#waiting[other].values();
      if (first < place) return false;
    }
    return true;
  }

  /** Ends a turn, or the waiting for one. Does nothing the second time. */
  end(taker: TurnTaker): void {
    const { turn } = taker;
    if (turn === undefined) return;
    taker.turn = undefined;
    if (turn.runs) this.#running[turn.touch]--;
    else this.#waiting[turn.touch].delete(taker);
    if (Object.values(this.#waiting).some(({ size }) => size > 0)) for (const hear of this.heard) hear();
  }
}

/** Whether a template, or one of two, is of something that stays on the token. */
const stays = (...templates: unknown[]): boolean =>
  templates.some((template) => (template as { readonly token?: unknown } | undefined)?.token !== false);

/** How a job touches objects. @param looksUp Whether its key is to be looked up, and is not known by its handle. */
export function touchOf(name: JobName, request: Readonly<Record<string, unknown>>, looksUp: boolean): Touch {
  switch (name) {
    case 'create':
    case 'copy':
    case 'generateKey':
    case 'unwrap':
    case 'unwrapTwice':
      if (stays(request['template'])) return 'make';
      break;
    case 'generateKeyPair':
      if (stays(request['publicTemplate'], request['privateTemplate'])) return 'make';
      break;
    case 'set':
    case 'destroy':
      return 'change';
    case 'find':
    case 'findAndRead':
      return 'look';
    default:
  }
  const object = request['object'] as { readonly handle?: unknown } | undefined;
  return looksUp || (object !== undefined && object.handle === undefined) ? 'look' : 'use';
}
