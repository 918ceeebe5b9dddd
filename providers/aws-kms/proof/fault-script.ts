import type { Fault, FaultName } from './fault.ts';

/** What a script knows of a request. Bodies are not part of it. */
export interface ScriptedRequest {
  /** Number of the request, from 1. */
  readonly index: number;
  /** Empty for a request that is none of KMS. */
  readonly operation: string;
  /** Number among the requests of the same operation, from 1. */
  readonly nth: number;
  /** Keys and aliases that it names, without their ARNs. */
  readonly names: readonly string[];
  /** How many requests about the same key or alias came since it was last written through the proxy; absent where it never was. */
  readonly sinceWrite: number | undefined;
}

/** Says what becomes of a request: the name of a fault, one of its own, or nothing, which lets it pass. */
export type FaultScript = (request: ScriptedRequest) => FaultName | Fault | undefined;

/** One fault, at the n-th request of an operation. */
export function onNth(operation: string, nth: number, fault: FaultName | Fault): FaultScript {
  return (request) => (request.operation === operation && request.nth === nth ? fault : undefined);
}

/** One fault, at the request of this number. */
export function onIndex(index: number, fault: FaultName | Fault): FaultScript {
  return (request) => (request.index === index ? fault : undefined);
}

/** One fault at every request of an operation: a permission that is lacking, for example. */
export function onEvery(operation: string, fault: FaultName | Fault): FaultScript {
  return (request) => (request.operation === operation ? fault : undefined);
}

/** From the request of this number on, the same fault for all: a vault that has gone away. */
export function fromIndex(index: number, fault: FaultName | Fault): FaultScript {
  return (request) => (request.index >= index ? fault : undefined);
}

/**
 * Eventual consistency: after each write, the next requests about the same key or alias see what was there before. A new
 * key is not found, an alias points to its former key.
 *
 * @param requests How many requests after each write.
 */
export function lagging(requests: number): FaultScript {
  return ({ sinceWrite }) => (sinceWrite !== undefined && sinceWrite < requests ? 'stale' : undefined);
}

/** The first script that has something to say decides. */
export function firstOf(...scripts: readonly FaultScript[]): FaultScript {
  return (request) => {
    for (const script of scripts) {
      const fault = script(request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}
