import { renameSync, writeFileSync } from 'node:fs';

/** What the fault module does to a call. */
export type FaultAction =
  /** Gives this return value: before, in place of the call; after, although it was done. */
  | { readonly do: 'fail'; readonly ckr: number }
  | { readonly do: 'delay'; readonly milliseconds: number }
  /** Gives no answer until the script changes. A call that was held before it was done is then not done. */
  | { readonly do: 'hang' }
  /**
   * Flips the lowest bit of an octet of what the call gives: its octets, handle, attribute or serial number. Octets behind
   * the 16 of the serial number are those that follow it in CK_TOKEN_INFO: see `tokenInfoOctets`.
   */
  | { readonly do: 'flip'; readonly octet?: number | undefined }
  /** `kill -9` of the process. */
  | { readonly do: 'kill' }
  /** A segmentation fault, which takes the process with it. */
  | { readonly do: 'crash' }
  /** The calling thread is gone and tells nobody; the others go on. */
  | { readonly do: 'vanish' };

/** Octets of CK_TOKEN_INFO, for C_GetTokenInfo, where CK_ULONG has 8 octets and the lowest comes first. */
export const tokenInfoOctets = { pinCountLow: 18, firmwareMinor: 107 } as const;

/** Which calls something happens to. */
export interface Fault {
  /** A function such as `C_Sign`, `*` for all, or `session` for all that have a session as their first argument. */
  readonly function: string;
  readonly when: 'before' | 'after';
  /**
   * Counted from 1 since the script was written: the n-th call, those `from` one `to` another or on, or each with a
   * probability, the same ones for the same seed. Default: every call.
   */
  readonly calls?:
    | number
    | { readonly from: number; readonly to?: number | undefined }
    | { readonly probability: number; readonly seed: number }
    | undefined;
  readonly action: FaultAction;
}

const callsText = (calls: Fault['calls'] = { from: 1 }): string => {
  if (typeof calls === 'number') return String(calls);
  if ('probability' in calls) return `p${calls.probability.toFixed(9)}/${calls.seed}`;
  return calls.to === undefined ? `${calls.from}+` : `${calls.from}-${calls.to}`;
};

function argumentOf(action: FaultAction): string {
  if (action.do === 'fail') return String(action.ckr);
  if (action.do === 'delay') return String(Math.round(action.milliseconds * 1000));
  return action.do === 'flip' && action.octet !== undefined ? String(action.octet) : '';
}

function lineOf({ function: name, when, calls, action }: Fault): string {
  if (!/^(?:\*|session|C_[A-Za-z]{1,29})$/.test(name)) throw new TypeError(`There is no function ${name}`);
  if (action.do === 'flip' && when === 'before')
    throw new TypeError('Only what a call has given can be flipped');
  return [name, when, callsText(calls), action.do, argumentOf(action)].join(' ').trim();
}

/** Writes a script, whole or not at all. It holds from the next call on, and all calls are counted anew. */
export function writeFaultScript(file: string, faults: readonly Fault[]): void {
  writeFileSync(`${file}.new`, `${faults.map(lineOf).join('\n')}\n`);
  renameSync(`${file}.new`, file);
}
