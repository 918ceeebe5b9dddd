import type { IncomingMessage, ServerResponse } from 'node:http';
import { faults } from './fault.ts';
import type { Fault } from './fault.ts';
import type { FaultScript, ScriptedRequest } from './fault-script.ts';
import { forward } from './forward.ts';
import type { ForwardedAnswer } from './forward.ts';
import { give } from './give-answer.ts';
import { happen } from './happen.ts';
import type { Outcome } from './happen.ts';
import { operationOf, parseKmsBody } from './kms-protocol.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';
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

/** Options of {@link startFaultProxy}. */
export interface FaultProxyOptions {
  /** Address of the server behind it, `http://…`. */
  readonly upstream: string;
  /** Default: everything passes. */
  readonly script?: FaultScript | undefined;
  /** What a slow fault waits for. Its end is the test's to decide: the proxy has no timers. */
  readonly wait?: ((request: ScriptedRequest) => Promise<void>) | undefined;
  /** Receives every body that went to the server or came from it. The log keeps none of them. */
  readonly watchBodies?: ((seen: SeenBody) => void) | undefined;
}

/** A proxy in front of a KMS server, which does to each request what its script says. */
export interface FaultProxy extends LoopbackServer {
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

/**
 * Starts a proxy on a free port of 127.0.0.1. A connection has one request at a time on it, so that a cut hurts no other
 * one.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const view = createStaleView();
  let { script } = options;
  let log: LoggedRequest[] = [];
  let counter = createRequestCounter(view);

  const handle = async (incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> => {
    const viewed = { operation: operationOf(incoming.headers), body: parseKmsBody(body) };
    const arrived = counter.arrive(viewed);
    const send = (octets = body): Promise<ForwardedAnswer> => pass(incoming, octets, viewed);
    let outcome: Outcome = { applied: false, reached: false, answer: undefined };
    let failure: string | undefined;
    let name: LoggedRequest['fault'] = 'pass';
    try {
      const chosen = script?.(arrived.request) ?? 'pass';
      name = typeof chosen === 'string' ? chosen : 'own';
      const fault: Fault = typeof chosen === 'string' ? faults[chosen] : chosen;
      outcome = await happen(fault, { request: arrived.request, viewed, view, wait: options.wait, send });
    } catch (error) {
      failure = error instanceof Error ? error.message : 'failed';
    }
    const { applied, reached, answer } = outcome;
    log.push({ ...arrived.end(), fault: name, applied, reached, status: answer?.status, failure });
    if (answer === undefined) incoming.socket.destroy();
    else await give(response, answer);
  };

  const pass = async (
    incoming: IncomingMessage,
    octets: Buffer,
    viewed: ViewedRequest,
  ): Promise<ForwardedAnswer> => {
    const { operation } = viewed;
    options.watchBodies?.({ direction: 'request', operation, octets });
    const sentAt = view.moment;
    const answer = await forward(new URL(options.upstream), incoming, octets);
    view.saw(viewed, answer, sentAt);
    options.watchBodies?.({ direction: 'answer', operation, octets: answer.body });
    return answer;
  };

  const server = await startLoopbackServer(handle);
  return {
    ...server,
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
