import { faults } from './fault.ts';
import type { Fault } from './fault.ts';
import type { FaultScript, ScriptedRequest } from './fault-script.ts';
import type { ForwardedAnswer } from './forward.ts';
import { happen } from './happen.ts';
import type { GivenAnswer, Outcome } from './happen.ts';
import { createRequestCounter } from './request-counter.ts';
import type { LoggedRequest } from './request-log.ts';
import { createStaleView } from './stale-view.ts';
import type { ViewedRequest } from './stale-view.ts';

/** Octets of a request or an answer, for whoever looks for secrets in them. */
export interface SeenBody {
  readonly direction: 'request' | 'answer';
  readonly operation: string;
  readonly octets: Buffer;
}

/** What is done to requests, however they come and wherever they go. */
export interface FaultStationOptions {
  /** Default: everything passes. */
  readonly script?: FaultScript | undefined;
  /** What a slow fault waits for. Its end is the test's to decide: there are no timers here. */
  readonly wait?: ((request: ScriptedRequest) => Promise<void>) | undefined;
  /** Receives every body that went to the server or came from it. The log keeps none of them. */
  readonly watchBodies?: ((seen: SeenBody) => void) | undefined;
}

/** What can be asked of a station while requests come by. */
export interface FaultLog {
  /** The requests that have ended since the last start, in the order of their arrival. */
  readonly log: readonly LoggedRequest[];
  /** Requests on their way now. */
  readonly inFlight: number;
  /**
   * Begins to count and to log anew, with another script. What was written before stays known, so that it can still be
   * stale.
   *
   * @throws Error while a request is on its way.
   */
  restart(script?: FaultScript): void;
}

/** Does to each request what its script says. */
export interface FaultStation extends FaultLog {
  /** Gives what the client gets; nothing where its connection is to end. */
  pass(
    viewed: ViewedRequest,
    octets: Buffer,
    send: (octets: Buffer) => Promise<ForwardedAnswer>,
  ): Promise<GivenAnswer | undefined>;
}

/** Makes a station that has seen nothing yet. */
export function createFaultStation(options: FaultStationOptions): FaultStation {
  const view = createStaleView();
  let { script } = options;
  let log: LoggedRequest[] = [];
  let counter = createRequestCounter(view);
  const watched = async (
    viewed: ViewedRequest,
    octets: Buffer,
    send: (octets: Buffer) => Promise<ForwardedAnswer>,
  ): Promise<ForwardedAnswer> => {
    const { operation } = viewed;
    options.watchBodies?.({ direction: 'request', operation, octets });
    const sentAt = view.moment;
    const answer = await send(octets);
    view.saw(viewed, answer, sentAt);
    options.watchBodies?.({ direction: 'answer', operation, octets: answer.body });
    return answer;
  };
  return {
    async pass(viewed, whole, send) {
      const arrived = counter.arrive(viewed);
      let outcome: Outcome = { applied: false, reached: false, answer: undefined };
      let failure: string | undefined;
      let name: LoggedRequest['fault'] = 'pass';
      try {
        const chosen = script?.(arrived.request) ?? 'pass';
        name = typeof chosen === 'string' ? chosen : 'own';
        const fault: Fault = typeof chosen === 'string' ? faults[chosen] : chosen;
        outcome = await happen(fault, {
          request: arrived.request,
          viewed,
          view,
          wait: options.wait,
          send: (octets = whole) => watched(viewed, octets, send),
        });
      } catch (error) {
        failure = error instanceof Error ? error.message : 'failed';
      }
      const { applied, reached, answer } = outcome;
      log.push({ ...arrived.end(), fault: name, applied, reached, status: answer?.status, failure });
      return answer;
    },
    get log() {
      return log.toSorted((one, other) => one.index - other.index);
    },
    get inFlight() {
      return counter.inFlight;
    },
    restart(next) {
      if (counter.inFlight > 0) throw new Error(`${counter.inFlight} requests are on their way`);
      script = next;
      log = [];
      counter = createRequestCounter(view);
    },
  };
}
