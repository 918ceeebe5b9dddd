import type { KmsClient } from '../../src/client.ts';
import type { FaultStation } from '../fault-station.ts';
import type { GivenAnswer } from '../happen.ts';
import { fromWire, toWire } from './own-server.ts';
import type { OwnServer } from './own-server.ts';

interface CallOptions {
  readonly abortSignal?: AbortSignal | undefined;
}

const hungUp = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** An error of the service, as the SDK makes it of an answer. */
function serviceError({ status, headers, body }: GivenAnswer): Error {
  const { __type, message } = JSON.parse(body.toString()) as { __type: string; message: string };
  return Object.assign(new Error(message), {
    name: __type,
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers: headers ?? {} },
  });
}

function received(answer: GivenAnswer | undefined): object {
  if (answer === undefined || answer.half === true) throw hungUp();
  if (answer.status !== 200) throw serviceError(answer);
  return fromWire(answer.body);
}

const abortError = (): Error => Object.assign(new Error('Request aborted'), { name: 'AbortError' });

/** Ends where the signal fires; the request goes on without its caller, as one on the wire does. */
async function unlessAborted<Result>(
  running: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return running;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(abortError());
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * A client as the SDK's would be, in front of a KMS in this process, with a station of faults between them. A cut and half
 * an answer end as the end of a connection does; errors have the members that the SDK gives them.
 */
export function createDirectClient({ answer, methods }: OwnServer, station?: FaultStation): KmsClient {
  const calls = methods.map((method) => {
    const operation = method.charAt(0).toUpperCase() + method.slice(1);
    const send = (octets: Buffer): ReturnType<OwnServer['answer']> => answer(operation, octets);
    const call = async (input: object, options: CallOptions = {}): Promise<object> => {
      if (options.abortSignal?.aborted === true) throw abortError();
      const octets = toWire(input);
      const body = JSON.parse(octets.toString()) as Readonly<Record<string, unknown>>;
      const passing: Promise<GivenAnswer | undefined> =
        station?.pass({ operation, body }, octets, send) ?? send(octets);
      return received(await unlessAborted(passing, options.abortSignal));
    };
    return [method, call] as const;
  });
  return Object.fromEntries(calls) as object as KmsClient;
}
