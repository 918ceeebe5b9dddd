import { openToken } from '../src/token/open-token.ts';
import type { Token } from '../src/token/token.ts';
import { nssToken, softHsmToken } from './fixtures/soft-tokens.ts';

/** The two libraries that everything here is tried on. */
export const libraries = ['softhsm2', 'nss'] as const;

/** One of {@link libraries}. */
export type Library = (typeof libraries)[number];

const opened = new Map<Library, Promise<Token>>();

async function open(library: Library): Promise<Token> {
  const { module, libraryParameters, label, pin } = await (library === 'nss' ? nssToken() : softHsmToken());
  return openToken({
    module,
    libraryParameters,
    label,
    pin: () => Promise.resolve(Uint8Array.from(Buffer.from(pin))),
    workers: 2,
  });
}

/** The token of this process in a library, open. */
export function tokenOf(library: Library): Promise<Token> {
  let token = opened.get(library);
  if (token === undefined) opened.set(library, (token = open(library)));
  return token;
}

/** Closes what was opened. */
export async function closeTokens(): Promise<void> {
  for (const token of opened.values()) await (await token).close();
  opened.clear();
}

/** The limits of a call that nobody aborts. */
export const testCall = (): {
  readonly signal: AbortSignal;
  readonly deadline: number;
  readonly now: number;
  readonly requestId: undefined;
} => ({
  signal: new AbortController().signal,
  deadline: Date.now() + 60_000,
  now: Math.floor(Date.now() / 1000),
  requestId: undefined,
});
