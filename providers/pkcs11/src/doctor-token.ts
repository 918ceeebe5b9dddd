import type { Finding } from './finding.ts';
import { tokenFlags } from './token/token-facts.ts';
import type { TokenFacts } from './token/token.ts';
import type { TokenMemory, TokenStanding } from './token/token-standing.ts';

/** CKS_ numbers: in a read-only session, and logged in as the user. */
const readOnlyStates: ReadonlySet<number> = new Set([0, 1]);
const userStates: ReadonlySet<number> = new Set([1, 3]);

/** Seconds that clocks may differ by. */
const maxSkew = 60;
/** A token that tells less has no such figure: NSS tells one octet. */
const leastMemory = 4096n;

type Look = (standing: TokenStanding, facts: TokenFacts, now: number) => readonly Finding[];

const pinFlags: readonly (readonly [flag: number, Finding])[] = [
  [
    tokenFlags.userPinLocked,
    {
      severity: 'error',
      what: 'pin-locked',
      message: 'The PIN is locked: what is logged in stays so, and nobody can log in any more',
      advice:
        'Have the security officer set a new PIN (C_InitPIN); do not close the vault before keys are safe',
    },
  ],
  [
    tokenFlags.userPinFinalTry,
    {
      severity: 'error',
      what: 'pin-final-try',
      message: 'Wrong PINs were given to the token: one more and the PIN is locked',
      advice:
        'Find out who gives a wrong PIN, stop it, then log in once with the right one, which counts anew',
    },
  ],
  [
    tokenFlags.userPinCountLow,
    {
      severity: 'warning',
      what: 'pin-count-low',
      message: 'A wrong PIN was given to the token since somebody last logged in with the right one',
      advice: 'Find out who gives a wrong PIN before the token locks it; the next right login counts anew',
    },
  ],
  [
    tokenFlags.userPinToBeChanged,
    {
      severity: 'warning',
      what: 'pin-to-be-changed',
      message: 'The token wants its PIN changed: it is the initial one, or has expired',
      advice: "Change it with the vendor's tool, and then where this vault takes it from",
    },
  ],
];

/** The gravest of the three that count wrong PINs, and whether it is to be changed. */
const lookAtPin: Look = ({ flags }) => {
  const set = pinFlags.filter(([flag]) => (flags & flag) !== 0).map(([, finding]) => finding);
  const [counted] = set.filter(({ what }) => what !== 'pin-to-be-changed');
  return [
    ...(counted === undefined ? [] : [counted]),
    ...set.filter(({ what }) => what === 'pin-to-be-changed'),
  ];
};

const lookAtState: Look = ({ flags, sessionState }) => {
  const findings: Finding[] = [];
  if (flags & tokenFlags.errorState) {
    findings.push({
      severity: 'error',
      what: 'token-failed',
      message: 'The token says of itself that it is in an error state: a self-test has failed',
      advice: "Ask its vendor's tool why; it may have to be started anew, or replaced",
    });
  }
  if ((flags & tokenFlags.loginRequired) === 0) {
    findings.push({
      severity: 'warning',
      what: 'login-not-required',
      message: 'The token asks nobody for a PIN: whoever can load the library can use its keys',
      advice: 'Give it a PIN, and this vault the option pin or pinFile',
    });
  } else if (!userStates.has(sessionState)) {
    findings.push({
      severity: 'warning',
      what: 'logged-out',
      message: 'Something in this process has logged out of the token',
      advice:
        'The next operation logs in again; find what else here uses the module, and let it not call C_Logout',
    });
  }
  if (flags & tokenFlags.writeProtected || readOnlyStates.has(sessionState)) {
    findings.push({
      severity: 'warning',
      what: 'read-only',
      message: 'The token is write-protected: keys can be used, and neither made nor changed',
      advice: "Lift the protection with the vendor's tool, where keys are to be made",
    });
  }
  return findings;
};

function lookAtMemoryOf(which: 'public' | 'private', { total, free }: TokenMemory): readonly Finding[] {
  if (total === undefined || free === undefined || total < leastMemory || free * 10n >= total) return [];
  return [
    {
      severity: free * 100n < total ? 'error' : 'warning',
      what: 'memory-low',
      message: `Of the room for ${which} objects ${free} octets are free, of ${total}`,
      advice: 'Purge deleted keys (purgeDueKeys), remove what others left, or keep the records in a file',
    },
  ];
}

const lookAtMemory: Look = ({ publicMemory, privateMemory }) => [
  ...lookAtMemoryOf('public', publicMemory),
  ...lookAtMemoryOf('private', privateMemory),
];

const lookAtSessions: Look = ({ sessions, sessionLimit }) =>
  sessions === undefined || sessionLimit === undefined || sessions < sessionLimit
    ? []
    : [
        {
          severity: 'warning',
          what: 'sessions-used-up',
          message: `All ${sessionLimit} sessions that this process may have are open`,
          advice: 'Lower the option workers, or close what else here uses the token',
        },
      ];

/** Seconds since 1970 of a token's clock; undefined for what is no time. */
function secondsOf(utcTime: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(utcTime) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time / 1000;
}

const lookAtClock: Look = ({ utcTime }, _facts, now) => {
  if (utcTime === undefined) return [];
  const time = secondsOf(utcTime);
  if (time !== undefined && Math.abs(time - now) <= maxSkew) return [];
  const differs = time === undefined ? 'shows no time' : `differs by ${Math.round(Math.abs(time - now))} s`;
  return [
    {
      severity: 'warning',
      what: 'clock-skew',
      message: `The clock of the token ${differs} from that of this machine`,
      advice:
        'Dates of keys go by this machine: set the clock that is wrong. What the token writes into its log has its own',
    },
  ];
};

/** What makes a token another one. */
const identity = ['label', 'serial', 'manufacturer', 'model', 'firmware'] as const;

const lookAtIdentity: Look = (standing, facts) =>
  identity
    .filter((member) => standing[member] !== facts[member])
    .map((member): Finding => ({
      severity: 'error',
      what: 'token-changed',
      message: `The ${member} of the token is another one than when the vault was opened`,
      advice:
        'Close the vault and open it anew: its keys are looked for, and what the token can do is tried again',
    }));

const looks: readonly Look[] = [
  lookAtIdentity,
  lookAtState,
  lookAtPin,
  lookAtMemory,
  lookAtSessions,
  lookAtClock,
];

/**
 * What is wrong with the token itself.
 *
 * @param now Seconds since 1970.
 */
export function findInToken(standing: TokenStanding, facts: TokenFacts, now: number): readonly Finding[] {
  return looks.flatMap((look) => look(standing, facts, now));
}
