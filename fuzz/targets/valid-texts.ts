import type { Random } from '../random.ts';

const small = 'abcdefghijklmnopqrstuvwxyz0123456789';
const inner = `${small}-`;
const unreserved = `${small}ABCDEFGHIJKLMNOPQRSTUVWXYZ._~-`;

/** A portable key name. */
export function validName(random: Random): string {
  const length = random.pick([1, 2, 3, 8, 20, 62, 63]);
  if (length === 1) return random.text(1, small);
  return random.text(1, small) + random.text(length - 2, inner) + random.text(1, small);
}

/** A version. */
export function validVersion(random: Random): string {
  return random.text(1, small) + random.text(random.pick([0, 1, 31, 126]), unreserved);
}

/** The identity of a vault. */
export function validVaultUri(random: Random): string {
  return random.pick([
    `local:${random.text(32, '0123456789abcdef')}`,
    `https://${validName(random)}.vault.azure.net`,
    `awskms:aws:eu-west-1:${random.text(12, '0123456789')}:payments`,
    `gcpkms://projects/p-${random.text(3, small)}/locations/l/keyRings/r`,
    `pkcs11:m=Soft%20HSM;s=${random.text(8, small)}`,
  ]);
}

/** An ISO 8601 duration. */
export function validDuration(random: Random): string {
  if (random.chance(0.15)) return `P${random.between(1, 500)}W`;
  const amount = (unit: string): string => (random.chance(0.5) ? `${random.between(0, 90)}${unit}` : '');
  const date = amount('Y') + amount('M') + amount('D');
  const time = amount('H') + amount('M') + amount('S');
  if (date === '' && time === '') return `P${random.between(1, 400)}D`;
  return time === '' ? `P${date}` : `P${date}T${time}`;
}

/** An ISO 8601 duration that is longer than nothing, and at most `days` long. */
export function positiveDuration(random: Random, days: number): string {
  return random.pick([`P${random.between(1, days)}D`, `PT${random.between(1, days * 24)}H`]);
}

const textPieces = [
  'a',
  'Z',
  '0',
  ' ',
  '-',
  'é',
  'ß',
  '\u{1f511}',
  '漢',
  '"',
  '\\',
  '\u0000',
  '\n',
  '/',
  '\u007f',
  '\u2028',
] as const;

/** Well-formed text of at most `length` code points. */
export function validText(random: Random, length: number): string {
  return Array.from({ length: random.below(length + 1) }, () => random.pick(textPieces)).join('');
}

/** Tags that every vault takes. */
export function validTags(random: Random): Record<string, string> {
  const entries = Array.from({ length: random.below(11) }, (_, index): [string, string] => [
    random.pick(['a', 'x-', 'team_']) + random.text(random.below(20), inner) + String(index),
    validText(random, 40),
  ]);
  return Object.fromEntries(entries);
}
