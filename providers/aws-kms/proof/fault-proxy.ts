import { createFaultStation } from './fault-station.ts';
import type { FaultLog, FaultStationOptions } from './fault-station.ts';
import { forward } from './forward.ts';
import { give } from './give-answer.ts';
import { operationOf, parseKmsBody } from './kms-protocol.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

export type { SeenBody } from './fault-station.ts';

/** Options of {@link startFaultProxy}. */
export interface FaultProxyOptions extends FaultStationOptions {
  /** Address of the server behind it, `http://…`. */
  readonly upstream: string;
}

/** A proxy in front of a KMS server, which does to each request what its script says. */
export interface FaultProxy extends LoopbackServer, FaultLog {}

/**
 * Starts a proxy on a free port of 127.0.0.1. A connection has one request at a time on it, so that a cut hurts no other
 * one.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const upstream = new URL(options.upstream);
  const station = createFaultStation(options);
  const server = await startLoopbackServer(async (incoming, body, response) => {
    const viewed = { operation: operationOf(incoming.headers), body: parseKmsBody(body) };
    const answer = await station.pass(viewed, body, (octets) => forward(upstream, incoming, octets));
    if (answer === undefined) incoming.socket.destroy();
    else await give(response, answer);
  });
  return {
    ...server,
    get log() {
      return station.log;
    },
    get inFlight() {
      return station.inFlight;
    },
    restart: (script) => station.restart(script),
  };
}
