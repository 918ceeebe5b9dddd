import type { Random } from './random.ts';

/** What parsers of text stumble over. */
const pieces: readonly string[] = [
  '',
  ' ',
  '\n',
  '\u0000',
  '%',
  '%00',
  '%2F',
  '%zz',
  '/',
  '//',
  '..',
  '/../',
  '?',
  '&',
  '#',
  '=',
  ':',
  '@',
  '\\',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '+',
  '-',
  '_',
  '.',
  '~',
  '0',
  '00',
  '-1',
  '1e9',
  '9'.repeat(30),
  'P',
  'T',
  'null',
  'true',
  '__proto__',
  'constructor',
  'keys',
  'deletedkeys',
  'rotationpolicy',
  '\u00e9',
  'e\u0301',
  '\u{1f511}',
  '\ud800',
  '\udc00',
  '\u2028',
  '\ufeff',
  '\u0130',
  'K',
  'A',
  'a',
  'Z',
];

/** Rarely a text grows very long: parsers must stay fast there too. */
const hugeLength = 100_000;

function once(random: Random, text: string, other: string): string {
  const at = random.below(text.length + 1);
  const length = random.below(Math.min(8, text.length - at + 1));
  const cut = text.slice(at, at + length);
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + Math.max(1, length));
    case 2:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at + Math.max(1, length));
    case 3:
      return text.slice(0, at) + cut + cut + text.slice(at + length);
    case 4:
      return text.slice(0, at);
    case 5:
      return (
        text.slice(0, at) +
        (random.chance(0.5) ? cut.toUpperCase() : cut.toLowerCase()) +
        text.slice(at + length)
      );
    case 6:
      return (
        text.slice(0, at) +
        String.fromCharCode((text.charCodeAt(at) || 64) ^ (1 << random.below(7))) +
        text.slice(at + 1)
      );
    case 7:
      return text.slice(0, at) + other.slice(random.below(other.length + 1));
    default:
      return random.chance(0.01)
        ? (cut === '' ? 'a' : cut).repeat(hugeLength) + text
        : [...text].toReversed().join('').slice(at) + text;
  }
}

/** Changes a text in one to three places; `other` is a second valid one to splice with. */
export function mutateText(random: Random, text: string, other: string): string {
  let changed = text;
  for (let round = random.between(1, 3); round > 0; round--) changed = once(random, changed, other);
  return changed;
}

/** Text without any plan. */
export function junkText(random: Random): string {
  const length = random.chance(0.002) ? hugeLength : random.below(60);
  if (random.chance(0.5)) return random.text(length, 'abcXYZ0189-._~:/?#[]@!$&\'()*+,;=%{}" ');
  return Array.from({ length: Math.min(length, 2000) }, () => String.fromCharCode(random.below(65_536))).join(
    '',
  );
}
