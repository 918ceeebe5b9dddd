import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { turnsOf } from '../../src/token/module-registry.ts';
import type { SharedModule } from '../../src/token/module-registry.ts';
import { ObjectTurns, touchOf } from '../../src/token/object-turns.ts';
import type { Touch, TurnTaker } from '../../src/token/object-turns.ts';
import type { Token, TokenFacts } from '../../src/token/token.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';
import { openSoft } from './open-soft-token.ts';
import { callFor, makeHmacKey, signsRight } from './token-keys.ts';

const touches: readonly Touch[] = ['use', 'look', 'make', 'change'];

describe('the turns of a token', () => {
  test.each<[Touch, readonly Touch[]]>([
    ['use', ['use', 'look', 'make']],
    ['look', ['use']],
    ['make', ['use']],
    ['change', []],
  ])('beside a job of kind %s run those of kinds %j', (running, beside) => {
    const found = touches.filter((touch) => {
      const turns = new ObjectTurns();
      turns.begin({}, running);
      return turns.begin({}, touch);
    });
    expect(found).toEqual(beside);
  });

  test('who waits is told of every end, and is not overtaken by what came later', () => {
    const turns = new ObjectTurns();
    let told = 0;
    turns.heard.add(() => told++);
    const [sign, destroy, later]: readonly TurnTaker[] = [{}, {}, {}];
    expect(turns.begin(sign as TurnTaker, 'use')).toBe(true);
    expect(turns.begin(destroy as TurnTaker, 'change')).toBe(false);
    expect(turns.begin(later as TurnTaker, 'use')).toBe(false);
    turns.end(sign as TurnTaker);
    turns.end(sign as TurnTaker);
    expect(told).toBe(1);
    expect(turns.begin(later as TurnTaker, 'use')).toBe(false);
    expect(turns.begin(destroy as TurnTaker, 'change')).toBe(true);
    turns.end(destroy as TurnTaker);
    expect(turns.begin(later as TurnTaker, 'use')).toBe(true);
  });

  test('who waits for a search and then needs none lets those go on who waited behind it', () => {
    const turns = new ObjectTurns();
    const [search, sign, destroy]: readonly TurnTaker[] = [{}, {}, {}];
    turns.begin(search as TurnTaker, 'look');
    turns.begin(sign as TurnTaker, 'look');
    turns.begin(destroy as TurnTaker, 'change');
    turns.end(search as TurnTaker);
    let told = 0;
    turns.heard.add(() => told++);
    expect(turns.begin(sign as TurnTaker, 'use')).toBe(false);
    expect(told).toBe(1);
    expect(turns.begin(destroy as TurnTaker, 'change')).toBe(true);
  });

  test('who has given up waiting is waited for by nobody', () => {
    const turns = new ObjectTurns();
    const [sign, destroy]: readonly TurnTaker[] = [{}, {}];
    turns.begin(sign as TurnTaker, 'use');
    turns.begin(destroy as TurnTaker, 'change');
    turns.end(destroy as TurnTaker);
    expect(turns.begin({}, 'use')).toBe(true);
  });

  test('a job on a session object, and one whose key is known, look through nothing', () => {
    const id = new Uint8Array(20);
    expect(touchOf('create', { template: { token: false } }, false)).toBe('use');
    expect(touchOf('create', { template: { token: true } }, false)).toBe('make');
    expect(touchOf('sign', { key: { class: 'private', id } }, false)).toBe('use');
    expect(touchOf('sign', { key: { class: 'private', id } }, true)).toBe('look');
    expect(touchOf('read', { object: { class: 'private', id } }, false)).toBe('look');
    expect(touchOf('read', { object: { handle: 1n } }, false)).toBe('use');
  });
});

describe('two openings of one SoftHSM2 token', () => {
  let one: Token;
  let other: Token;
  beforeAll(async () => {
    const soft = await softHsmToken();
    one = await openSoft(soft);
    other = await openSoft(soft);
  });

  test('make objects and look for others at the same time, and all of them are made and found', async () => {
    const labels = Array.from({ length: 60 }, () => randomUUID());
    let over = false;
    const look = async (): Promise<void> => {
      while (!over) await other.run('find', { template: { class: 0, label: 'none' } }, callFor());
    };
    const looking = [look(), look()];
    const make = async (label: string): Promise<bigint> => {
      const template = { class: 0, token: true, private: true, label, value: new Uint8Array(200) };
      return one.run('create', { template }, callFor());
    };
    await Promise.all(labels.map(make));
    over = true;
    await Promise.all(looking);
    const found = await other.run(
      'findAndRead',
      { template: { class: 0 }, attributes: ['label', 'value'] },
      callFor(),
    );
    expect(found.map(({ attributes: { label = '' } }) => label).toSorted()).toEqual(labels.toSorted());
    expect(new Set(found.map(({ attributes }) => attributes.value?.length))).toEqual(new Set([200]));
  });

  test('use a key whose attributes are set at the same time, and it stays usable', async () => {
    const key = await makeHmacKey(one);
    let over = false;
    let right = 0;
    const use = async (): Promise<void> => {
      while (!over) if (await signsRight(other, key)) right++;
    };
    const using = Array.from({ length: 4 }, use);
    for (let count = 0; count < 200; count++)
      await one.run('set', { object: key.locator, template: { label: `label ${count}` } }, callFor());
    over = true;
    await Promise.all(using);
    expect(right).toBeGreaterThan(0);
    expect(await signsRight(one, key)).toBe(true);
  });
});

test('tokens that do not keep their users apart have one order for all vaults of the process, others none', () => {
  const module = { turns: new Map<string, ObjectTurns>() } as SharedModule;
  const of = (manufacturer: string, serial: string): ObjectTurns | undefined =>
    turnsOf(module, { manufacturer, serial } as TokenFacts);
  for (const manufacturer of ['SoftHSM project', 'Mozilla Foundation']) {
    expect(of(manufacturer, manufacturer)).toBeInstanceOf(ObjectTurns);
    expect(of(manufacturer, manufacturer)).toBe(of(manufacturer, manufacturer));
    expect(of(manufacturer, 'another')).not.toBe(of(manufacturer, manufacturer));
  }
  expect(of('Vendor', '1')).toBeUndefined();
});
