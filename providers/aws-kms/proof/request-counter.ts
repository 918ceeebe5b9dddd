import type { ScriptedRequest } from './fault-script.ts';
import type { LoggedRequest } from './request-log.ts';
import type { StaleView, ViewedRequest } from './stale-view.ts';

/** A request that has come and not ended. */
interface ArrivedRequest {
  readonly request: ScriptedRequest;
  /** Tells that it has ended, and gives its part of the log. */
  end(): ScriptedRequest & Pick<LoggedRequest, 'at' | 'took' | 'inFlight'>;
}

/** Numbers requests as they come. */
export interface RequestCounter {
  readonly inFlight: number;
  arrive(viewed: ViewedRequest): ArrivedRequest;
}

/** Makes a counter that begins at 1, and its time now. */
export function createRequestCounter(view: StaleView): RequestCounter {
  const started = performance.now();
  const nths = new Map<string, number>();
  let index = 0;
  let inFlight = 0;
  return {
    get inFlight() {
      return inFlight;
    },
    arrive(viewed) {
      const { operation } = viewed;
      const nth = (nths.get(operation) ?? 0) + 1;
      nths.set(operation, nth);
      const request = {
        index: ++index,
        operation,
        nth,
        names: view.names(viewed),
        sinceWrite: view.count(viewed),
      };
      const at = performance.now() - started;
      const among = ++inFlight;
      return {
        request,
        end() {
          inFlight--;
          return { ...request, at, took: performance.now() - started - at, inFlight: among };
        },
      };
    },
  };
}
