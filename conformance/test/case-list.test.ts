import { algorithmRows, keyManagerErrorCodes, operations } from '@keyway/core';
import { describe, expect, it } from 'vitest';
import { allCases, promiseCases } from '../src/all-cases.ts';
import { checkCases, selectCases, UnknownCaseError } from '../src/case.ts';
import type { Case } from '../src/case.ts';
import { idOf } from '../src/algorithm-ids.ts';

const made = (id: string): Case => ({ id, title: id, requires: [], run: async () => undefined });

describe('the list of cases', () => {
  it('is large, and every id is its own', () => {
    expect(promiseCases.length).toBeGreaterThan(500);
    expect(new Set(allCases.map(({ id }) => id)).size).toBe(allCases.length);
  });

  it('has a title for each case that is a sentence without a full stop', () => {
    for (const { id, title } of allCases) expect(title, id).toMatch(/^\S.{8,}[^.]$/);
  });

  it('names every algorithm of the contract in a case of its own', () => {
    for (const row of algorithmRows) {
      expect(
        promiseCases.some(({ id }) => id.split('/')[1] === idOf(row)),
        row.name,
      ).toBe(true);
    }
  });

  it('requires every operation of the contract somewhere', () => {
    const required = JSON.stringify(promiseCases.map(({ requires }) => requires));
    const everywhere = new Set(['getKey']);
    for (const operation of operations) {
      expect(required.includes(`"operation":"${operation}"`) || everywhere.has(operation), operation).toBe(
        true,
      );
    }
  });

  it('has a case for every error code that a driver can cause', () => {
    const coreOnly = new Set(['ERR_ABORTED', 'ERR_CLOSED', 'ERR_OUTCOME_UNKNOWN']);
    for (const code of keyManagerErrorCodes.filter((each) => !coreOnly.has(each))) {
      const id = `errors/${code.slice(4).toLowerCase().replaceAll('_', '-')}/reaches-the-caller`;
      expect(
        promiseCases.some((each) => each.id === id),
        id,
      ).toBe(true);
    }
  });

  it('is refused where it is empty, says an id twice, or has a malformed one', () => {
    expect(() => checkCases([])).toThrow('no conformance cases');
    expect(() => checkCases([made('a/b'), made('a/b')])).toThrow('Two cases');
    for (const id of ['a', 'A/b', 'a//b', '/a/b', 'a/b/', 'a b/c', '']) {
      expect(() => checkCases([made(id)]), id).toThrow('Malformed');
    }
  });

  it('is selected by id or by a prefix that ends at a slash', () => {
    const cases = [made('sign/es256/one'), made('sign/es256k/one'), made('list/keys/all')];
    const ids = (only: readonly string[]): readonly string[] => selectCases(cases, only).map(({ id }) => id);
    expect(ids([])).toHaveLength(3);
    expect(ids(['sign/es256'])).toEqual(['sign/es256/one']);
    expect(ids(['sign/', 'list/keys/all'])).toHaveLength(3);
  });

  it('is never a silent success where the selection matches nothing', () => {
    expect(() => selectCases([made('a/b')], ['a/c'])).toThrow(UnknownCaseError);
    expect(() => selectCases([made('a/b')], ['a/b', 'x'])).toThrow('x');
  });
});
