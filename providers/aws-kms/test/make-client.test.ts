import process from 'node:process';
import type { KMS } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeClient } from '../src/make-client.ts';
import { UnexpectedAnswer } from '../src/answers.ts';
import { limitAnswers } from '../src/limited-answers.ts';
import { scriptedEndpoint } from './scripted-endpoint.ts';

const leading: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL: 'http://elsewhere.example',
  AWS_ENDPOINT_URL_KMS: 'http://elsewhere.example',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_REGION: 'us-east-1',
  AWS_MAX_ATTEMPTS: '5',
};
let before: Record<string, string | undefined> = {};

beforeEach(() => {
  before = Object.fromEntries(Object.keys(leading).map((name) => [name, process.env[name]]));
  Object.assign(process.env, leading);
});

afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Where a client would send a request. Nothing is sent. */
async function destination(client: KMS): Promise<string> {
  let host = '';
  client.middlewareStack.add(
    () => (args) => {
      host = (args.request as { readonly hostname: string }).hostname;
      return Promise.reject(new Error('not sent'));
    },
    { step: 'deserialize', priority: 'high', name: 'destination' },
  );
  await client.generateRandom({ NumberOfBytes: 1 }).catch(() => undefined);
  return host;
}

test('a client goes to the endpoint of its region, wherever the environment points', async () => {
  const client = (await makeClient({ region: 'eu-west-1' })) as KMS;
  expect(await destination(client)).toBe('kms.eu-west-1.amazonaws.com');
  client.destroy();
});

test('a client goes to the endpoint that is given', async () => {
  const client = (await makeClient({ region: 'eu-west-1', endpoint: 'https://kms.example' })) as KMS;
  expect(await destination(client)).toBe('kms.example');
  client.destroy();
});

test('a request that is not answered for half a minute fails, which the SDK by itself would only warn of', async () => {
  let arrived = (): void => undefined;
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const { url } = await scriptedEndpoint(() => arrived());
  const client = (await makeClient({ region: 'eu-west-1', endpoint: url })) as KMS;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let failure: unknown;
    const running = client.generateRandom({ NumberOfBytes: 1 }).catch((error: unknown) => {
      failure = error;
    });
    await asked;
    await vi.advanceTimersByTimeAsync(29_000);
    expect(failure).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2000);
    await running;
    expect(failure).toMatchObject({ name: 'TimeoutError' });
  } finally {
    vi.useRealTimers();
    client.destroy();
  }
});

/** Runs the middleware on one response. */
async function received(response: object): Promise<object> {
  type Step = (next: () => Promise<{ response: object }>) => (args: object) => Promise<{ response: object }>;
  let step: Step | undefined;
  limitAnswers({ middlewareStack: { add: (added: Step) => (step = added) } } as never);
  return (await step?.(() => Promise.resolve({ response }))({}))?.response ?? {};
}

async function* chunksOf(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size).fill(7));
}

test('an answer of exactly one MiB is read, and one octet more is not', async () => {
  const most = 1_048_576;
  const whole = await received({ statusCode: 200, headers: {}, body: chunksOf(most - 1, 1) });
  expect(whole).toMatchObject({ body: expect.objectContaining({ length: most }) as object });
  const exact = { 'content-length': String(most) };
  expect(await received({ statusCode: 200, headers: exact, body: chunksOf(most) })).toMatchObject({});
  for (const [headers, body] of [
    [{}, chunksOf(most, 1)],
    [{ 'content-length': String(most + 1) }, chunksOf(1)],
  ] as const) {
    const attempt = received({ statusCode: 502, headers, body });
    await expect(attempt).rejects.toBeInstanceOf(UnexpectedAnswer);
    await expect(attempt).rejects.toMatchObject({ status: 502 });
  }
});

test('an answer without a body stays as it is', async () => {
  const response = { statusCode: 204, headers: {}, body: undefined };
  expect(await received(response)).toEqual(response);
});
