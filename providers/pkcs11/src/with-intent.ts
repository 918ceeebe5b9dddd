import type { FlowStep } from '@keyway/core/driver';
import type { Intent, IntentFlow } from './records/intents.ts';
import type { Pkcs11Vault } from './vault.ts';

/** What a flow knows of its own intent. */
export interface WithIntent {
  readonly intent?: Intent | undefined;
}

/** The intent of one run of a flow, from its first step to its last. */
export interface IntentSteps<State extends WithIntent> {
  readonly begin: FlowStep<State>;
  readonly forget: FlowStep<State>;
  /** Keeps the intent whatever becomes of the flow: something that was begun may still come to an end. */
  keep(): void;
  /** To be called when the run is over, however it ended. */
  leave(): void;
}

/** Makes the first and the last step of a flow that may leave something behind. */
export function intentSteps<State extends WithIntent>(
  { intents }: Pick<Pkcs11Vault, 'intents'>,
  flow: IntentFlow,
  name: string,
  versions: readonly string[],
): IntentSteps<State> {
  let begun: Intent | undefined;
  let kept = false;
  return {
    begin: {
      name: 'intent',
      async run(state, call) {
        begun = await intents.begin({ flow, name, versions }, call);
        return { ...state, intent: begun };
      },
      async undo({ intent }, call) {
        if (intent !== undefined && !kept) await intents.forget(intent, call);
      },
    },
    forget: {
      name: 'forget',
      async run(state, call) {
        if (state.intent !== undefined) await intents.forget(state.intent, call);
        return { ...state, intent: undefined };
      },
    },
    keep() {
      kept = true;
    },
    leave() {
      if (begun !== undefined) intents.leave(begun);
    },
  };
}
