import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPoller, parsePollerState } from '../src/create-poller.ts';
import type { PollerSource } from '../src/create-poller.ts';
import { KeyManagerError } from '../src/errors.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const scope = { operation: 'beginDeleteKey', vaultUri: 'local:1', name: 'pay' };

/** A source that answers with these values in turn; functions are called. Pauses are noted, not waited for. */
function source(answers: readonly unknown[], more: Partial<PollerSource<string>> = {}) {
  const pauses: number[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const built: PollerSource<string> = {
    ...scope,
    async poll(signal) {
      const answer = answers[Math.min(signals.push(signal) - 1, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      return (await (typeof answer === 'function' ? answer(signal) : answer)) as string | undefined;
    },
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    random: () => 0,
    ...more,
  };
  return { built, pauses, signals };
}

/** An answer that comes only when told, or fails when the request is given up. */
function pending() {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const answer = (signal: AbortSignal): Promise<string | undefined> => {
    signal.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
    return promise;
  };
  return { answer, resolve, reject };
}

describe('a poller', () => {
  it('runs until the source has a result', async () => {
    const { built, signals } = source([undefined, 'done']);
    const poller = createPoller(built);
    expect(poller.isDone()).toBe(false);
    await poller.poll();
    expect(poller.getOperationState()).toEqual({ status: 'running', result: undefined, error: undefined });
    expect(poller.getResult()).toBeUndefined();
    await poller.poll();
    expect(poller.isDone()).toBe(true);
    expect(poller.getResult()).toBe('done');
    expect(poller.getOperationState()).toEqual({ status: 'succeeded', result: 'done', error: undefined });
    await poller.poll();
    expect(await poller.pollUntilDone()).toBe('done');
    expect(signals).toHaveLength(2);
    expect(signals.every((signal) => signal?.aborted === false)).toBe(true);
  });

  it('asks nothing where the operation was done at once', async () => {
    const { built, signals } = source([], { initial: 'at once' });
    expect(createPoller(built).isDone()).toBe(true);
    expect(await createPoller(built).pollUntilDone()).toBe('at once');
    expect(signals).toHaveLength(0);
  });

  it('pauses longer and longer, up to a limit', async () => {
    const waiting = Array.from({ length: 12 }, () => undefined);
    const { built, pauses } = source([...waiting, 'done']);
    expect(await createPoller(built).pollUntilDone()).toBe('done');
    expect(pauses.slice(0, 4)).toEqual([1000, 1500, 2250, 3375]);
    expect(pauses.slice(-3)).toEqual([30_000, 30_000, 30_000]);
    expect(pauses).toHaveLength(12);
  });

  it('shortens pauses at random, by less than a quarter, and takes other limits', async () => {
    const { built, pauses } = source([undefined, undefined, undefined, 'done'], {
      random: () => 0.999,
      firstDelayMs: 100,
      maxDelayMs: 120,
    });
    await createPoller(built).pollUntilDone();
    expect(pauses.map(Math.round)).toEqual([75, 90, 90]);
    expect(pauses.every((pause) => pause > 75 - 1)).toBe(true);
  });

  it('shares one request among callers polling at once', async () => {
    const { answer, resolve } = pending();
    const { built, signals } = source([answer]);
    const poller = createPoller(built);
    const callers = Promise.all([poller.poll(), poller.poll(), poller.pollUntilDone()]);
    resolve('done');
    expect(await callers).toEqual([undefined, undefined, 'done']);
    expect(signals).toHaveLength(1);
  });

  it('has failed where the source throws, and says so everywhere', async () => {
    const failure = new KeyManagerError('ERR_CONFLICT', 'lost');
    const { built, signals } = source([failure]);
    const poller = createPoller(built);
    await expect(poller.poll()).rejects.toBe(failure);
    expect(poller.isDone()).toBe(true);
    expect(() => poller.getResult()).toThrow(failure);
    expect(poller.getOperationState()).toEqual({ status: 'failed', result: undefined, error: failure });
    await expect(poller.poll()).rejects.toBe(failure);
    await expect(poller.pollUntilDone()).rejects.toBe(failure);
    expect(signals).toHaveLength(1);
    expect(() => parsePollerState(poller.toString(), scope)).not.toThrow();
  });
});

describe('aborting', () => {
  const aborted = expect.objectContaining({ code: 'ERR_ABORTED', cause: 'enough' });

  it('before the start asks nothing', async () => {
    const { built, signals } = source(['done']);
    const poller = createPoller(built);
    await expect(poller.poll({ signal: AbortSignal.abort('enough') })).rejects.toEqual(aborted);
    await expect(poller.pollUntilDone({ signal: AbortSignal.abort('enough') })).rejects.toEqual(aborted);
    expect(signals).toHaveLength(0);
    expect(poller.isDone()).toBe(false);
  });

  it('during a request gives it up and does not fail the operation', async () => {
    const { answer } = pending();
    const { built, signals } = source([answer, 'done']);
    const poller = createPoller(built);
    const controller = new AbortController();
    const polling = poller.pollUntilDone({ signal: controller.signal });
    controller.abort('enough');
    await expect(polling).rejects.toEqual(aborted);
    expect(signals[0]?.aborted).toBe(true);
    expect(poller.getOperationState().status).toBe('running');
    expect(await poller.pollUntilDone()).toBe('done');
  });

  it('leaves the request to callers who still wait for it', async () => {
    const { answer, resolve } = pending();
    const { built, signals } = source([answer]);
    const poller = createPoller(built);
    const controller = new AbortController();
    const impatient = poller.poll({ signal: controller.signal });
    const patient = poller.pollUntilDone();
    controller.abort('enough');
    await expect(impatient).rejects.toEqual(aborted);
    expect(signals[0]?.aborted).toBe(false);
    resolve('done');
    expect(await patient).toBe('done');
    expect(signals).toHaveLength(1);
  });

  it('of everybody lets a later caller ask afresh, while the old request still hangs', async () => {
    const { built, signals } = source([() => new Promise(() => undefined), 'done']);
    const poller = createPoller(built);
    const controller = new AbortController();
    const callers = [poller.poll({ signal: controller.signal }), poller.poll({ signal: controller.signal })];
    controller.abort('enough');
    for (const caller of callers) await expect(caller).rejects.toEqual(aborted);
    await poller.poll();
    expect(poller.getResult()).toBe('done');
    expect(signals).toHaveLength(2);
  });

  it('leaves the later request alone when the old one ends after all', async () => {
    const old = Promise.withResolvers<undefined>();
    const { answer, resolve } = pending();
    const { built, signals } = source([() => old.promise, answer]);
    const poller = createPoller(built);
    const controller = new AbortController();
    const impatient = poller.poll({ signal: controller.signal });
    controller.abort('enough');
    await expect(impatient).rejects.toEqual(aborted);
    const second = poller.poll();
    old.resolve(undefined);
    await new Promise(setImmediate);
    const third = poller.poll();
    resolve('done');
    await Promise.all([second, third]);
    expect(signals).toHaveLength(2);
    expect(poller.getResult()).toBe('done');
  });

  it('during a pause stops the waiting', async () => {
    const controller = new AbortController();
    const { built } = source([undefined], {
      sleep: async (_milliseconds, signal) => {
        controller.abort('enough');
        await Promise.resolve();
        signal?.throwIfAborted();
      },
    });
    const poller = createPoller(built);
    await expect(poller.pollUntilDone({ signal: controller.signal })).rejects.toEqual(aborted);
    expect(poller.isDone()).toBe(false);
  });

  it('is the only reason for which a pause may fail', async () => {
    const broken = new Error('no clock');
    const { built } = source([undefined], { sleep: () => Promise.reject(broken) });
    await expect(createPoller(built).pollUntilDone({ signal: new AbortController().signal })).rejects.toBe(
      broken,
    );
  });

  it('by the source itself does not fail the operation', async () => {
    const { built } = source([new KeyManagerError('ERR_ABORTED', 'given up'), 'done']);
    const poller = createPoller(built);
    await expect(poller.poll()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await poller.pollUntilDone()).toBe('done');
  });

  it('takes a signal and nothing else', async () => {
    const poller = createPoller(source(['done']).built);
    await expect(poller.poll({ signal: {} as AbortSignal })).rejects.toThrow(TypeError);
    await expect(poller.pollUntilDone({ interval: 1 } as object)).rejects.toThrow(TypeError);
  });
});

describe('the text of a poller', () => {
  it('names operation, vault and key, and carries the options', () => {
    const text = createPoller(source([], { options: { b: 'x', allowPartial: true, n: 1 } }).built).toString();
    expect(parsePollerState(text, scope)).toEqual({ allowPartial: true, b: 'x', n: 1 });
    expect(Buffer.from(text, 'base64url').toString()).toBe(
      '{"v":1,"operation":"beginDeleteKey","vaultUri":"local:1","name":"pay","options":{"allowPartial":true,"b":"x","n":1}}',
    );
    expect(String(createPoller(source([]).built))).toBe(createPoller(source([]).built).toString());
  });

  it('of another operation, vault or key is refused', () => {
    const text = createPoller(source([]).built).toString();
    expect(parsePollerState(text, scope)).toEqual({});
    for (const other of [
      { operation: 'beginRecoverDeletedKey' },
      { vaultUri: 'local:2' },
      { name: 'pay2' },
    ]) {
      expect(() => parsePollerState(text, { ...scope, ...other })).toThrow(invalid);
    }
  });

  it('is taken in one form only', () => {
    const write = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const state = { v: 1, ...scope, options: {} };
    expect(parsePollerState(write(state), scope)).toEqual({});
    for (const other of [
      { ...state, v: 2 },
      { ...state, more: 1 },
      { ...scope, v: 1, options: {} },
      { ...state, options: [] },
      { ...state, options: { a: {} } },
      { ...state, options: { a: null } },
      { ...state, options: { b: 1, a: 1 } },
      { ...state, options: undefined },
      null,
      [],
      'x',
    ]) {
      expect(() => parsePollerState(write(other), scope)).toThrow(invalid);
    }
    for (const text of [
      undefined,
      null,
      1,
      '',
      '=',
      `${write(state)}=`,
      ` ${write(state)}`,
      'A'.repeat(100_000),
    ]) {
      expect(() => parsePollerState(text as string, scope)).toThrow(invalid);
    }
  });

  it('fails in one way only', () => {
    const text = createPoller(source([]).built).toString();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.nat(text.length - 1).map((at) => text.slice(0, at) + text.slice(at + 1)),
        ),
        (other) => {
          expect(() => parsePollerState(other, scope)).toThrow(invalid);
        },
      ),
    );
  });
});
