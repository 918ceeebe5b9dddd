import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import { importKeys, macs, restored } from './plan.ts';
import type { Plan, TestJwks } from './plan.ts';

/*
 * Does with a local vault everything that touches a secret, and waits to be scanned three times: while the vault is open,
 * when it is closed, and when everything was collected. What it needs is in the folder of its one argument.
 */

const folder = process.argv[2] ?? '';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function pause(stage: string): Promise<void> {
  process.stdout.write(`${JSON.stringify(stage)}\n`);
  await lines.next();
}

/**
 * Reads octets of the caller; whoever reads them overwrites them. In memory of their own: V8 moves short arrays of its heap
 * about, and leaves copies behind that would be this caller's doing, not the vault's.
 */
function octetsOf(file: string): Uint8Array {
  const read = readFileSync(`${folder}/${file}`);
  const octets = new Uint8Array(new ArrayBuffer(read.length));
  octets.set(read);
  read.fill(0);
  return octets;
}

function readJwks(): TestJwks {
  const octets = readFileSync(`${folder}/keys.json`);
  const jwks = JSON.parse(octets.toString('latin1')) as TestJwks;
  octets.fill(0);
  return jwks;
}

async function useKeys(vault: LocalVault): Promise<void> {
  const data = new Uint8Array(100);
  const digest = createHash('sha256').update(data).digest();
  const ec = await vault.getCryptographyClient('ec');
  await ec.signData('ES256', data);
  const rsa = await vault.getCryptographyClient('rsa');
  await rsa.signData('PS256', data);
  await rsa.sign('PS256', digest);
  await rsa.sign('RS256', digest);
  const okp = await vault.getCryptographyClient('okp');
  await okp.verifyData('Ed25519', data, (await okp.signData('Ed25519', data)).signature);
  const oct = await vault.getCryptographyClient('oct');
  const dataKey = octetsOf('data-key');
  const { encryptedKey } = await oct.wrapKey('A256KW', dataKey);
  (await oct.unwrapKey('A256KW', encryptedKey)).key.fill(0);
  for (const algorithm of ['A256GCM', 'A256CBCPAD', 'provider'] as const) {
    const sealed = await oct.encrypt(algorithm, dataKey);
    const { ciphertext, iv, authenticationTag } = sealed;
    (await oct.decrypt(algorithm, ciphertext, { iv, authenticationTag })).plaintext.fill(0);
  }
  dataKey.fill(0);
  for (let mac = 0; mac < macs; mac++) {
    await (await vault.getCryptographyClient(`mac-${mac}`)).signData('HS256', data);
  }
}

/** Kept apart, since the big integers that this leaves behind are known and listed. */
async function signDigest(vault: LocalVault): Promise<void> {
  await (await vault.getCryptographyClient('ec')).sign('ES256', new Uint8Array(32).fill(7));
}

async function backUpAndRestore(vault: LocalVault, name: string): Promise<void> {
  const bytes = await vault.backupKey(name);
  await (await vault.beginDeleteKey(name)).pollUntilDone();
  await vault.purgeDeletedKey(name);
  await vault.restoreKeyBackup(bytes);
}

async function makeKeys(vault: LocalVault): Promise<void> {
  await vault.createEcKey('fresh-ec');
  await vault.createOctKey('fresh-oct');
  await vault.createRsaKey('fresh-rsa');
  await vault.rotateKey('fresh-ec');
}

async function operate(vault: LocalVault): Promise<void> {
  const passphrase = octetsOf('next-passphrase');
  await vault.maintenance.changeSealing({ passphrase });
  passphrase.fill(0);
  await vault.maintenance.rotateSealingKey();
}

async function run(plan: Plan): Promise<void> {
  const { attestationAuthorities } = plan;
  const vault = await openLocal(plan.uri, { attestationAuthorities });
  if (plan.imports) await importKeys(vault, readJwks(), plan.releasePolicy);
  await useKeys(vault);
  if (plan.imports) await signDigest(vault);
  await makeKeys(vault);
  for (const name of restored) await backUpAndRestore(vault, name);
  await vault.releaseKey('ec', plan.attestationToken);
  await operate(vault);
  await useKeys(vault);
  await pause('open');
  await vault.close();
}

const planted = octetsOf('planted');
const plantedTexts = [Buffer.from(planted).toString('base64url'), Buffer.from(planted).toString('hex')];
const plantedNumber = BigInt(`0x${plantedTexts[1]}`);
await run(JSON.parse(readFileSync(`${folder}/plan.json`, 'utf8')) as Plan);
await pause('closed');
const collect = (globalThis as { gc?: () => void }).gc;
for (let round = 0; round < 8; round++) {
  collect?.();
  await delay(20);
}
await pause('collected');
// Still in use, so that they are still there.
process.stdout.write(`${planted.length + plantedTexts.join('').length + Number(plantedNumber % 10n)}\n`);
