import type { JobAnswer, JobName, JobRequest } from '../src/token/jobs.ts';
import type { MechanismFacts, Token } from '../src/token/token.ts';
import type { JobCall } from '../src/token/token.ts';

/** What a job is asked and answers, whichever it is. */
export type Change = <Name extends JobName>(
  name: Name,
  request: JobRequest<Name>,
  run: () => Promise<JobAnswer<Name>>,
) => Promise<JobAnswer<Name>>;

/** A token that does what a real one does, but for what `change` makes of it. */
export function changedToken(token: Token, change: Change, listed: readonly number[] = []): Token {
  const facts: MechanismFacts = { flags: 0, minKeySize: 0, maxKeySize: 8192 };
  const mechanisms = new Map([
    ...token.facts.mechanisms,
    ...listed.map((number) => [number, facts] as const),
  ]);
  return {
    facts: { ...token.facts, mechanisms },
    run: <Name extends JobName>(
      name: Name,
      request: JobRequest<Name>,
      call: JobCall,
    ): Promise<JobAnswer<Name>> => change(name, request, () => token.run(name, request, call)),
    forget: (locator) => token.forget(locator),
    close: () => Promise.resolve(),
  };
}
