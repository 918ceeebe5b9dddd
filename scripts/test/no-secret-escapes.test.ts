import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import { createKeyManager } from '@keyway/core';
import type { JsonWebKey, KeyManager } from '@keyway/core';
import type { KeyDriver } from '@keyway/core/driver';
import { localProvider, openLocal } from '@keyway/local';
import type { LocalVault, OpenLocalOptions } from '@keyway/local';
import { SignJWT, UnsecuredJWT } from 'jose';
import { openKeyManager } from 'keyway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaries, findCanaries, findCanariesInOctets, textCanary } from '../canaries.ts';
import type { Canary } from '../canaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyway-canaries-'));
const vaults = join(folder, 'vaults');
mkdirSync(vaults);

const passphrase = 'canary-passphrase-90417';
const wrongPassphrase = 'canary-passphrase-wrong-33871';
const backupPassphrase = 'canary-backup-passphrase-20385';
const plaintext = new TextEncoder().encode('canary-plaintext-67120');

const keyFileOctets = Uint8Array.from(randomBytes(32));
const keyFile = join(folder, 'vault.key');
writeFileSync(keyFile, keyFileOctets, { mode: 0o600 });
const wrongKeyFile = join(folder, 'wrong.key');
writeFileSync(wrongKeyFile, randomBytes(32), { mode: 0o600 });

const jwkOf = (key: KeyObject): JsonWebKey & Record<string, unknown> =>
  key.export({ format: 'jwk' }) as JsonWebKey & Record<string, unknown>;
const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const otherRsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const smallRsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
const ec = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const otherEc = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const okp = jwkOf(generateKeyPairSync('ed25519').privateKey);
const oct = { kty: 'oct', k: randomBytes(32).toString('base64url') };
const oddOct = { kty: 'oct', k: randomBytes(17).toString('base64url') };

/** Every secret of this file. */
const secrets: Canary[] = [
  ...canaries,
  { name: 'key file', secret: keyFileOctets },
  ...Object.entries({ rsa, otherRsa, smallRsa, ec, otherEc, okp, oct, oddOct }).flatMap(([name, jwk]) =>
    (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const).flatMap((member) => {
      const text = (jwk as Readonly<Record<string, unknown>>)[member];
      return typeof text === 'string'
        ? [{ name: `${name} ${member}`, secret: Uint8Array.from(Buffer.from(text, 'base64url')) }]
        : [];
    }),
  ),
];

/** What an SDK says, secrets and all: it may stay in `cause`, and nowhere else. */
class SdkError extends Error {
  readonly request = { passphrase, k: oct.k };
}
const sdkError = (): Error =>
  new SdkError(`request failed: ${passphrase} ${oct.k} ${Buffer.from(plaintext).toString()}`);

/** Whether an SDK's own error is somewhere behind an error. */
function isOfSdk(error: unknown): boolean {
  return error instanceof SdkError || (error instanceof Error && isOfSdk(error.cause));
}

/** Everything about an error that a log may show, an SDK's own error left out. */
function showError(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 10 });
  if (error instanceof SdkError) return '';
  const members = Object.fromEntries(
    Reflect.ownKeys(error)
      .filter((member) => member !== 'cause')
      .map((member) => [String(member), Reflect.get(error, member) as unknown]),
  );
  const whole = isOfSdk(error) ? '' : inspect(error, { depth: 10, showHidden: true });
  return [
    String(error),
    error.message,
    error.stack,
    inspect(members, { depth: 10 }),
    JSON.stringify(error),
    whole,
    showError(error.cause),
  ].join('\n');
}

const issuer = 'https://attest.example';
const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const target = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
  kid: 'target',
  key_ops: ['encrypt'],
};
const attestationAuthorities = { [issuer]: { keys: [{ ...jwkOf(authority.publicKey), kid: 'one' }] } };
const releasePolicy = {
  encodedPolicy: Buffer.from(
    JSON.stringify({
      version: '1.0.0',
      anyOf: [{ authority: issuer, allOf: [{ claim: 'secure', equals: true }] }],
    }),
  ),
};

/** A token is a secret itself: it is added to the canaries. */
async function tokenOf(
  claims: Record<string, unknown>,
  key = authority.privateKey,
  from = issuer,
  expires = '5 minutes',
): Promise<string> {
  const jwt = new SignJWT({ ...claims, 'x-ms-runtime': { keys: [target] } }).setProtectedHeader({
    alg: 'ES256',
    kid: 'one',
  });
  const token = await jwt.setIssuer(from).setExpirationTime(expires).sign(key);
  for (const part of token.split('.').slice(1)) secrets.push(textCanary('token', part));
  return token;
}

const events: string[] = [];
const listen = (event: unknown): void =>
  void events.push(`${inspect(event, { depth: 10, showHidden: true })}\n${JSON.stringify(event)}`);
const channels = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
  (name) => `tracing:keyway:operation:${name}`,
);

const failures: { readonly what: string; readonly error: unknown }[] = [];

/** Runs something that must fail, and keeps its error. */
async function fail(what: string, run: () => Promise<unknown>): Promise<void> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error(`Nothing was refused: ${what}`);
  failures.push({ what, error });
}

const fileOf = (name: string): string => join(vaults, `${name}.db`);
let vault: LocalVault;

async function failToOpen(): Promise<void> {
  const attempts: readonly (readonly [what: string, location: string, options: OpenLocalOptions])[] = [
    ['a wrong passphrase', fileOf('passphrase'), { passphrase: wrongPassphrase }],
    ['a wrong passphrase in octets', fileOf('passphrase'), { passphrase: Buffer.from(wrongPassphrase) }],
    ['a passphrase that is no text', fileOf('passphrase'), { passphrase: `${wrongPassphrase}\ud800` }],
    ['a key file for a passphrase', fileOf('passphrase'), { keyFile }],
    ['a wrong key file', fileOf('keyFile'), { keyFile: wrongKeyFile }],
    ['a passphrase for a key file', fileOf('keyFile'), { passphrase }],
    ['a key of 31 octets', fileOf('keyFile'), { key: keyFileOctets.subarray(1) }],
    ['two secrets', fileOf('keyFile'), { key: keyFileOctets, passphrase }],
    ['a passphrase in the URI', `local:${fileOf('passphrase')}?passphrase=${passphrase}`, {}],
    [
      'a passphrase in place of its source',
      `local:${fileOf('passphrase')}?passphrase-source=${passphrase}`,
      {},
    ],
  ];
  for (const [what, location, options] of attempts) await fail(what, () => openLocal(location, options));
  await fail('a passphrase in a URI for the umbrella', () =>
    openKeyManager(`local:x?passphrase=${passphrase}`),
  );
  await fail('an environment variable', () => openLocal(`local:x?passphrase-source=env:${passphrase}`));
}

async function failToImport(): Promise<void> {
  const d = Buffer.from(String(ec['d']), 'base64url');
  const jwks: Readonly<Record<string, unknown>> = {
    'a private part of another key': { ...ec, d: otherEc['d'] },
    'a private part of another RSA key': { ...rsa, d: otherRsa['d'] },
    'primes of another RSA key': { ...rsa, p: otherRsa['p'], q: otherRsa['q'] },
    'a remainder of another RSA key': { ...rsa, dp: otherRsa['dp'] },
    'a part of the remainders': { kty: 'RSA', n: rsa.n, e: rsa.e, d: rsa['d'], p: rsa['p'] },
    'an RSA key of 1024 bits': smallRsa,
    'a point off the curve': { ...ec, y: ec.x },
    'an Ed25519 key with another x': { ...okp, x: ec.x },
    'an unknown member': { ...ec, note: oct.k },
    'a text': JSON.stringify(ec),
    'padded base64url': { ...oct, k: `${oct.k}=` },
    'a member that is no text': { ...ec, d },
    'a member in hexadecimal': { ...ec, d: d.toString('hex') },
    'a symmetric key of 17 octets': oddOct,
    'no kty': { k: oct.k },
    'a secret for a kty': { kty: oct.k, k: oct.k },
    'a secret for an algorithm': { ...oct, alg: oct.k },
    'a secret for an operation': { ...oct, key_ops: [oct.k] },
    'a secret for a curve': { ...ec, crv: ec['d'] },
  };
  for (const [what, jwk] of Object.entries(jwks))
    await fail(what, () => vault.importKey('refused', jwk as JsonWebKey));
}

async function failToRestore(): Promise<void> {
  const bytes = await vault.backupKey('ec');
  for (const position of [0, 5, 30, bytes.length - 1]) {
    const damaged = Uint8Array.from(bytes);
    damaged[position] = (damaged[position] ?? 0) ^ 1;
    await fail(`a backup with octet ${position} changed`, () => vault.restoreKeyBackup(damaged));
  }
  await fail('a secret in place of a backup', () => vault.restoreKeyBackup(keyFileOctets));
  await using other = await openLocal('memory:', { backupPassphrase: wrongPassphrase });
  await fail('a backup of another vault', () => other.restoreKeyBackup(bytes));
  await using sealed = await openLocal('memory:', { backupPassphrase });
  await sealed.importKey('ec', ec);
  const underPassphrase = await sealed.backupKey('ec');
  await fail('a backup under another passphrase', () => other.restoreKeyBackup(underPassphrase));
  await fail('a backup under a passphrase, without one', () => vault.restoreKeyBackup(underPassphrase));
}

async function failToRelease(): Promise<void> {
  const token = await tokenOf({ secure: true });
  const tokens: Readonly<Record<string, string>> = {
    'another authority': await tokenOf({ secure: true }, authority.privateKey, 'https://other.example'),
    'another signer': await tokenOf({ secure: true }, stranger.privateKey),
    'a wrong claim': await tokenOf({ secure: passphrase }),
    'an expired token': await tokenOf({ secure: true }, authority.privateKey, issuer, '1 hour ago'),
    'an unsigned token': new UnsecuredJWT({ secure: true, note: passphrase }).setIssuer(issuer).encode(),
    'a token cut off': token.slice(0, -20),
    'a secret in place of a token': passphrase,
  };
  for (const [what, refused] of Object.entries(tokens))
    await fail(what, () => vault.releaseKey('exportable', refused));
  await fail('a key that is not exportable', () => vault.releaseKey('ec', token));
  await vault.releaseKey('exportable', token);
}

async function failToUse(): Promise<void> {
  const client = await vault.getCryptographyClient('oct');
  const sealed = await client.encrypt('A256GCM', plaintext);
  const { ciphertext, iv, authenticationTag } = sealed;
  await client.decrypt('A256GCM', ciphertext, { iv, authenticationTag });
  await fail('another context', () =>
    client.decrypt('A256GCM', ciphertext, { iv, authenticationTag, context: { a: 'b' } }),
  );
  await fail('plaintext in place of ciphertext', () =>
    client.decrypt('A256GCM', plaintext, { iv, authenticationTag }),
  );
  await fail('plaintext in place of a tag', () =>
    client.decrypt('A256GCM', ciphertext, { iv, authenticationTag: plaintext }),
  );
  await fail('a key to wrap of an odd length', () => client.wrapKey('A256KW', plaintext.subarray(0, 15)));
  await fail('plaintext in place of a wrapped key', () => client.unwrapKey('A256KW', plaintext));
  await fail('plaintext in place of an algorithm', () =>
    client.encrypt(Buffer.from(plaintext).toString() as 'A256GCM', plaintext),
  );
  await fail('a CBC plaintext of an odd length', () =>
    client.encrypt('A256CBC', plaintext, { iv: new Uint8Array(16) }),
  );
  const signer = await vault.getCryptographyClient('ec');
  await fail('plaintext in place of a digest', () => signer.sign('ES256', plaintext));
  await fail('an algorithm of another key', () => signer.signData('RS256', plaintext));
  await fail('an operation that is not allowed', () => signer.encrypt('A256GCM', plaintext));
  await signer.signData('ES256', plaintext);
}

/** A vault whose SDK fails with secrets in what it says, or answers with them. */
async function failBehindTheDriver(): Promise<void> {
  const driver = await localProvider.openDriver('memory:', {});
  const broken = (): Promise<never> => Promise.reject(sdkError());
  const garbage = (): Promise<never> =>
    Promise.resolve({ name: oct.k, version: passphrase, plaintext: 7, wrapped: oct.k } as never);
  for (const [what, answer] of [
    ['fails', broken],
    ['answers garbage', garbage],
  ] as const) {
    const changed: KeyDriver = {
      ...driver,
      classify: () => ({ code: 'ERR_UNKNOWN', retry: 'never' }),
      keys: { ...driver.keys, create: answer, import: answer, list: answer },
      other: { ...driver.other, backup: answer, restore: answer, random: answer },
    };
    const manager: KeyManager = createKeyManager(changed);
    await fail(`create: the driver ${what}`, () => manager.createEcKey('a'));
    await fail(`import: the driver ${what}`, () => manager.importKey('a', oct));
    await fail(`backup: the driver ${what}`, () => manager.backupKey('a'));
    await fail(`restore: the driver ${what}`, () => manager.restoreKeyBackup(keyFileOctets));
    await fail(`random: the driver ${what}`, () => manager.getRandomBytes(8));
    await fail(`list: the driver ${what}`, async () => {
      for await (const item of manager.listPropertiesOfKeys()) expect(item).toBeDefined();
    });
  }
  await driver.close();
}

async function failOnDamage(): Promise<void> {
  await vault.importKey('damaged', oct, { keyOperations: ['sign', 'verify'] });
  const connection = new DatabaseSync(fileOf('passphrase'));
  connection.exec(
    `UPDATE versions SET record = replace(record, '"enabled":true', '"enabled":false') WHERE name = 'damaged'`,
  );
  connection.close();
  await fail('an edited row', () => vault.getKey('damaged'));
}

beforeAll(async () => {
  for (const channel of channels) subscribe(channel, listen);
  await (await openLocal(fileOf('keyFile'), { keyFile })).close();
  vault = await openLocal(fileOf('passphrase'), { passphrase, attestationAuthorities });
  await vault.importKey('ec', ec);
  await vault.importKey('rsa', rsa);
  await vault.importKey('okp', okp);
  await vault.importKey('oct', oct);
  await vault.importKey('exportable', otherEc, { exportable: true, releasePolicy });
  await failToOpen();
  await failToImport();
  await failToRestore();
  await failToRelease();
  await failToUse();
  await failBehindTheDriver();
  await failOnDamage();
  await fail('two new secrets', () => vault.maintenance.changeSealing({ passphrase, keyFile: passphrase }));
  await vault.maintenance.changeSealing({ passphrase: wrongPassphrase });
  await vault.maintenance.rotateSealingKey();
}, 120_000);

afterAll(async () => {
  for (const channel of channels) unsubscribe(channel, listen);
  await vault.close();
  rmSync(folder, { recursive: true });
});

describe('no key, passphrase, token or plaintext', () => {
  it('is in anything that an error shows', () => {
    expect(failures.length).toBeGreaterThan(65);
    const found = failures.flatMap(({ what, error }) =>
      findCanaries(showError(error), secrets).map((sighting) => ({ what, ...sighting })),
    );
    expect(found).toEqual([]);
  });

  it('is in any event of the tracing channel', () => {
    expect(events.length).toBeGreaterThan(200);
    expect(findCanaries(events.join('\n'), secrets)).toEqual([]);
  });

  it('is in any file of a vault, its log among them', () => {
    const files = readdirSync(vaults);
    expect(files).toEqual(expect.arrayContaining(['passphrase.db', 'passphrase.db-wal', 'keyFile.db']));
    const found = files.flatMap((file) =>
      findCanariesInOctets(readFileSync(join(vaults, file)), secrets).map((sighting) => ({
        file,
        ...sighting,
      })),
    );
    expect(found).toEqual([]);
  });

  it('would be overlooked: planted ones are found', () => {
    const planted = new Error(`wrong: ${passphrase}`);
    expect(findCanaries(showError(planted), secrets)).not.toEqual([]);
    expect(
      findCanaries(
        showError(Object.assign(new Error('wrong'), { options: { key: keyFileOctets } })),
        secrets,
      ),
    ).not.toEqual([]);
    expect(
      findCanaries(showError(new Error('wrong', { cause: new Error(String(ec['d'])) })), secrets),
    ).not.toEqual([]);
    expect(findCanaries(showError(new Error('wrong', { cause: sdkError() })), secrets)).toEqual([]);
    const digest = createHash('sha256').update(plaintext).digest();
    expect(findCanariesInOctets(Buffer.concat([digest, plaintext]), secrets)).not.toEqual([]);
  });
});
