import fc from 'fast-check';
import { isKeyManagerError } from '@keyway/core';
import { formatAwsKmsUri, openAwsKms, parseAwsKmsUri, awsKmsProvider } from '@keyway/aws-kms';
import type { AwsKmsLocation } from '@keyway/aws-kms';
import { describe, expect, it } from 'vitest';
import { createFakeKms } from './fake-kms.ts';

const region = fc.constantFrom(
  'eu-west-1',
  'us-gov-west-1',
  'cn-northwest-1',
  'eusc-de-east-1',
  'ap-southeast-7',
);
const part = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/).filter((text) => text !== 'v' && !/^aws/i.test(text));
const location: fc.Arbitrary<AwsKmsLocation> = fc.record(
  {
    region,
    prefix: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    endpoint: fc.constantFrom(
      'https://vpce-1.kms.eu-west-1.vpce.amazonaws.com',
      'http://localhost:4566',
      'http://127.0.0.1:4599/',
      'http://[::1]:80',
    ),
    profile: fc
      .string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' })
      .filter((text) => !/[[\]]/.test(text)),
    account: fc.stringMatching(/^[0-9]{12}$/),
    deletionWindowInDays: fc.integer({ min: 7, max: 30 }),
    versions: fc.constantFrom('keys' as const, 'materials' as const),
  },
  { requiredKeys: ['region', 'prefix'] },
);

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }) as Error;

describe('an awskms URI', () => {
  it('is read back as what it was written from', () => {
    fc.assert(
      fc.property(location, (value) => {
        expect(parseAwsKmsUri(formatAwsKmsUri(value))).toEqual(value);
      }),
    );
  });

  it('names the region as its host and the rest as parameters', () => {
    expect(
      parseAwsKmsUri('awskms://eu-west-1/?prefix=team/payments&profile=a%20b+c&deletion-window=7'),
    ).toEqual({ region: 'eu-west-1', prefix: 'team/payments', profile: 'a b+c', deletionWindowInDays: 7 });
  });

  const refused = [
    'awskms:',
    'awskms://eu-west-1',
    'awskms://eu-west-1?',
    'awskms://eu-west-1?account=111122223333',
    'awskms://?prefix=p',
    'awskms://EU-WEST-1?prefix=p',
    'awskms://nowhere?prefix=p',
    'awskms://eu-west-1:443?prefix=p',
    'awskms://user@eu-west-1?prefix=p',
    'awskms://eu-west-1/x?prefix=p',
    'awskms://eu-west-1?prefix=p#x',
    'awskms://eu-west-1?prefix=p&region=eu-west-2',
    'awskms://eu-west-1?prefix=p&prefix=q',
    'awskms://eu-west-1?prefix=p&',
    'awskms://eu-west-1?prefix=p&toString=1',
    'awskms://eu-west-1?prefix=p&__proto__=1',
    'awskms://eu-west-1?prefix',
    'awskms://eu-west-1?prefix=',
    'awskms://eu-west-1?prefix=/p',
    'awskms://eu-west-1?prefix=a//b',
    'awskms://eu-west-1?prefix=aws/p',
    'awskms://eu-west-1?prefix=a/v/1',
    'awskms://eu-west-1?prefix=%zz',
    'awskms://eu-west-1?prefix=p&account=1111',
    'awskms://eu-west-1?prefix=p&versions=material',
    'awskms://eu-west-1?prefix=p&versions=',
    'awskms://eu-west-1?prefix=p&deletion-window=6',
    'awskms://eu-west-1?prefix=p&deletion-window=31',
    'awskms://eu-west-1?prefix=p&deletion-window=07',
    'awskms://eu-west-1?prefix=p&deletion-window=7.5',
    'awskms://eu-west-1?prefix=p&profile=',
    'awskms://eu-west-1?prefix=p&profile=a%0ab',
    'awskms://eu-west-1?prefix=p&endpoint=kms.example',
    'awskms://eu-west-1?prefix=p&endpoint=ftp://localhost',
    'awskms://eu-west-1?prefix=p&endpoint=http://kms.example',
    'awskms://eu-west-1?prefix=p&endpoint=http://localhost.kms.example',
    'awskms://eu-west-1?prefix=p&endpoint=http://127.0.0.1.kms.example',
    'awskms://eu-west-1?prefix=p&endpoint=https://user:hunter2@kms.example',
    'awskms://eu-west-1?prefix=p&endpoint=https://kms.example/path',
    'awskms://eu-west-1?prefix=p&endpoint=https://kms.example?hunter2',
    'awskms://eu-west-1?prefix=p&hunter2=1',
  ];
  it.each(refused)('is refused, and repeats nothing that may be secret: %s', (uri) => {
    expect(() => parseAwsKmsUri(uri)).toThrow(invalid);
    expect(() => parseAwsKmsUri(uri)).not.toThrow(/hunter2/);
  });

  it('gives a location or ERR_INVALID_ARGUMENT, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((tail) => `awskms://eu-west-1?${tail}`),
      fc.string().map((tail) => `awskms://eu-west-1?prefix=p&endpoint=${tail}`),
    );
    fc.assert(
      fc.property(text, (uri) => {
        try {
          parseAwsKmsUri(uri);
        } catch (error) {
          expect(isKeyManagerError(error) && error.code).toBe('ERR_INVALID_ARGUMENT');
        }
      }),
    );
  });
});

describe('the options of a vault', () => {
  const { client } = createFakeKms();

  it('open it without a URI, or beside one', async () => {
    const identity = 'awskms://aws/111122223333/eu-central-1/p';
    const bare = await openAwsKms({ client, prefix: 'p', stateTtl: 5 });
    expect(bare.vaultUri).toBe(identity);
    await bare.close();
    const both = await openAwsKms('awskms://eu-central-1?prefix=p', { client, deletionWindowInDays: 8 });
    expect(both.vaultUri).toBe(identity);
    await both.close();
  });

  it('are refused where they contradict each other or would be ignored', async () => {
    const uri = 'awskms://eu-central-1?prefix=p';
    await expect(openAwsKms(uri, { prefix: 'q' })).rejects.toEqual(invalid);
    await expect(openAwsKms({ client, prefix: 'p', endpoint: 'https://kms.example' })).rejects.toEqual(
      invalid,
    );
    await expect(openAwsKms(`${uri}&profile=x`, { client })).rejects.toEqual(invalid);
    await expect(openAwsKms({ prefix: 'p' })).rejects.toEqual(invalid);
    await expect(openAwsKms({ client, prefix: 'p', deletionWindowInDays: 31 })).rejects.toEqual(invalid);
    await expect(openAwsKms({ client, prefix: 'p', account: '1' })).rejects.toEqual(invalid);
  });

  it('are refused as a type checker would refuse them', async () => {
    const wrong: readonly object[] = [
      { prefix: 7 },
      { client: 'x' },
      { client: null },
      { client: { send: () => undefined } },
      { client: () => undefined },
      { deletionWindowInDays: '7' },
      { hunter: 1 },
    ];
    for (const options of wrong) {
      const given = { client, prefix: 'p', ...options };
      await expect(openAwsKms(given as never)).rejects.toBeInstanceOf(TypeError);
    }
    const uri = 'awskms://eu-central-1?prefix=p';
    await expect(awsKmsProvider.openDriver(uri, { stateTtl: 5 })).rejects.toBeInstanceOf(TypeError);
  });

  it('take a function that makes the client, and then end it', async () => {
    const ended: string[] = [];
    const made = { ...client, destroy: () => void ended.push('made') };
    const byFunction = await openAwsKms({ client: () => Promise.resolve(made), prefix: 'p' });
    await byFunction.close();
    expect(ended).toEqual(['made']);
    const given = await openAwsKms({ client: made, prefix: 'p' });
    await given.close();
    expect(ended).toEqual(['made']);
  });
});
