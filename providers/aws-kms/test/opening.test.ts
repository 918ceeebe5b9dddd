import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { inspect } from 'node:util';
import { KMS } from '@aws-sdk/client-kms';
import { isKeyManagerError } from '@keyway/core';
import type { KeyManagerError } from '@keyway/core';
import { openAwsKms } from '@keyway/aws-kms';
import type { AwsKmsVault, OpenAwsKmsOptions } from '@keyway/aws-kms';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { json, scriptedEndpoint } from './scripted-endpoint.ts';

const arn = (what: string, region = 'eu-west-1'): string => `arn:aws:kms:${region}:111122223333:${what}`;
const notFound = {
  __type: 'NotFoundException',
  message: `Alias ${arn('alias/p/keyway-identity')} is not found.`,
};
const secret = 'canary-secret-access-key';
const token = 'canary-session-token';

const variables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'] as const;
const elsewhere = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_KMS', 'AWS_REGION', 'AWS_MAX_ATTEMPTS'] as const;
const files = ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE', 'AWS_EC2_METADATA_DISABLED'] as const;
let before: Record<string, string | undefined> = {};

beforeEach(() => {
  const names = [...variables, ...elsewhere, ...files];
  before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function open(url: string, options: Partial<OpenAwsKmsOptions> = {}): Promise<AwsKmsVault> {
  const vault = await openAwsKms(`awskms://eu-west-1?prefix=p&endpoint=${url}`, options);
  onTestFinished(() => vault.close());
  return vault;
}

async function failureOf(attempt: Promise<unknown>): Promise<KeyManagerError> {
  try {
    await attempt;
  } catch (error) {
    if (isKeyManagerError(error)) return error;
    throw error;
  }
  throw new Error('It did not fail');
}

/** Whatever of an error a log could show. */
function everything(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
}

describe('opening a vault', () => {
  it('learns account and partition from what KMS says of an alias that is not there', async () => {
    const { url, seen } = await scriptedEndpoint((response) => json(response, 400, notFound));
    const vault = await open(url);
    expect(vault.vaultUri).toBe('awskms://aws/111122223333/eu-west-1/p');
    expect(seen.map(({ headers }) => headers['x-amz-target'])).toEqual(['TrentService.DescribeKey']);
  });

  it('learns them from the key where the alias is there', async () => {
    const KeyMetadata = { KeyId: 'k', Arn: arn('key/k') };
    const { url } = await scriptedEndpoint((response) => json(response, 200, { KeyMetadata }));
    expect((await open(url)).vaultUri).toBe('awskms://aws/111122223333/eu-west-1/p');
  });

  it('makes no request where account and region are given', async () => {
    const { url, seen } = await scriptedEndpoint((response) => json(response, 500, {}));
    const vault = await open(url, { account: '444455556666' });
    expect(vault.vaultUri).toBe('awskms://aws/444455556666/eu-west-1/p');
    expect(seen).toEqual([]);
    const gov = await openAwsKms('awskms://us-gov-west-1?prefix=p&account=444455556666');
    expect(gov.vaultUri).toBe('awskms://aws-us-gov/444455556666/us-gov-west-1/p');
    await gov.close();
  });

  it('takes a client of the SDK as it is, and its region from KMS', async () => {
    const { url } = await scriptedEndpoint((response) => json(response, 400, notFound));
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new KMS({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1 });
    const vault = await openAwsKms({ client, prefix: 'p' });
    expect(vault.vaultUri).toBe('awskms://aws/111122223333/eu-west-1/p');
    await vault.close();
    client.destroy();
  });

  it('takes the credentials of the profile that is named', async () => {
    for (const name of variables) delete process.env[name];
    const folder = mkdtempSync(join(tmpdir(), 'keyway-aws-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const keys = `aws_access_key_id = AKIDPROFILE\naws_secret_access_key = ${secret}\n`;
    writeFileSync(join(folder, 'credentials'), `[other]\n${keys}`);
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(folder, 'credentials');
    const { url, seen } = await scriptedEndpoint((response) => json(response, 400, notFound));
    await open(url, { profile: 'other' });
    expect(seen[0]?.headers.authorization).toMatch(/Credential=AKIDPROFILE\/[0-9]{8}\/eu-west-1\/kms\//);
  });

  it('does not go where the environment points', async () => {
    const { url, seen } = await scriptedEndpoint((response) => json(response, 400, notFound));
    const { url: other, seen: seenElsewhere } = await scriptedEndpoint((response) =>
      json(response, 400, notFound),
    );
    process.env['AWS_ENDPOINT_URL'] = other;
    process.env['AWS_ENDPOINT_URL_KMS'] = other;
    process.env['AWS_REGION'] = 'us-east-1';
    await open(url);
    expect([seen.length, seenElsewhere.length]).toEqual([1, 0]);
  });

  it('refuses an endpoint of another region or account', async () => {
    const { url } = await scriptedEndpoint((response) => json(response, 400, notFound));
    const region = openAwsKms(`awskms://eu-west-2?prefix=p&endpoint=${url}`);
    await expect(region).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new KMS({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1 });
    const account = openAwsKms({ client, prefix: 'p', account: '999999999999' });
    await expect(account).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    client.destroy();
  });
});

describe('opening fails with one request and a typed error', () => {
  const page = '<html><body>Welcome to the proxy canary-plaintext</body></html>';
  const cases: readonly (readonly [string, Parameters<typeof scriptedEndpoint>[0], string])[] = [
    ['where a page of HTML answers', (response) => response.end(page), 'ERR_UNAVAILABLE'],
    [
      'where a redirect answers',
      (response) => response.writeHead(302, { location: 'https://example.com/' }).end(),
      'ERR_UNAVAILABLE',
    ],
    [
      'where the answer is JSON of something else',
      (response) => json(response, 200, { hello: 1 }),
      'ERR_UNAVAILABLE',
    ],
    ['where the answer is no object', (response) => json(response, 200, 'hello'), 'ERR_UNAVAILABLE'],
    [
      'where another service has no such page',
      (response) => json(response, 404, { error: 'no' }),
      'ERR_UNAVAILABLE',
    ],
    [
      'where the answer is cut',
      (response) => response.end('{"KeyMetadata":{"KeyId":"canary-pl'),
      'ERR_UNAVAILABLE',
    ],
    ['where the connection is cut', (response) => response.destroy(), 'ERR_UNAVAILABLE'],
    ['where a server in between fails', (response) => response.writeHead(502).end(page), 'ERR_UNAVAILABLE'],
    [
      'where KMS fails',
      (response) => json(response, 500, { __type: 'KMSInternalException' }),
      'ERR_UNAVAILABLE',
    ],
    [
      'where KMS asks for fewer requests',
      (response) => json(response, 400, { __type: 'ThrottlingException' }),
      'ERR_THROTTLED',
    ],
    [
      'where the credentials are expired',
      (response) =>
        json(response, 400, { __type: 'ExpiredTokenException', message: 'The security token is expired' }),
      'ERR_UNAUTHENTICATED',
    ],
    [
      'where the signature is not accepted',
      (response, { headers }) =>
        json(response, 400, {
          __type: 'InvalidSignatureException',
          message: `The Canonical String should have been x-amz-security-token:${String(headers['x-amz-security-token'])}`,
        }),
      'ERR_UNAUTHENTICATED',
    ],
    [
      'where the caller may not ask',
      (response) => json(response, 400, { __type: 'AccessDeniedException' }),
      'ERR_PERMISSION_DENIED',
    ],
  ];
  it.each(cases)('%s', async (_, answer, code) => {
    const { url, seen } = await scriptedEndpoint(answer);
    const error = await failureOf(open(url));
    expect(error).toMatchObject({ code, provider: 'aws-kms' });
    expect(seen.length).toBe(1);
    expect(seen[0]?.headers['x-amz-security-token']).toBe(token);
    expect(everything(error)).not.toMatch(/canary/);
  });

  it('that holds no session token where the client was given, either', async () => {
    const { url } = await scriptedEndpoint((response) =>
      json(response, 400, { __type: 'AccessDeniedException' }),
    );
    const credentials = { accessKeyId: 'a', secretAccessKey: secret, sessionToken: token };
    const client = new KMS({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1 });
    const error = await failureOf(openAwsKms({ client, prefix: 'p' }));
    expect(error.code).toBe('ERR_PERMISSION_DENIED');
    expect(everything(error)).not.toMatch(/canary/);
    client.destroy();
  });

  it('where nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const error = await failureOf(open(`http://127.0.0.1:${port}`));
    expect(error).toMatchObject({ code: 'ERR_UNAVAILABLE', retryable: true });
  });

  it('where there are no credentials', async () => {
    for (const name of variables) delete process.env[name];
    const { url, seen } = await scriptedEndpoint((response) => json(response, 400, notFound));
    expect(await failureOf(open(url))).toMatchObject({ code: 'ERR_UNAUTHENTICATED', retryable: false });
    expect(seen).toEqual([]);
  });

  it('where the profile is not there', async () => {
    for (const name of variables) delete process.env[name];
    const { url } = await scriptedEndpoint((response) => json(response, 400, notFound));
    expect(await failureOf(open(url, { profile: 'nobody' }))).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
  });

  it('where the endpoint does not say in which account it is, and says what to give', async () => {
    const { url } = await scriptedEndpoint((response) =>
      json(response, 400, { __type: 'NotFoundException', message: 'no' }),
    );
    const error = await failureOf(open(url));
    expect(error).toMatchObject({ code: 'ERR_UNAVAILABLE', alternative: 'the options account and region' });
  });
});

describe('an answer without end', () => {
  const chunk = Buffer.alloc(65_536, 'canary ');

  it('is read no further than its limit, announced or not', async () => {
    for (const announced of [true, false]) {
      let sent = 0;
      let ended = false;
      const { url } = await scriptedEndpoint((response) => {
        const total = 50_000_000;
        response.writeHead(200, announced ? { 'content-length': total } : {});
        response.on('close', () => (ended = true));
        const more = (): void => {
          while (!ended && sent < total) {
            sent += chunk.length;
            if (!response.write(chunk)) {
              response.once('drain', more);
              return;
            }
          }
          response.end();
        };
        more();
      });
      const error = await failureOf(open(url));
      expect(error.code).toBe('ERR_UNAVAILABLE');
      expect(everything(error)).not.toMatch(/canary/);
      // One MiB is read; what else was sent has filled the buffers of the connection.
      expect(sent).toBeLessThan(25_000_000);
    }
  });
});
