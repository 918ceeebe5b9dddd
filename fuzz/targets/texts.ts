import { isDeepStrictEqual } from 'node:util';
import { createPoller, parsePollerState } from '../../packages/core/src/create-poller.ts';
import { decodeBase64Url, encodeBase64Url } from '../../packages/core/src/base64url.ts';
import { compareDurations, parseDuration } from '../../packages/core/src/duration.ts';
import { formatPageToken, parsePageToken } from '../../packages/core/src/page-token.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validDuration, validName, validText } from './valid-texts.ts';

const unitSeconds: Readonly<Record<string, number>> = { Y: 31_536_000, W: 604_800, D: 86_400, H: 3600, S: 1 };

/** Adds a duration up without a grammar: the second opinion. */
function secondsOf(text: string): number {
  const [date = '', time = ''] = text.slice(1).split('T');
  const sum = (part: string, month: number): number =>
    [...part.matchAll(/(\d+)([A-Z])/g)].reduce(
      (total, [, amount, unit]) =>
        total + Number(amount) * (unit === 'M' ? month : (unitSeconds[unit ?? ''] ?? 0)),
      0,
    );
  return sum(date, 2_592_000) + sum(time, 60);
}

const durations = defineTarget<string>({
  name: 'durations',
  sources: ['packages/core/src/duration.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validDuration,
  mutate: mutateText,
  junk: junkText,
  parse(text) {
    const { text: kept, seconds } = parseDuration(text);
    roundTrip(kept === text, 'the text is not kept');
    roundTrip(Number.isSafeInteger(seconds) && seconds === secondsOf(text), 'the seconds do not add up');
    return roundTrip(
      compareDurations(text, `PT${seconds}S`.slice(0, 14)) === 0,
      'it does not equal itself in seconds',
    );
  },
});

const scope = { vaultUri: 'local:0123456789abcdef', list: 'versions/payments' } as const;
const foreignScopes = [
  { ...scope, list: 'keys' },
  { ...scope, vaultUri: 'local:other' },
] as const;

const pageTokens = defineTarget<string>({
  name: 'page-tokens',
  sources: ['packages/core/src/page-token.ts', 'packages/core/src/base64url.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => formatPageToken(scope, validText(random, 60)),
  mutate: mutateText,
  junk: (random) =>
    random.chance(0.5) ? Buffer.from(junkText(random)).toString('base64url') : junkText(random),
  parse(token) {
    const next = parsePageToken(scope, token);
    for (const foreign of foreignScopes) {
      let taken: string | undefined;
      try {
        taken = parsePageToken(foreign, token);
      } catch {
        taken = undefined;
      }
      roundTrip(taken === undefined, 'a foreign token was taken');
    }
    return roundTrip(formatPageToken(scope, next) === token, 'the token formats to another text');
  },
});

const pollerScope = {
  operation: 'beginDeleteKey',
  vaultUri: 'local:0123456789abcdef',
  name: 'payments',
} as const;

function pollerText(options: Readonly<Record<string, boolean | number | string>>): string {
  return createPoller<string>({
    ...pollerScope,
    options,
    poll: () => Promise.resolve(undefined),
    sleep: () => Promise.resolve(),
    random: () => 0,
  }).toString();
}

const pollerStates = defineTarget<string>({
  name: 'poller-states',
  sources: ['packages/core/src/create-poller.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid(random) {
    const options: Record<string, boolean | number | string> = {};
    if (random.chance(0.5)) options['allowPartial'] = random.chance(0.5);
    if (random.chance(0.3))
      options[validName(random)] = random.pick([0, 1, -5, 2 ** 40, validText(random, 10)]);
    return pollerText(options);
  },
  mutate: mutateText,
  junk: (random) =>
    random.chance(0.5) ? Buffer.from(junkText(random)).toString('base64url') : junkText(random),
  parse(text) {
    const options = parsePollerState(text, pollerScope);
    return roundTrip(pollerText(options) === text, 'the options format to another text');
  },
});

const base64url = defineTarget<string>({
  name: 'base64url',
  sources: ['packages/core/src/base64url.ts'],
  refusals: [],
  valid: (random) => Buffer.from(random.bytes(random.below(80))).toString('base64url'),
  mutate: mutateText,
  junk: junkText,
  parse(text) {
    const octets = decodeBase64Url(text);
    const strict =
      /^[A-Za-z0-9_-]*$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
    roundTrip((octets !== undefined) === strict, 'strictness differs from the second opinion');
    if (octets === undefined) return false;
    roundTrip(isDeepStrictEqual(Buffer.from(octets), Buffer.from(text, 'base64url')), 'other octets');
    return roundTrip(encodeBase64Url(octets) === text, 'it encodes to another text');
  },
});

/** Parsers of texts that callers keep. */
export const textTargets: readonly FuzzTarget[] = [durations, pageTokens, pollerStates, base64url];
