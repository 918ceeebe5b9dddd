import { invalidArgument } from '@keyway/core/driver';

/** Every text in valid JSON, with the colon behind it where it is the name of a member. */
const texts = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** The members in all objects within a value. Not recursive: the value may be nested as deep as its text is long. */
function countMembers(value: unknown): number {
  const waiting: unknown[] = [value];
  let count = 0;
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const members: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += members.length;
    for (const member of members) waiting.push(member);
  }
  return count;
}

/**
 * Reads UTF-8 JSON that has one meaning only: no byte order mark, no octets that are no UTF-8, no member twice in an
 * object, of which other readers take the first or the last. The caller bounds its length.
 *
 * @throws ERR_INVALID_ARGUMENT without a word of what was read.
 */
export function parseStrictJson(octets: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    value = JSON.parse(text);
  } catch {
    throw invalidArgument('The octets are no UTF-8 JSON');
  }
  const names = [...text.matchAll(texts)].filter((match) => match[1] !== undefined).length;
  if (names !== countMembers(value)) throw invalidArgument('The JSON has a member twice');
  return value;
}
