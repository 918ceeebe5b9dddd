import { knownAnswers } from '../conformance/src/vectors/known-answers.ts';

/** Something that may appear in no output, no error and no file. */
export interface Canary {
  /** Said where it was found, in place of the secret. */
  readonly name: string;
  readonly secret: Uint8Array;
}

/** A place where a canary was found. */
export interface Sighting {
  readonly canary: string;
  readonly form: string;
}

/** Makes a canary of a secret text. */
export function textCanary(name: string, text: string): Canary {
  return { name, secret: new TextEncoder().encode(text) };
}

/** Fewer octets than this are found by chance. */
const shortest = 8;

/** How many octets of a long secret are looked for in the forms that write each octet as a number. */
const longestList = 16;

/** Base64 of octets that stand anywhere in longer ones: all three ways to cut them into groups, inner characters only. */
function base64Forms(secret: Uint8Array): readonly (readonly [form: string, text: string])[] {
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .replace(/=+$/, '');
    const incomplete = (before + secret.length) % 3 === 0 ? 0 : 1;
    const inner = all.slice([0, 2, 3][before], all.length - incomplete);
    return [
      ['base64', inner],
      ['base64url', inner.replaceAll('+', '-').replaceAll('/', '_')],
    ] as const;
  });
}

/** Every form in which octets are written by mistake. Texts are looked for without white space, lists in their beginning. */
function formsOf({ secret }: Canary): readonly (readonly [form: string, text: string])[] {
  const hex = Buffer.from(secret).toString('hex');
  const beginning = [...secret.subarray(0, longestList)];
  const text = new TextDecoder().decode(secret);
  return [
    ['text', text.replace(/\s+/g, '')],
    ['escaped text', JSON.stringify(text).slice(1, -1).replace(/\s+/g, '')],
    ['percent-encoded text', text.isWellFormed() ? encodeURIComponent(text) : text],
    ['hexadecimal', hex],
    ['HEXADECIMAL', hex.toUpperCase()],
    ['list of octets', beginning.join(',')],
    ['members of octets', beginning.map((octet, index) => `"${index}":${octet}`).join(',')],
    ...base64Forms(secret),
  ];
}

/** What is secret whoever made it: a private key in a form that is written by a program. */
const privateKeys: readonly (readonly [form: string, pattern: RegExp])[] = [
  ['PEM', /-----BEGIN(?:[A-Z]+)?PRIVATEKEY-----[A-Za-z0-9+/]{16}/],
  ['JWK', /"(?:d|dp|dq|qi|priv|k)":"[A-Za-z0-9_-]{20,}"/],
  ['inspected JWK', /\b(?:d|dp|dq|qi|priv|k):'[A-Za-z0-9_-]{20,}'/],
];

/** Finds canaries, and private keys of anybody's, in a text. */
export function findCanaries(text: string, canaries: readonly Canary[]): readonly Sighting[] {
  const dense = text.replace(/\s+/g, '');
  const found = canaries.flatMap((canary) => {
    if (canary.secret.length < shortest) throw new TypeError(`The canary ${canary.name} is too short`);
    return formsOf(canary)
      .filter(([, form]) => dense.includes(form))
      .map(([form]) => ({ canary: canary.name, form }));
  });
  const keys = privateKeys
    .filter(([, pattern]) => pattern.test(dense))
    .map(([form]) => ({ canary: 'a private key', form }));
  return [...found, ...keys];
}

/** Finds canaries in the octets of a file, as octets and in every form of a text. */
export function findCanariesInOctets(octets: Uint8Array, canaries: readonly Canary[]): readonly Sighting[] {
  const file = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const plain = canaries.filter(({ secret }) => file.includes(Buffer.from(secret)));
  return [
    ...plain.map(({ name }) => ({ canary: name, form: 'octets' })),
    ...findCanaries(file.toString('latin1'), canaries),
  ];
}

/** Secret texts that tests use, each long and odd enough to be nowhere by chance. */
const testTexts: readonly string[] = [
  'canary-passphrase-81723',
  'canary-passphrase-55120',
  'canary-passphrase-90417',
  'canary-passphrase-wrong-33871',
  'canary-backup-passphrase-20385',
  'canary-plaintext-67120',
  'canary-7c1e',
  'canary-0b5c9f',
  'canary-claim-67012',
  'canary-octets-of-a-key-file-0123',
  'canary-aws-secret-key-40917',
];

/** Members of a JWK that are secret. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'] as const;

/** The private keys of published test vectors, which the suite uses. Those that count up from zero are no canaries. */
function vectorCanaries(): readonly Canary[] {
  const found = new Map<string, Canary>();
  for (const { id, key } of knownAnswers) {
    for (const member of privateMembers) {
      const text = key[member];
      if (text === undefined) continue;
      const secret = Uint8Array.from(Buffer.from(text, 'base64url'));
      const plain = secret.every((octet, index) => octet === (secret[0] ?? 0) + index || octet === 0);
      if (!plain && secret.length >= shortest) found.set(text, { name: `${member} of ${id}`, secret });
    }
  }
  return [...found.values()];
}

/** What may appear in no output of any part of the tests. */
export const canaries: readonly Canary[] = [
  ...testTexts.map((text) => textCanary(text, text)),
  ...vectorCanaries(),
];
