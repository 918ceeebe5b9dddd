import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decodeBase64Url } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createDataKey, openMaterial } from '../src/data-keys.ts';
import { openDataKey } from '../src/keyring.ts';
import { openSealing } from '../src/sealing.ts';
import type { SealingSource } from '../src/sealing.ts';
import { afterwards, makePlace } from './fixture.ts';
import type { Place } from './fixture.ts';
import { leftBehind } from './memory-scan/left-behind.ts';
import { importKeys, macs, restored } from './memory-scan/plan.ts';
import type { Plan, TestJwks } from './memory-scan/plan.ts';
import { patternsOf, scanProcess } from './memory-scan/scan-process.ts';

const linux = process.platform === 'linux';
const reasonNotToRun = 'only Linux shows the memory of a process as a file';

type Secrets = Record<string, Uint8Array>;

/** How often each secret was found in each form. */
type Hits = Readonly<Record<string, number>>;

/** Text of 40 random characters, as octets. */
const randomText = (): Uint8Array => Uint8Array.from(Buffer.from(randomBytes(30).toString('base64url')));

interface TestKeys {
  readonly jwks: TestJwks;
  readonly secrets: Secrets;
}

function makeTestKeys(): TestKeys {
  const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' }) as JsonWebKey;
  const octJwk = (): JsonWebKey => ({ kty: 'oct', k: randomBytes(32).toString('base64url') });
  const macNames = Array.from({ length: macs }, (_, mac) => `mac-${mac}` as const);
  const jwks: TestJwks = {
    oct: octJwk(),
    ec: jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    rsa: jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    okp: jwkOf(generateKeyPairSync('ed25519').privateKey),
    ...Object.fromEntries(macNames.map((name) => [name, octJwk()])),
  };
  const octets = (text: string | undefined): Uint8Array => decodeBase64Url(text ?? '') ?? new Uint8Array();
  const secrets: Secrets = {
    'oct k': octets(jwks.oct.k),
    'EC d': octets(jwks.ec.d),
    'OKP d': octets(jwks.okp.d),
  };
  for (const member of ['d', 'p', 'q', 'dp', 'qi'] as const)
    secrets[`RSA ${member}`] = octets(jwks.rsa[member]);
  for (const name of macNames) secrets[`${name} k`] = octets(jwks[name]?.k);
  return { jwks, secrets };
}

const condition = { claim: 'secure', equals: true };
const issuer = 'https://attest.example';
const releasePolicy = JSON.stringify({
  version: '1.0.0',
  anyOf: [{ authority: issuer, allOf: [condition] }],
});

/** What the child needs to have a key released. */
async function makeRelease(): Promise<
  Pick<Plan, 'attestationAuthorities' | 'attestationToken' | 'releasePolicy'>
> {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const target = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const attestationToken = await new SignJWT({
    secure: true,
    'x-ms-runtime': { keys: [{ ...target, kid: 'target', key_ops: ['encrypt'] }] },
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'authority' })
    .setIssuer(issuer)
    .setExpirationTime('1 hour')
    .sign(authority.privateKey);
  const publicKey = {
    ...createPublicKey(authority.privateKey).export({ format: 'jwk' }),
    kid: 'authority',
  } as JsonWebKey;
  return { attestationAuthorities: { [issuer]: { keys: [publicKey] } }, attestationToken, releasePolicy };
}

/** The secrets of a vault as it is now, and of the keys that were made in it, by our own means. */
async function secretsOf(place: Place, source: SealingSource): Promise<Secrets> {
  const text = (item: string): string =>
    String(place.rows(`SELECT value FROM vault WHERE item = '${item}'`)[0]?.['value']);
  const identity = text('identity');
  const sealingKey = await openSealing({ text: text('sealing') }, source);
  const [row] = place.rows('SELECT generation, sealed FROM generations') as {
    generation: number;
    sealed: Uint8Array;
  }[];
  if (row === undefined) throw new Error('no data key');
  const dataKey = openDataKey(sealingKey, identity, row);
  const key = createDataKey(row.generation, dataKey);
  const made = place.rows(
    `SELECT name, version, sealed FROM versions JOIN materials USING (id) WHERE name LIKE 'fresh-%'`,
  ) as { name: string; version: string; sealed: Uint8Array }[];
  const fresh = made.map(
    (at, index) => [`${at.name} ${index + 1}`, openMaterial(key, identity, at, at.sealed)] as const,
  );
  return {
    'sealing key': sealingKey,
    'data key': dataKey,
    'seal key': key.sealKey,
    'mac key': key.macKey,
    ...Object.fromEntries(fresh),
  };
}

/** Names of the secrets of a vault with a prefix, so that those from before a change stand beside those from after it. */
function prefixed(prefix: string, secrets: Secrets): Secrets {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [`${prefix} ${name}`, secret]));
}

interface Stages {
  readonly pid: number;
  /** Waits until the child says that it has reached a stage. */
  reach(stage: string): Promise<void>;
  proceed(): void;
}

function startChild(program: string, folder: string): Stages {
  const script = fileURLToPath(new URL(`memory-scan/${program}`, import.meta.url));
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [...flags, script, folder]);
  afterwards(() => void child.kill());
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async reach(stage) {
      const { value } = await lines.next();
      if (value !== JSON.stringify(stage)) throw new Error(`The child did not get to ${stage}: ${complaint}`);
    },
    proceed: () => void child.stdin.write('\n'),
  };
}

interface Variant {
  readonly title: string;
  readonly sealedBy: 'passphrase' | 'keyFile';
  readonly imports: boolean;
}

const variants: readonly Variant[] = [
  {
    title: 'a process that used the keys of a vault with a passphrase',
    sealedBy: 'passphrase',
    imports: false,
  },
  { title: 'a process that used the keys of a vault with a key file', sealedBy: 'keyFile', imports: false },
  { title: 'a process that also imported them, and signed a digest', sealedBy: 'passphrase', imports: true },
];

/** Sets up a vault and the folder of the child, runs it, and scans it while the vault is open and when it is closed. */
async function scanVariant({
  sealedBy,
  imports,
}: Variant): Promise<Readonly<Record<'open' | 'closed' | 'collected', Hits>>> {
  const place = makePlace();
  const { jwks, secrets: keySecrets } = makeTestKeys();
  const given = {
    passphrase: randomText(),
    'next-passphrase': randomText(),
    'data-key': randomBytes(32),
    planted: randomBytes(32),
  };
  for (const [file, octets] of Object.entries(given)) writeFileSync(join(place.folder, file), octets);
  const source: SealingSource =
    sealedBy === 'passphrase'
      ? { kind: 'passphrase', passphrase: given.passphrase }
      : { kind: 'keyFile', path: place.keyFile };
  const vault = await place.open(sealedBy === 'passphrase' ? { passphrase: given.passphrase } : {});
  const release = await makeRelease();
  if (imports) writeFileSync(join(place.folder, 'keys.json'), JSON.stringify(jwks));
  else await importKeys(vault, jwks, release.releasePolicy);
  await vault.close();
  const before = prefixed('earlier', await secretsOf(place, source));
  const query =
    sealedBy === 'passphrase'
      ? `passphrase-source=file:${join(place.folder, 'passphrase')}`
      : `key-file=${place.keyFile}`;
  const plan: Plan = { uri: `local:${place.file}?${query}`, imports, ...release };
  writeFileSync(join(place.folder, 'plan.json'), JSON.stringify(plan));
  const keyFile = Uint8Array.from(readFileSync(place.keyFile));
  const child = startChild('child.ts', place.folder);
  await child.reach('open');
  const after = await secretsOf(place, { kind: 'passphrase', passphrase: given['next-passphrase'] });
  const patterns = patternsOf({ ...given, 'key file': keyFile, ...keySecrets, ...before, ...after });
  const open = scanProcess(child.pid, patterns).hits;
  child.proceed();
  await child.reach('closed');
  const closed = scanProcess(child.pid, patterns).hits;
  child.proceed();
  await child.reach('collected');
  const collected = scanProcess(child.pid, patterns).hits;
  child.proceed();
  return { open, closed, collected };
}

/** Splits the name of a hit. */
function parse(hit: string): { secret: string; form: string } {
  const space = hit.lastIndexOf(' ');
  return { secret: hit.slice(0, space), form: hit.slice(space + 1) };
}

/** The hits that the list does not allow, or more of them than it allows. */
function unexplained(hits: Hits, imports: boolean): Hits {
  const allowed = (hit: string): number => {
    const { secret, form } = parse(hit);
    const rows = leftBehind.filter(
      (row) => (imports || !row.imports) && row.form === form && row.of.test(secret),
    );
    return rows.reduce((sum, row) => sum + row.most, 0);
  };
  return Object.fromEntries(
    Object.entries(hits).filter(([hit, count]) => !hit.startsWith('planted ') && count > allowed(hit)),
  );
}

/**
 * As `unexplained`, for a process that has collected nothing yet: key objects are still there then, one copy of each
 * symmetric key among them. A buffer that was dropped and not overwritten is there in any case.
 */
function notOverwritten(hits: Hits, imports: boolean): Hits {
  const keyObject = /^(?:oct k|EC d|OKP d|RSA \w+|fresh-\w+ \d+|mac-\d+ k) (?:raw|reversed)$/;
  const once = (hit: string): boolean =>
    /^mac-\d+ k raw$/.test(hit) && !restored.some((name) => hit.startsWith(`${name} `));
  return Object.fromEntries(
    Object.entries(unexplained(hits, imports)).filter(
      ([hit, count]) => !keyObject.test(hit) || (once(hit) && count > 1),
    ),
  );
}

// Each scans all that a process has written, three times.
describe('the memory of', { timeout: 180_000 }, () => {
  it.for(variants)('$title holds no secret but what is listed', async (variant, { skip }) => {
    skip(!linux, reasonNotToRun);
    const { open, closed, collected } = await scanVariant(variant);
    // The scan sees: what is in use is found, in every form.
    for (const secret of [
      'oct k raw',
      'OKP d raw',
      'RSA d reversed',
      'sealing key raw',
      'seal key raw',
      'mac key raw',
    ]) {
      expect(open).toHaveProperty([secret]);
    }
    for (const form of ['raw', 'reversed', 'base64url', 'hex'])
      expect(collected).toHaveProperty([`planted ${form}`]);
    expect(notOverwritten(closed, variant.imports)).toEqual({});
    expect(unexplained(collected, variant.imports)).toEqual({});
  });

  it('a process without Keyway keeps what OpenSSL leaves of a private key, as listed', async ({ skip }) => {
    skip(!linux, reasonNotToRun);
    const { folder } = makePlace();
    const secrets: Secrets = {};
    for (const number of Array(16).keys()) {
      const { privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(join(folder, `okp-${number}.der`), privateKey.export({ format: 'der', type: 'pkcs8' }));
      secrets[`OKP d ${number}`] =
        decodeBase64Url(privateKey.export({ format: 'jwk' }).d ?? '') ?? new Uint8Array();
    }
    // What OpenSSL has freed may be used again by then, so that not every process shows it: one of ten is enough.
    let most = 0;
    for (let tried = 0; tried < 10 && most <= 1; tried++) {
      const child = startChild('bare-openssl.ts', folder);
      await child.reach('loaded');
      const { hits } = scanProcess(child.pid, patternsOf(secrets));
      child.proceed();
      // One copy each is in use. Once OpenSSL overwrites the others, the row of the list goes.
      const copies = Object.keys(secrets).map((name) => hits[`${name} raw`] ?? 0);
      expect(Math.min(...copies)).toBe(1);
      most = Math.max(...copies);
    }
    expect(most).toBeGreaterThan(1);
  });
});
