import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow, FlowEvent, FlowJournal, FlowOptions, FlowStep } from '../src/flow.ts';
import { isUndone } from '../src/before-any-change.ts';
import { resumeFlow, runFlow } from '../src/run-flow.ts';

/** Answers that the remote gave: the id of each thing it made. */
interface State {
  readonly ids: Readonly<Record<string, string>>;
}

/** A remote vault that holds things and can be told to lose an answer, or to fail before it does anything. */
class Remote {
  readonly things = new Map<string, string>();
  readonly calls: string[] = [];
  readonly faults = new Map<string, 'before' | 'after' | 'broken'>();
  #made = 0;

  /** `kind thing`, such as `make alias`; `broken` fails every time, the others once. */
  #meet(call: string, effect: () => string | undefined): string | undefined {
    this.calls.push(call);
    const fault = this.faults.get(call);
    if (fault !== 'broken') this.faults.delete(call);
    if (fault === 'before' || fault === 'broken') throw new Error(`${call} failed`);
    const answer = effect();
    if (fault === 'after') throw new Error(`${call} answered nothing`);
    return answer;
  }

  make(thing: string, twice: boolean): string {
    return this.#meet(`make ${thing}`, () => {
      const id = `${thing}-${++this.#made}`;
      if (this.things.has(thing) && !twice) throw new Error(`${thing} was made twice`);
      this.things.set(thing, id);
      return id;
    }) as string;
  }

  read(thing: string): string | undefined {
    return this.#meet(`read ${thing}`, () => this.things.get(thing));
  }

  drop(thing: string): void {
    this.#meet(`drop ${thing}`, () => {
      this.things.delete(thing);
      return undefined;
    });
  }
}

type Kind = 'settled' | 'repeatable' | 'final' | 'blind' | 'lasting';

/** `settled`: can be read. `repeatable`: may be run twice. `blind`: reading says unknown. `lasting`: final and repeatable. */
function step(thing: string, kind: Kind): FlowStep<State, Remote> {
  const readable = kind === 'settled' || kind === 'final';
  return {
    name: thing,
    run: async (state, remote) => {
      await Promise.resolve();
      return { ids: { ...state.ids, [thing]: remote.make(thing, !readable) } };
    },
    undo:
      kind === 'final' || kind === 'lasting'
        ? undefined
        : async (_state, remote) => await Promise.resolve(remote.drop(thing)),
    settle:
      kind === 'repeatable' || kind === 'lasting'
        ? undefined
        : async (state, remote) => {
            await Promise.resolve();
            const id = remote.read(thing);
            if (kind === 'blind') return { outcome: 'unknown' };
            return id === undefined
              ? { outcome: 'absent' }
              : { outcome: 'done', state: { ids: { ...state.ids, [thing]: id } } };
          },
    final: kind === 'final' || kind === 'lasting',
  };
}

const things = ['key', 'tags', 'alias', 'policy'];
function flowOf(...kinds: Kind[]): Flow<State, Remote> {
  return { name: 'create', steps: kinds.map((kind, index) => step(things[index] ?? 'thing', kind)) };
}

const createFlow = flowOf('settled', 'repeatable', 'settled', 'settled');
const all = things.toSorted();
const start: State = { ids: {} };

/** A store for one journal that outlives a killed run. */
function journalStore() {
  const saved: (FlowJournal<State> | undefined)[] = [];
  return {
    saved,
    save: async (journal: FlowJournal<State> | undefined) =>
      void (await Promise.resolve(saved.push(structuredClone(journal)))),
  };
}

class Killed extends Error {}

/** Kills at the nth moment at which a process can die; counts the moments. */
function killer(at: number) {
  const events: FlowEvent[] = [];
  return {
    events,
    afterStep: (event: FlowEvent): void => {
      if (events.push(event) - 1 === at) throw new Killed();
    },
  };
}

const present = (remote: Remote): string[] => [...remote.things.keys()].toSorted();
const caught = async (run: Promise<unknown>): Promise<unknown> =>
  await run.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('runFlow', () => {
  it('does every step in order and hands on what each one answered', async () => {
    const remote = new Remote();
    const { saved, save } = journalStore();
    const { ids } = await runFlow(createFlow, start, { context: remote, save });
    expect(ids).toEqual(Object.fromEntries(remote.things));
    expect(remote.calls).toEqual(['make key', 'make tags', 'make alias', 'make policy']);
    expect(saved.at(-1)).toBeUndefined();
    expect(saved[2]).toEqual({
      flow: 'create',
      state: { ids: { key: 'key-1' } },
      completed: ['key'],
      started: 'tags',
      undoing: false,
    });
  });

  it('leaves all or nothing for every step and every single fault of it', async () => {
    let cells = 0;
    for (const thing of things) {
      for (const fault of ['before', 'after'] as const) {
        const remote = new Remote();
        remote.faults.set(`make ${thing}`, fault);
        const { saved, save } = journalStore();
        const error = await caught(runFlow(createFlow, start, { context: remote, save }));
        const settled = thing !== 'tags';
        expect(present(remote), `${thing} ${fault}`).toEqual(fault === 'after' && settled ? all : []);
        expect(error === undefined).toBe(fault === 'after' && settled);
        if (error !== undefined) {
          expect(error).toEqual(
            new Error(`make ${thing} ${fault === 'before' ? 'failed' : 'answered nothing'}`),
          );
          expect(isUndone(error)).toBe(true);
        }
        expect(saved.at(-1)).toBeUndefined();
        cells++;
      }
    }
    expect(cells).toBe(8);
  });

  it('takes back in reverse, and only what may be there', async () => {
    const remote = new Remote();
    remote.faults.set('make alias', 'before');
    await caught(runFlow(createFlow, start, { context: remote }));
    expect(remote.calls).toEqual([
      'make key',
      'make tags',
      'make alias',
      'read alias',
      'drop tags',
      'drop key',
    ]);
  });

  it('does not read after an error that certainly changed nothing', async () => {
    const remote = new Remote();
    remote.faults.set('make alias', 'before');
    const asked: string[] = [];
    const mayHaveHappened = (error: unknown, name: string): boolean =>
      asked.push(`${(error as Error).message} at ${name}`) < 0;
    await caught(runFlow(createFlow, start, { context: remote, mayHaveHappened }));
    expect(remote.calls).toEqual(['make key', 'make tags', 'make alias', 'drop tags', 'drop key']);
    expect(asked).toEqual(['make alias failed at alias']);
  });

  it('says that the outcome is unknown where reading cannot tell or fails, and touches nothing more', async () => {
    for (const [flow, broken] of [
      [flowOf('settled', 'blind'), false],
      [createFlow, true],
    ] as const) {
      const remote = new Remote();
      const { saved, save } = journalStore();
      const thing = broken ? 'alias' : 'tags';
      remote.faults.set(`make ${thing}`, 'after');
      if (broken) remote.faults.set('read alias', 'broken');
      const error = await caught(runFlow(flow, start, { context: remote, save }));
      expect(error).toMatchObject({
        code: 'ERR_OUTCOME_UNKNOWN',
        retryable: false,
        cause: new Error(`make ${thing} answered nothing`),
      });
      expect(isUndone(error)).toBe(false);
      expect(remote.calls.some((call) => call.startsWith('drop'))).toBe(false);
      expect(saved.at(-1)).toMatchObject({ started: thing, undoing: false });
    }
  });

  it('stops at an undo that fails, so that nothing points to what is gone, and can go on from there', async () => {
    const remote = new Remote();
    const { saved, save } = journalStore();
    remote.faults.set('make policy', 'before');
    remote.faults.set('drop tags', 'broken');
    const error = await caught(runFlow(createFlow, start, { context: remote, save }));
    expect(error).toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN', cause: new Error('drop tags failed') });
    expect(present(remote)).toEqual(['key', 'tags']);
    remote.faults.clear();
    const journal = saved.at(-1) as FlowJournal<State>;
    expect(await resumeFlow(createFlow, journal, { context: remote, save })).toMatchObject({
      outcome: 'undone',
    });
    expect(present(remote)).toEqual([]);
  });

  it('tries undoing and reading again as often as it is told to', async () => {
    for (const call of ['drop tags', 'read alias']) {
      const remote = new Remote();
      remote.faults.set('make alias', 'before').set(call, 'broken');
      const attempts: number[] = [];
      const again = async (error: unknown, attempt: number): Promise<boolean> => {
        expect(error).toEqual(new Error(`${call} failed`));
        attempts.push(attempt);
        if (attempt === 3) remote.faults.delete(call);
        return await Promise.resolve(attempt < 5);
      };
      const error = await caught(runFlow(createFlow, start, { context: remote, again }));
      expect(attempts).toEqual([1, 2, 3]);
      expect(isUndone(error)).toBe(true);
      expect(present(remote)).toEqual([]);
    }
  });

  it("undoes and reads with a context of its own, since the caller's may be gone", async () => {
    const used: string[] = [];
    const note = (what: string, context: string): void => void used.push(`${what} ${context}`);
    const flow: Flow<State, string> = {
      name: 'two',
      steps: [
        {
          name: 'a',
          run: async (s, c) => await Promise.resolve((note('run a', c), s)),
          undo: async (_s, c) => await Promise.resolve(note('undo a', c)),
        },
        {
          name: 'b',
          run: (_s, c) => {
            note('run b', c);
            throw new Error('synchronously');
          },
          settle: async (_s, c) =>
            await Promise.resolve((note('settle b', c), { outcome: 'absent' as const })),
        },
      ],
    };
    await caught(runFlow(flow, start, { context: 'caller', cleanupContext: () => 'cleanup' }));
    expect(used).toEqual(['run a caller', 'run b caller', 'settle b cleanup', 'undo a cleanup']);
  });

  it('takes nothing back once a final step is done', async () => {
    for (const fault of ['before', 'after'] as const) {
      const remote = new Remote();
      const { saved, save } = journalStore();
      remote.faults.set('make alias', fault);
      const flow = flowOf('settled', 'final', 'repeatable');
      const error = await caught(runFlow(flow, start, { context: remote, save }));
      expect(error).toBeInstanceOf(Error);
      expect(isUndone(error)).toBe(false);
      expect(present(remote)).toEqual(fault === 'after' ? ['alias', 'key', 'tags'] : ['key', 'tags']);
      const journal = saved.at(-1) as FlowJournal<State>;
      expect((await resumeFlow(flow, journal, { context: remote, save })).outcome).toBe('done');
      expect(present(remote)).toEqual(['alias', 'key', 'tags']);
    }
  });

  it('takes nothing back behind a first step that is final', async () => {
    const remote = new Remote();
    remote.faults.set('make tags', 'before');
    const error = await caught(runFlow(flowOf('final', 'settled'), start, { context: remote }));
    expect(isUndone(error)).toBe(false);
    expect(remote.calls).toEqual(['make key', 'make tags', 'read tags']);
  });

  it('takes nothing back where a final step may have happened', async () => {
    const remote = new Remote();
    remote.faults.set('make tags', 'after');
    const error = await caught(runFlow(flowOf('settled', 'lasting'), start, { context: remote }));
    expect(error).toEqual(new Error('make tags answered nothing'));
    expect(isUndone(error)).toBe(false);
    expect(present(remote)).toEqual(['key', 'tags']);
  });

  it('goes on after a crash without a journal, by reading what is there', async () => {
    for (let made = 0; made <= 4; made++) {
      const remote = new Remote();
      for (const thing of things.slice(0, made)) remote.make(thing, false);
      const { ids } = await runFlow(createFlow, start, { context: remote, probe: true });
      const making = remote.calls.slice(made).filter((call) => call.startsWith('make'));
      expect(making).toEqual(
        things.filter((thing, at) => at >= made || thing === 'tags').map((thing) => `make ${thing}`),
      );
      expect(ids).toEqual(Object.fromEntries(remote.things));
      expect(present(remote)).toEqual(all);
    }
  });

  it('keeps an error that is no object as it is', async () => {
    const flow: Flow<State, undefined> = {
      name: 'one',
      steps: [{ name: 'a', run: () => Promise.reject('text') }],
    };
    const error = await caught(runFlow(flow, start, { context: undefined }));
    expect(error).toBe('text');
    expect(isUndone(error)).toBe(false);
  });
});

describe('a killed flow', () => {
  /** Runs with a kill at each moment in turn, then resumes from what the journal says, until no moment is left. */
  async function killEverywhere(
    prepare: (remote: Remote) => void,
    allowed: readonly string[][],
  ): Promise<FlowEvent[]> {
    for (let at = 0; ; at++) {
      const remote = new Remote();
      prepare(remote);
      const { saved, save } = journalStore();
      const { events, afterStep } = killer(at);
      const error = await caught(runFlow(createFlow, start, { context: remote, save, afterStep }));
      if (events.length <= at) return events;
      expect(error).toBeInstanceOf(Killed);
      const before = present(remote);
      const journal = saved.at(-1);
      expect(journal, 'a kill leaves a journal').toBeDefined();
      await caught(resumeFlow(createFlow, journal as FlowJournal<State>, { context: remote, save }));
      expect(allowed, JSON.stringify({ event: events[at], before })).toContainEqual(present(remote));
      expect(saved.at(-1)).toBeUndefined();
    }
  }

  it('does nothing after the kill itself', async () => {
    const remote = new Remote();
    const { afterStep } = killer(4);
    await caught(runFlow(createFlow, start, { context: remote, afterStep }));
    expect(remote.calls).toEqual(['make key', 'make tags']);
  });

  it('is finished by the next process, wherever it was killed going forward', async () => {
    const events = await killEverywhere(() => undefined, [all]);
    expect(events).toHaveLength(12);
  });

  it('is all or nothing wherever it was killed, for every step and fault', async () => {
    let moments = 0;
    for (const thing of things) {
      for (const fault of ['before', 'after'] as const) {
        const events = await killEverywhere((remote) => remote.faults.set(`make ${thing}`, fault), [all, []]);
        moments += events.length;
      }
    }
    expect(moments).toBeGreaterThan(60);
  });

  it('may be killed again and again while it is resumed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { maxLength: 12 }),
        fc.array(
          fc.tuple(
            fc.constantFrom(...things.flatMap((thing) => [`make ${thing}`, `drop ${thing}`])),
            fc.constantFrom('before', 'after'),
          ),
          {
            maxLength: 3,
          },
        ),
        async (kills, faults) => {
          const remote = new Remote();
          for (const [call, fault] of faults) remote.faults.set(call, fault);
          const { saved, save } = journalStore();
          const options = (at: number): FlowOptions<State, Remote> => ({
            context: remote,
            save,
            afterStep: killer(at).afterStep,
            again: async (_error, attempt) => await Promise.resolve(attempt < 3),
          });
          await caught(runFlow(createFlow, start, options(kills[0] ?? Infinity)));
          for (const kill of kills.slice(1)) {
            const journal = saved.at(-1);
            if (journal !== undefined) await caught(resumeFlow(createFlow, journal, options(kill)));
          }
          const journal = saved.at(-1);
          if (journal !== undefined) await caught(resumeFlow(createFlow, journal, options(Infinity)));
          expect([all, []]).toContainEqual(present(remote));
          expect(saved.at(-1)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('resumeFlow', () => {
  const journal: FlowJournal<State> = { flow: 'create', state: start, completed: ['key'], undoing: false };

  it.each([
    ['another flow', { flow: 'delete' }],
    ['steps in another order', { completed: ['tags', 'key'] }],
    ['a step that does not exist', { completed: ['key', 'tags', 'alias', 'policy', 'more'] }],
    ['a step that is not next', { started: 'alias' }],
  ])('refuses a journal of %s', async (_what, change) => {
    const remote = new Remote();
    const error = await caught(resumeFlow(createFlow, { ...journal, ...change }, { context: remote }));
    expect(error).toMatchObject({ code: 'ERR_INTEGRITY' });
    expect(remote.calls).toEqual([]);
  });

  it('says that the outcome is unknown where the step under way cannot be read', async () => {
    const remote = new Remote();
    const flow = flowOf('settled', 'blind');
    const error = await caught(resumeFlow(flow, { ...journal, started: 'tags' }, { context: remote }));
    expect(error).toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(remote.calls).toEqual(['read tags']);
  });
});
