import { AssertionError } from 'node:assert';
import { equal, ok } from 'node:assert/strict';
import { isKeyManagerError } from '@keyway/core';
import type { CapabilityQuery, KeyManagerErrorCode } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import { describe, failure, refused } from '../expect.ts';
import type { Undeclared } from '../requires.ts';
import { attemptFor } from './attempts.ts';
import { tryWithoutTrait } from './try-without-trait.ts';

/** Failures that prove nothing: the vault might do it at another moment. */
const outages: ReadonlySet<KeyManagerErrorCode> = new Set([
  'ERR_UNAVAILABLE',
  'ERR_TIMEOUT',
  'ERR_THROTTLED',
  'ERR_ABORTED',
  'ERR_CLOSED',
]);

/** Methods that a refusal may call first, where it depends on one key. */
const reading: ReadonlySet<string> = new Set(['keys.read', 'keys.versions', 'deletion.readDeleted']);

/**
 * Tries what a vault does not declare. Through the `KeyManager` it must be refused before anything but reading reaches
 * the driver; past it, the driver itself must fail, and not by an outage. A method that does not exist is proof enough.
 */
export async function tryUndeclared(context: CaseContext, undeclared: Undeclared): Promise<void> {
  if ('trait' in undeclared) {
    await tryWithoutTrait(context, undeclared.trait);
    return;
  }
  const { query } = undeclared;
  const attempt = await attemptFor(context, query);
  context.calls.clear();
  const error = await refused(attempt.throughManager(), 'ERR_UNSUPPORTED');
  ok(error.message.length > 0, 'the refusal gives its reason');
  const sent = context.calls.entries.map(({ method }) => method).filter((method) => !reading.has(method));
  equal(sent.join(' '), '', `${name(query)} is refused before any request`);
  await tryDriver(context, query, attempt.atDriver);
}

async function tryDriver(
  context: CaseContext,
  query: CapabilityQuery,
  atDriver: (() => Promise<unknown>) | undefined,
): Promise<void> {
  if (atDriver === undefined) return;
  const failed = await failure((async () => atDriver())());
  if (failed === undefined) {
    throw new AssertionError({ message: `${name(query)} is not declared, but the driver does it` });
  }
  const code = codeOf(context, query, failed.thrown);
  if (outages.has(code)) {
    throw new AssertionError({
      message: `${name(query)} is not declared and fails by an outage only: ${describe(failed.thrown)}`,
    });
  }
}

function codeOf(context: CaseContext, query: CapabilityQuery, thrown: unknown): KeyManagerErrorCode {
  if (isKeyManagerError(thrown)) return thrown.code;
  const at = { operation: query.operation, step: query.operation, keyId: undefined };
  return context.driver.classify(thrown, at).code;
}

function name(query: CapabilityQuery): string {
  const { operation, ...rest } = query;
  const details = Object.values(rest).filter((value) => value !== undefined);
  return details.length === 0 ? operation : `${operation} (${details.join(', ')})`;
}
