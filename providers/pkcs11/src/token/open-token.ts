import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { invalidArgument, KeyManagerError } from '@keyway/core/driver';
import { inTurn, sharedModule } from './module-registry.ts';
import { OpenedToken } from './opened-token.ts';
import { PinLogin } from './pin-login.ts';
import type { Token, TokenFacts, TokenLocation } from './token.ts';
import type { TokenIdentity } from './wire.ts';

const defaultQueue = 4_096;
const defaultOpenTimeout = 30_000;
const maxWorkers = 256;

async function modulePath(path: unknown): Promise<string> {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw invalidArgument('The module must be the path of a PKCS#11 library');
  try {
    return await realpath(path);
  } catch (cause) {
    throw invalidArgument(`There is no PKCS#11 module at ${path}`, { cause });
  }
}

function count(value: number | undefined, name: string, fallback: number, max: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw invalidArgument(`${name} must be a whole number from 1 to ${max}`);
  return value;
}

/** Workers, of which one session more is needed for a moment when one is closed after an error. */
function workersFor(wanted: number, { sessionLimit }: TokenFacts): number {
  return sessionLimit === undefined ? wanted : Math.max(1, Math.min(wanted, sessionLimit - 1));
}

/**
 * Opens a token: loads its module in worker threads, initialises it unless somebody in this process has, finds the token and
 * logs in.
 *
 * @throws `ERR_UNSUPPORTED` without the native binding, `ERR_INVALID_ARGUMENT` for a module that is none, for several tokens
 * that fit; `ERR_UNAVAILABLE` where no token fits or it is not initialised; `ERR_UNAUTHENTICATED` where no PIN was given;
 * `ERR_TIMEOUT`; and `TokenError`, above all CKR_PIN_INCORRECT, after one try.
 */
export async function openToken(location: TokenLocation): Promise<Token> {
  const workers = count(location.workers, 'workers', availableParallelism(), maxWorkers);
  const maxQueue = count(location.maxQueue, 'maxQueue', defaultQueue, 1_000_000);
  const openTimeout = count(location.openTimeout, 'openTimeout', defaultOpenTimeout, 0x7fff_ffff);
  const path = await modulePath(location.module);
  const module = sharedModule(path);
  const login = new PinLogin(module, location.pin);
  const { slotId, label, serial, manufacturer, model } = location;
  const identity: TokenIdentity = { slotId, label, serial, manufacturer, model };
  const start = {
    module: path,
    libraryParameters: location.libraryParameters,
    identity,
    hasPin: location.pin !== undefined,
    epochs: module.epochs,
  };
  const token = new OpenedToken(module, { start, module, login, maxQueue });
  // After a finalising that is under way; from here on nobody finalises.
  await inTurn(module, () => Promise.resolve(module.users.add(token)));
  try {
    const open = (): Promise<TokenFacts> =>
      within(openTimeout, token.pool.open(), () => token.pool.abandon());
    const facts = await inTurn(module, open, 'opening');
    if (!login.asked) await login.check(facts.slotId);
    token.begin(facts, workersFor(workers, facts));
    return token;
  } catch (error) {
    await token.close();
    throw error;
  }
}

async function within<Result>(
  milliseconds: number,
  work: Promise<Result>,
  abandon: () => void,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abandon();
      reject(new KeyManagerError('ERR_TIMEOUT', 'The token could not be opened in time'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
