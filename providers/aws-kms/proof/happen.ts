import type { Fault, MadeAnswer } from './fault.ts';
import type { ForwardedAnswer } from './forward.ts';
import type { ScriptedRequest } from './fault-script.ts';
import type { StaleView, ViewedRequest } from './stale-view.ts';

/** What one request has come to. */
export interface Outcome {
  /** Whether the fault could be done: a stale answer may be unknown. */
  readonly applied: boolean;
  /** Whether the vault got the request. */
  readonly reached: boolean;
  /** What the client gets. Absent: the end of its connection. */
  readonly answer: GivenAnswer | undefined;
}

/** An answer, of which the client may get a half only. */
export interface GivenAnswer extends MadeAnswer {
  readonly half?: boolean | undefined;
}

/** What a fault needs to happen. */
export interface Happening {
  readonly request: ScriptedRequest;
  readonly viewed: ViewedRequest;
  readonly view: StaleView;
  readonly wait: ((request: ScriptedRequest) => Promise<void>) | undefined;
  /** Sends the request on, with another body where one is given. */
  send(octets?: Buffer): Promise<ForwardedAnswer>;
}

/** Lets a fault happen to a request. */
export async function happen(fault: Fault, happening: Happening): Promise<Outcome> {
  if (fault.gives === 'stale') return await happenStale(happening);
  const { request, wait, send } = happening;
  const { gives, waits, reaches: reached } = fault;
  if (waits !== undefined && wait === undefined) throw new TypeError('A slow fault needs a wait');
  if (waits === 'before') await wait?.(request);
  const answer = reached ? await send() : undefined;
  if (waits === 'after') await wait?.(request);
  if (gives === 'nothing') return { applied: true, reached, answer: undefined };
  if (typeof gives === 'object') return { applied: true, reached, answer: gives };
  if (answer === undefined) throw new TypeError('A request that does not reach the vault has no answer');
  return { applied: true, reached, answer: { ...answer, half: gives === 'half' } };
}

async function happenStale({ view, viewed, send }: Happening): Promise<Outcome> {
  const stale = view.stale(viewed);
  switch (stale.kind) {
    case 'made':
      return { applied: true, reached: false, answer: stale.answer };
    case 'instead':
      return { applied: true, reached: true, answer: await send(stale.body) };
    case 'changed': {
      const answer = await send();
      const body = stale.change(answer.body);
      return { applied: body !== answer.body, reached: true, answer: { ...answer, body } };
    }
    case 'unknown':
      return { applied: false, reached: true, answer: await send() };
  }
}
