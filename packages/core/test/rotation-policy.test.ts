import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxEpochSeconds } from '../src/dates.ts';
import { checkRotationPolicy, dueActions, policyExpiry } from '../src/rotation-policy.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const day = 86_400;
const rotate = { action: 'rotate', timeBeforeExpiry: 'P30D' } as const;
const notify = { action: 'notify', timeAfterCreate: 'PT48H' } as const;

describe('checkRotationPolicy', () => {
  it('keeps a policy exactly as given', () => {
    const policy = { expiresIn: 'P12M', lifetimeActions: [notify, rotate] };
    expect(checkRotationPolicy(policy)).toStrictEqual(policy);
    expect(checkRotationPolicy({})).toStrictEqual({ lifetimeActions: [] });
    expect(checkRotationPolicy({ lifetimeActions: [rotate] })).toStrictEqual({ lifetimeActions: [rotate] });
  });

  it('gives a frozen copy', () => {
    const given = { lifetimeActions: [{ ...rotate }, { ...notify }] };
    const checked = checkRotationPolicy(given);
    expect([checked, checked.lifetimeActions, ...checked.lifetimeActions].every(Object.isFrozen)).toBe(true);
    expect(Object.isFrozen(given.lifetimeActions[0])).toBe(false);
  });

  it('takes undefined for absent, and a policy that was read', () => {
    const read = {
      id: 'x',
      createdOn: new Date(0),
      updatedOn: undefined,
      lifetimeActions: [{ ...rotate, timeAfterCreate: undefined }],
    };
    expect(checkRotationPolicy({ ...read, expiresIn: undefined })).toStrictEqual({
      lifetimeActions: [rotate],
    });
  });

  it.each([
    ['no object', undefined],
    ['null', null],
    ['a text', 'P1Y'],
    ['an array', []],
    ['an instance', new Map()],
    ['an unknown member', { expires: 'P1Y' }],
    ['a symbol', { [Symbol('expiresIn')]: 'P1Y' }],
    ['actions that are no array', { lifetimeActions: { 0: rotate, length: 1 } }],
    ['null actions', { lifetimeActions: null }],
    ['an expiry that is a number', { expiresIn: 1 }],
    ['a null expiry', { expiresIn: null }],
    ['an action that is no object', { lifetimeActions: ['rotate'] }],
    ['a hole for an action', { lifetimeActions: [undefined] }],
    ['an unknown action', { lifetimeActions: [{ ...rotate, action: 'Rotate' }] }],
    ['no action', { lifetimeActions: [{ timeAfterCreate: 'P1D' }] }],
    ['an unknown member of an action', { lifetimeActions: [{ ...rotate, trigger: 1 }] }],
    ['an action without a time', { lifetimeActions: [{ action: 'rotate' }] }],
    ['an action with two times', { lifetimeActions: [{ ...rotate, timeAfterCreate: 'P1D' }] }],
    ['two actions of a kind', { lifetimeActions: [rotate, { action: 'rotate', timeAfterCreate: 'P1D' }] }],
    ['three actions', { lifetimeActions: [rotate, notify, rotate] }],
    ['a time of nothing', { lifetimeActions: [{ action: 'notify', timeAfterCreate: 'PT0S' }] }],
    ['a time that is no duration', { lifetimeActions: [{ action: 'notify', timeAfterCreate: '30 days' }] }],
    ['a time that is a number', { lifetimeActions: [{ action: 'notify', timeAfterCreate: 30 }] }],
    ['a null time', { lifetimeActions: [{ action: 'notify', timeAfterCreate: null }] }],
    ['an expiry of nothing', { expiresIn: 'P0D' }],
    ['an expiry that is no duration', { expiresIn: '1Y' }],
    ['a time before expiry as long as the life', { expiresIn: 'P1M', lifetimeActions: [rotate] }],
    ['a time before expiry longer than the life', { expiresIn: 'P29D', lifetimeActions: [rotate] }],
  ])('refuses %s', (_what, policy) => {
    expect(() => checkRotationPolicy(policy)).toThrow(invalid);
  });

  it('fails in one way only', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ expiresIn: fc.anything(), lifetimeActions: fc.array(fc.anything()) }),
        ),
        (policy) => {
          try {
            checkRotationPolicy(policy);
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
  });
});

describe('policyExpiry', () => {
  it('adds the life of a version to its creation, where the policy sets one', () => {
    expect(policyExpiry({ lifetimeActions: [], expiresIn: 'P1Y' }, 100)).toBe(100 + 365 * day);
    expect(policyExpiry({ lifetimeActions: [] }, 100)).toBeUndefined();
    expect(policyExpiry(undefined, 100)).toBeUndefined();
  });

  it('never names a date after the year 9999', () => {
    expect(policyExpiry({ lifetimeActions: [], expiresIn: 'P9999Y' }, 1_800_000_000)).toBe(maxEpochSeconds);
  });
});

describe('dueActions', () => {
  const created = 1_000_000_000;
  const policy = checkRotationPolicy({ lifetimeActions: [rotate, notify] });
  const current = { createdOn: created, expiresOn: created + 365 * day, enabled: true };

  it('counts from creation and back from expiry, to the second', () => {
    const notice = { action: 'notify', dueOn: created + 2 * day };
    const rotation = { action: 'rotate', dueOn: created + 335 * day };
    expect(dueActions(policy, current, notice.dueOn - 1)).toEqual([]);
    expect(dueActions(policy, current, notice.dueOn)).toEqual([notice]);
    expect(dueActions(policy, current, rotation.dueOn - 1)).toEqual([notice]);
    expect(dueActions(policy, current, rotation.dueOn)).toEqual([rotation, notice]);
  });

  it('never rotates a disabled version, but still gives notice', () => {
    expect(
      dueActions(policy, { ...current, enabled: false }, created + 400 * day).map(({ action }) => action),
    ).toEqual(['notify']);
  });

  it('leaves to the vault what the vault runs, but still gives notice', () => {
    const run = { ...policy, runBy: 'vault' as const };
    expect(dueActions(run, current, created + 400 * day).map(({ action }) => action)).toEqual(['notify']);
    expect(
      dueActions({ ...policy, runBy: 'caller' }, current, created + 400 * day).map(({ action }) => action),
    ).toEqual(['rotate', 'notify']);
    expect(checkRotationPolicy(run)).toEqual(policy);
  });

  it('never finds a time before expiry due where nothing expires', () => {
    expect(
      dueActions(policy, { createdOn: created, enabled: true }, maxEpochSeconds).map(({ action }) => action),
    ).toEqual(['notify']);
  });

  it('is due at once, not before its creation, where a version lives no longer than the time before expiry', () => {
    const short = { ...current, expiresOn: created + day };
    expect(dueActions(policy, short, created)).toEqual([{ action: 'rotate', dueOn: created }]);
  });

  it('finds nothing due under an empty policy', () => {
    expect(dueActions({ lifetimeActions: [] }, current, maxEpochSeconds)).toEqual([]);
  });

  it('does not come due again right after a rotation under the same policy', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4000 }), fc.nat(), (life, before) => {
        const kept = checkRotationPolicy({
          expiresIn: `P${life}D`,
          lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: `P${1 + (before % (life - 1))}D` }],
        });
        const next = { createdOn: created, expiresOn: policyExpiry(kept, created), enabled: true };
        expect(dueActions(kept, next, created)).toEqual([]);
      }),
    );
  });
});
