import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isKeyManagerError } from '@keyway/core';
import type { Capabilities, KeyManager } from '@keyway/core';
import { createCaseContext } from './case-context.ts';
import type { CaseContext, OpenCase, SharedKeys } from './case-context.ts';
import type { Case } from './case.ts';
import { describe, failure } from './expect.ts';
import { judgeKnownFailure } from './known-failures.ts';
import { opensslVersion } from './outside/openssl.ts';
import type { CaseResult } from './report.ts';
import { fixturesOf, isSupported, undeclaredOf } from './requires.ts';
import type { Undeclared } from './requires.ts';
import type { ConformanceTarget } from './target.ts';
import { tryUndeclared } from './undeclared/try-undeclared.ts';

/** A target that is open, to be held to one case after the other. */
export interface Session {
  readonly capabilities: Capabilities;
  /** Runs one case, or tries what it needs past the declaration, and removes what it made. Never rejects. */
  run(testCase: Case): Promise<CaseResult>;
  close(): Promise<void>;
}

/** How a session is opened. */
export interface SessionOptions {
  /** Whether the openssl program is asked too. Default: where there is one. */
  readonly openssl?: boolean | undefined;
  /** Milliseconds of real time after which a case counts as hanging. Default 120,000. */
  readonly patience?: number | undefined;
  /** For the self-test: RSA keys are created faster than imported. */
  readonly createsRsaFast?: boolean | undefined;
  /** For the self-test: puts a lying `KeyManager` before the cases. */
  readonly wrapManager?: ((manager: KeyManager) => KeyManager) | undefined;
}

/** Opens a target. */
export async function openSession(target: ConformanceTarget, options: SessionOptions = {}): Promise<Session> {
  const driver = await target.open({ clock: Date.now });
  const openssl = options.openssl ?? opensslVersion() !== undefined;
  const run = randomBytes(4).toString('hex');
  const patience = options.patience ?? target.patience ?? 120_000;
  const tried = new Map<string, Promise<void>>();
  let opened = 0;
  let owner: OpenCase | undefined;
  const shared: SharedKeys = {
    keys: new Map(),
    owner() {
      owner ??= open();
      return owner.context;
    },
  };
  const open = (): OpenCase => {
    const prefix = `kw-${run}-${++opened}`;
    const { wrapManager, createsRsaFast = false } = options;
    return createCaseContext({
      driver,
      fixtures: target.fixtures ?? {},
      openssl,
      createsRsaFast,
      prefix,
      shared,
      wrapManager,
    });
  };
  /** The same attempt, past the declaration, serves every case that needs it. */
  const attempt = (undeclared: Undeclared): Promise<void> => {
    const key = JSON.stringify(undeclared);
    const running =
      tried.get(key) ?? inCase(open(), patience, (context) => tryUndeclared(context, undeclared));
    tried.set(key, running);
    return running;
  };
  return {
    capabilities: driver.capabilities,
    run: (testCase) =>
      runCase(testCase, { target, capabilities: driver.capabilities, open, attempt, patience }),
    async close() {
      if (owner !== undefined) await cleanUp(owner);
      await driver.close();
    },
  };
}

interface Running {
  readonly target: ConformanceTarget;
  readonly capabilities: Capabilities;
  open(): OpenCase;
  attempt(undeclared: Undeclared): Promise<void>;
  readonly patience: number;
}

async function runCase(testCase: Case, running: Running): Promise<CaseResult> {
  const { id, title } = testCase;
  const { target } = running;
  const started = performance.now();
  const undeclared = undeclaredOf(testCase.requires, running.capabilities);
  const missing = fixturesOf(testCase.requires).filter((fixture) => target.fixtures?.[fixture] === undefined);
  const base = { id, title };
  const elapsed = (): number => Math.round(performance.now() - started);
  if (undeclared.length > 0) {
    const failed = await failure(Promise.all(undeclared.map((each) => running.attempt(each))));
    const reason = undeclared.map(nameOf).join(' or ');
    if (failed === undefined) return { ...base, outcome: 'unsupported', reason, durationMs: elapsed() };
    return { ...base, outcome: 'failed', error: failed.thrown, reason, durationMs: elapsed() };
  }
  if (missing.length > 0) {
    const reason = `${target.name} gives no fixture ${missing.join(', ')}`;
    return { ...base, outcome: 'notRun', reason, durationMs: elapsed() };
  }
  const failed = await failure(inCase(running.open(), running.patience, (context) => testCase.run(context)));
  const known = target.knownFailures?.find((entry) => entry.case === id);
  const judged = known === undefined ? undefined : await judgeKnownFailure(known, failed);
  if (judged !== undefined) return { ...base, ...judged, durationMs: elapsed() };
  if (failed === undefined) return { ...base, outcome: 'passed', durationMs: elapsed() };
  return { ...base, outcome: 'failed', error: failed.thrown, durationMs: elapsed() };
}

function nameOf(undeclared: Undeclared): string {
  if ('trait' in undeclared) return undeclared.trait;
  return Object.values(undeclared.query)
    .filter((value) => value !== undefined)
    .join(' ');
}

/** Runs something in a case's surroundings and removes what it made, even where it fails. */
async function inCase(
  opened: OpenCase,
  patience: number,
  run: (context: CaseContext) => Promise<void>,
): Promise<void> {
  try {
    await within(patience, (async () => run(opened.context))());
  } finally {
    await cleanUp(opened);
  }
}

async function within(milliseconds: number, running: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const hanging = delay(milliseconds, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`The case did not end within ${milliseconds} ms`);
  });
  try {
    await Promise.race([running, hanging]);
  } finally {
    timer.abort();
    hanging.catch(() => undefined);
  }
}

/** Deletes and purges, as far as the vault can. What cannot be removed is not this case's failure. */
async function cleanUp({ context, names }: OpenCase): Promise<void> {
  const manager = context.open();
  const can = (operation: 'beginDeleteKey' | 'purgeDeletedKey'): boolean =>
    isSupported(context.capabilities, { operation });
  for (const name of names) {
    if (can('beginDeleteKey'))
      await quietly(async () => (await manager.beginDeleteKey(name)).pollUntilDone());
    if (can('purgeDeletedKey')) await quietly(() => manager.purgeDeletedKey(name));
  }
}

async function quietly(run: () => Promise<unknown>): Promise<void> {
  const failed = await failure(run());
  if (failed !== undefined && !isKeyManagerError(failed.thrown)) {
    process.emitWarning(`Cleaning up after a conformance case failed: ${describe(failed.thrown)}`);
  }
}
