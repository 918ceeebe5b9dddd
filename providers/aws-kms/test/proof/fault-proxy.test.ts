import { Agent, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { faultNames, faults, hugeLength, redirectPath } from '../../proof/fault.ts';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import type { FaultProxy, FaultProxyOptions, SeenBody } from '../../proof/fault-proxy.ts';
import { firstOf, fromIndex, onEvery, onIndex, onNth } from '../../proof/fault-script.ts';
import { operationOf } from '../../proof/kms-protocol.ts';
import { readBody, startLoopbackServer } from '../../proof/loopback-server.ts';
import { countOperations } from '../../proof/request-log.ts';

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const open: { close(): Promise<void> }[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** A server that says what it was asked, and a proxy in front of it. */
async function startBoth(
  options: Partial<FaultProxyOptions> = {},
): Promise<{ proxy: FaultProxy; asked: string[] }> {
  const asked: string[] = [];
  const upstream = await startLoopbackServer(async (incoming, body, response: ServerResponse) => {
    asked.push(operationOf(incoming.headers));
    response.setHeader('x-amzn-requestid', 'seven');
    response.end(JSON.stringify({ asked: body.toString() }));
    return Promise.resolve();
  });
  const proxy = await startFaultProxy({ upstream: upstream.endpoint, ...options });
  open.push(proxy, upstream);
  return { proxy, asked };
}

/** Calls like the SDK does: a connection may be used again. */
function call(proxy: FaultProxy, operation: string, body = '{}'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-amz-target': `TrentService.${operation}`,
      'content-length': Buffer.byteLength(body),
    };
    const outgoing = request(proxy.endpoint, { method: 'POST', agent, headers }, (answer) => {
      readBody(answer)
        .then((octets) =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: octets.toString() }),
        )
        .catch(reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const waitNothing = (): Promise<void> => Promise.resolve();

describe('a fault proxy', () => {
  it('hands on what passes, body and headers, and logs it without the body', async () => {
    const { proxy, asked } = await startBoth();
    const got = await call(proxy, 'Sign', '{"KeyId":"alias/a","Message":"secret"}');
    expect(got).toMatchObject({ status: 200, headers: { 'x-amzn-requestid': 'seven' } });
    expect(JSON.parse(got.body)).toEqual({ asked: '{"KeyId":"alias/a","Message":"secret"}' });
    expect(asked).toEqual(['Sign']);
    expect(proxy.log).toMatchObject([
      { index: 1, operation: 'Sign', nth: 1, names: ['alias/a'], fault: 'pass', reached: true, status: 200 },
    ]);
    expect(JSON.stringify(proxy.log)).not.toContain('secret');
  });

  it.each(faultNames)('%s: the vault and the client get what its row says', async (name) => {
    const { proxy, asked } = await startBoth({ script: onNth('Sign', 1, name), wait: waitNothing });
    const { reaches, gives } = faults[name];
    const result = await call(proxy, 'Sign', '{"Message":"0123456789"}').catch((error: unknown) => error);
    expect(asked.length).toBe(reaches || gives === 'stale' ? 1 : 0);
    expect(result instanceof Error).toBe(gives === 'nothing' || gives === 'half');
    if (typeof gives === 'object') expect((result as Got).body).toBe(gives.body.toString());
    if (typeof gives === 'object') expect((result as Got).status).toBe(gives.status);
    expect(proxy.log).toMatchObject([
      { fault: name, reached: asked.length === 1, applied: gives !== 'stale', failure: undefined },
    ]);
    await expect(call(proxy, 'Sign')).resolves.toMatchObject({ status: 200 });
  });

  it('lets exactly these faults happen after the vault has done its work', () => {
    const done = faultNames.filter((name) => faults[name].reaches && faults[name].gives !== 'answer');
    expect(done).toEqual(['cut-after', 'half-answer', 'error-500-after', 'error-503-after']);
  });

  it('has the headers and the length that the faults of an answer need', async () => {
    const { proxy } = await startBoth({
      script: firstOf(onIndex(1, 'error-503-retry-after'), onIndex(2, 'redirect'), fromIndex(3, 'huge')),
    });
    await expect(call(proxy, 'Sign')).resolves.toMatchObject({ headers: { 'retry-after': '1' } });
    await expect(call(proxy, 'Sign')).resolves.toMatchObject({ headers: { location: redirectPath } });
    const { body } = await call(proxy, 'Sign');
    expect(body.length).toBe(hugeLength);
    expect(() => JSON.parse(body) as unknown).not.toThrow();
  });

  it('cuts an empty answer in its headers, since there is no body to cut', async () => {
    const empty = await startLoopbackServer((_, __, response) => Promise.resolve(void response.end()));
    const proxy = await startFaultProxy({
      upstream: empty.endpoint,
      script: onIndex(1, 'half-answer'),
    });
    open.push(proxy, empty);
    await expect(call(proxy, 'TagResource')).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(call(proxy, 'TagResource')).resolves.toMatchObject({ status: 200, body: '' });
  });

  it('cuts one connection and leaves the others alone', async () => {
    const gates: (() => void)[] = [];
    const allWait = Promise.withResolvers<void>();
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        if (gates.push(resolve) === 4) allWait.resolve();
      });
    const script = firstOf(onEvery('Cut', 'cut-before'), onEvery('Sign', 'slow-after'));
    const { proxy } = await startBoth({ script, wait });
    const slow = [1, 2, 3, 4].map((number) => call(proxy, 'Sign', `{"Message":"${number}"}`));
    await allWait.promise;
    expect(proxy.inFlight).toBe(4);
    await Promise.all([1, 2].map(() => expect(call(proxy, 'Cut')).rejects.toThrow(/hang up|ECONNRESET/)));
    for (const open of gates) open();
    const answers = await Promise.all(slow);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(proxy.log.filter(({ operation }) => operation === 'Sign').map(({ inFlight }) => inFlight)).toEqual(
      [1, 2, 3, 4],
    );
    expect(countOperations(proxy.log)).toEqual({ Cut: 2, Sign: 4 });
  });

  it('counts by operation, and begins anew when it is asked to', async () => {
    const { proxy } = await startBoth({ script: onNth('Sign', 2, 'refused') });
    const statuses = async (): Promise<number[]> => {
      const found: number[] = [];
      for (const operation of ['Sign', 'Verify', 'Sign', 'Sign']) {
        found.push((await call(proxy, operation)).status);
      }
      return found;
    };
    expect(await statuses()).toEqual([200, 200, 400, 200]);
    proxy.restart(onNth('Verify', 1, 'throttled'));
    expect(proxy.log).toEqual([]);
    expect(await statuses()).toEqual([200, 400, 200, 200]);
    expect(proxy.log.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  });

  it('gives every body to whoever watches, and to nobody else', async () => {
    const seen: SeenBody[] = [];
    const { proxy } = await startBoth({ watchBodies: (body) => void seen.push(body) });
    await call(proxy, 'Encrypt', '{"Plaintext":"cGxhaW4="}');
    expect(seen.map(({ direction, operation }) => `${operation} ${direction}`)).toEqual([
      'Encrypt request',
      'Encrypt answer',
    ]);
    expect(seen.every(({ octets }) => octets.includes('cGxhaW4='))).toBe(true);
  });

  it('says in its log what kept it from doing as it was told', async () => {
    const gone = await startLoopbackServer(() => Promise.resolve());
    await gone.close();
    const proxy = await startFaultProxy({ upstream: gone.endpoint, script: onIndex(2, 'slow-before') });
    open.push(proxy);
    await expect(call(proxy, 'Sign')).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(call(proxy, 'Sign')).rejects.toThrow(/hang up|ECONNRESET/);
    expect(proxy.log[0]?.failure).toMatch(/ECONNREFUSED/);
    expect(proxy.log[1]?.failure).toMatch(/needs a wait/);
    expect(proxy.log.every(({ reached, status }) => !reached && status === undefined)).toBe(true);
  });
});
