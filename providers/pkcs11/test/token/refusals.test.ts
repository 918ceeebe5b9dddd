import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { attributeRows, type Template } from '../../src/token/attributes.ts';
import type { FaultModule } from '../../proof/shim/fault-module.ts';
import type { JobName } from '../../src/token/jobs.ts';
import type { Token } from '../../src/token/token.ts';
import { faultyToken, openSoft } from './open-soft-token.ts';
import { callFor, classes, makeHmacKey, mechanisms, type SigningKey } from './token-keys.ts';

let token: Token;
let faults: FaultModule;
let key: SigningKey;
beforeAll(async () => {
  const faulty = await faultyToken();
  faults = faulty.faults;
  token = await openSoft(faulty.soft, { workers: 1 });
  key = await makeHmacKey(token);
});

/** What the native binding answers with a crash of the process, a wrong number, or a pointer to nowhere. */
const badValues: Readonly<Record<string, readonly unknown[]>> = {
  bool: [1, 'true', null, Uint8Array.of(1), {}, 1n, new Date(0), []],
  ulong: [
    true,
    '4',
    null,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 32,
    4n,
    {},
    new Date(0),
    Uint8Array.of(4),
  ],
  octets: ['text', 7, null, true, 1n, new ArrayBuffer(4), [1, 2], {}, new Uint16Array(2), new Date(0)],
  text: [7, null, true, 1n, Uint8Array.of(65), 'a\0b', '\ud800', {}, [], new Date(0)],
};

const oneOfEach = { bool: 'token', ulong: 'keyType', octets: 'id', text: 'label' } as const;

const templateJobs: readonly [JobName, (template: Template) => object][] = [
  ['find', (template) => ({ template })],
  ['findAndRead', (template) => ({ template, attributes: ['label'] })],
  ['create', (template) => ({ template })],
  ['copy', (template) => ({ object: key.locator, template })],
  ['set', (template) => ({ object: key.locator, template })],
  ['generateKey', (template) => ({ mechanism: { type: mechanisms.aesKey }, template })],
  [
    'generateKeyPair',
    (template) => ({
      mechanism: { type: mechanisms.ecKeyPair },
      publicTemplate: {},
      privateTemplate: template,
    }),
  ],
  [
    'unwrap',
    (template) => ({
      key: key.locator,
      mechanism: { type: mechanisms.aesKeyWrap },
      wrapped: randomBytes(40),
      template,
    }),
  ],
];

/** Native functions that take a template; searches for the job's own key come before them. */
const takesTemplate = /C_(?:CreateObject|CopyObject|SetAttributeValue|Generate|UnwrapKey)/u;
const callsOf = (): number => faults.calls().filter((call) => takesTemplate.test(call.function)).length;

/** Something with a prototype of its own. */
class Some {
  readonly label = 'x';
}

async function expectRefused(name: JobName, request: object): Promise<void> {
  const before = callsOf();
  const run = token.run(name, request as never, callFor());
  await expect(run).rejects.toMatchObject({ name: 'KeyManagerError', code: 'ERR_INVALID_ARGUMENT' });
  expect(callsOf()).toBe(before);
}

describe.each(Object.entries(oneOfEach))('an attribute of the kind %s', (kind, attribute) => {
  test.each(templateJobs)(
    'with a bad value is refused by %s before any native call',
    async (name, request) => {
      expect(attributeRows[attribute].kind).toBe(kind);
      for (const value of badValues[kind] ?? []) await expectRefused(name, request({ [attribute]: value }));
    },
  );
});

test.each(Object.entries(attributeRows))(
  'the attribute %s takes no value of another kind',
  async (name, { kind }) => {
    for (const value of badValues[kind] ?? []) await expectRefused('create', { template: { [name]: value } });
  },
);

test.each(['startDate', 'toString', '__proto__', 'constructor', ''])(
  'an attribute called %j is refused: it is not in the table',
  async (name) => {
    await expectRefused('create', { template: Object.fromEntries([[name, true]]) });
    await expectRefused('read', { object: key.locator, attributes: [name] });
  },
);

const data = randomBytes(32);
const gcm = (parameter: object): object => ({ kind: 'gcm', iv: randomBytes(12), tagBits: 128, ...parameter });

test.each<[string, unknown]>([
  ['no mechanism', undefined],
  ['a mechanism that is a number', 7],
  ['a type that is too large', { type: 2 ** 32 }],
  ['a type that is a text', { type: '7' }],
  ['a parameter that is a text', { type: 1, parameter: 'iv' }],
  ['a parameter of an unknown kind', { type: 1, parameter: { kind: 'ccm' } }],
  ['a parameter that is a list', { type: 1, parameter: [1] }],
  ['a parameter that is a large number', { type: 1, parameter: 2 ** 40 }],
  ['GCM without an IV', { type: 1, parameter: gcm({ iv: undefined }) }],
  ['GCM with a tag of no number', { type: 1, parameter: gcm({ tagBits: 'all' }) }],
  ['GCM with additional data that are a text', { type: 1, parameter: gcm({ additionalData: 'x' }) }],
  ['OAEP without a hash', { type: 1, parameter: { kind: 'oaep', mgf: 1 } }],
  ['PSS with a negative salt', { type: 1, parameter: { kind: 'pss', hash: 1, mgf: 1, saltLength: -1 } }],
])('%s is refused before any native call', async (_, mechanism) => {
  await expectRefused('sign', { key: key.locator, mechanism, data });
});

test.each<[string, object]>([
  ['an object of a class', { template: new Some() }],
  ['a function', { template: { label: () => 'x' } }],
  ['a symbol', { template: { label: Symbol('x') } }],
  [
    'something within itself',
    (() => ({
      template: (() => {
        const loop: Record<string, unknown> = {};
        loop['a'] = loop;
        return loop;
      })(),
    }))(),
  ],
])('%s in a request is refused, and the jobs beside it are not', async (_, request) => {
  const beside = token.run('random', { length: 8 }, callFor());
  await expectRefused('create', request);
  expect(await beside).toHaveLength(8);
});

test.each<[string, object]>([
  ['a key that is no locator', { key: 'mine', mechanism: { type: 1 }, data }],
  [
    'a locator with a class that is none',
    { key: { class: 'certificate', id: data }, mechanism: { type: 1 }, data },
  ],
  ['a locator without an id', { key: { class: 'private' }, mechanism: { type: 1 }, data }],
  ['a handle that is no bigint', { key: { handle: 7 }, mechanism: { type: 1 }, data }],
  ['data that are a text', { key: { handle: 7n }, mechanism: { type: 1 }, data: 'text' }],
])('%s is refused before any native call', (_, request) => expectRefused('sign', request));

test('a request may be changed after the call: what was asked for counts', async () => {
  const given = randomBytes(48);
  const wanted = Uint8Array.from(given);
  const request = { key: key.locator, mechanism: key.mechanism, data: given };
  const signing = token.run('sign', request, callFor());
  given.fill(0);
  expect(key.isRight(wanted, await signing)).toBe(true);
  expect(given.buffer.byteLength).toBeGreaterThan(0);
});

test('a name that is no job is refused', async () => {
  await expect(token.run('constructor' as never, {}, callFor())).rejects.toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
});

test('after all that was refused the token is as it was', async () => {
  expect(await token.run('find', { template: { class: classes.secret } }, callFor())).toHaveLength(1);
  const { opened, closed } = faults.sessions();
  expect(opened - closed).toBe(1);
});
