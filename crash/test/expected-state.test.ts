import { describe, expect, it } from 'vitest';
import { createRandom } from '../../fuzz/random.ts';
import { isState, stateAfter } from '../expected-state.ts';
import type { KeyState } from '../expected-state.ts';
import { createLedger, nextOrder } from '../plan.ts';
import { changeKinds } from '../protocol.ts';
import type { Order } from '../protocol.ts';

const order = (kind: Order['kind']): Order => ({
  id: 2,
  kind,
  name: 'w1-ec-1',
  sort: 'EC',
  marker: 'm2',
  enabled: false,
});

const one: KeyState = {
  deleted: false,
  current: 'v1',
  versions: [{ version: 'v1', marker: 'm1', enabled: true }],
};

describe('what a change makes of a key', () => {
  it('is told apart from what was before, for every kind but those that change no key', () => {
    const deleted = { ...one, deleted: true };
    for (const kind of changeKinds) {
      if (kind === 're-seal') continue;
      const before = kind === 'recover' || kind === 'purge' ? deleted : kind === 'restore' ? undefined : one;
      const after = stateAfter(order(kind), before, 'v2', one);
      expect(isState(after, after), kind).toBe(true);
      expect(isState(before, after), kind).toBe(false);
    }
  });

  it('takes any version for one whose answer was lost, but no other tag, order or current version', () => {
    const expected = stateAfter(order('create'), one);
    const made = { version: 'anything', marker: 'm2', enabled: true };
    const found: KeyState = { deleted: false, current: 'anything', versions: [...one.versions, made] };
    expect(isState(found, expected)).toBe(true);
    expect(isState({ ...found, current: 'v1' }, expected)).toBe(false);
    expect(isState({ ...found, versions: [made, ...one.versions] }, expected)).toBe(false);
    expect(isState({ ...found, versions: [...one.versions, { ...made, marker: 'm9' }] }, expected)).toBe(
      false,
    );
    expect(isState(undefined, expected)).toBe(false);
  });
});

describe('the plan', () => {
  it('comes to every kind of change in a few orders, and is the same for the same seed', () => {
    for (const kind of changeKinds) {
      const plan = (): string[] => {
        const ledger = createLedger('w1');
        const random = createRandom(9);
        const kinds: string[] = [];
        while (kinds.at(-1) !== kind && kinds.length < 12) {
          const next = nextOrder(random, ledger, kinds.length, kind);
          kinds.push(next.kind);
          const before = ledger.states.get(next.name);
          if (next.kind === 'backup' && before !== undefined)
            ledger.backups.set(next.name, { octets: new Uint8Array(), state: before });
          ledger.states.set(
            next.name,
            stateAfter(next, before, `v${kinds.length}`, ledger.backups.get(next.name)?.state),
          );
        }
        return kinds;
      };
      expect(plan().at(-1)).toBe(kind);
      expect(plan()).toEqual(plan());
    }
  });
});
