import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { expectThat } from '../step.ts';
import type { Step } from '../step.ts';
import type { Stage } from '../stage.ts';

const file = 'pnpm-lock.yaml';

/** Envelope encryption: a data key of our own encrypts the file, the vault wraps the data key. */
async function ownEnvelope({ vault, say, copy, write, outside }: Stage): Promise<void> {
  const dataKey = randomBytes(32);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
  const ciphertext = Buffer.concat([cipher.update(copy(file)), cipher.final()]);
  const client = await vault.getCryptographyClient('master');
  const { encryptedKey, id } = await client.wrapKey('A256KW', dataKey);
  dataKey.fill(0);
  write(`${file}.encrypted`, ciphertext);
  say(`${file} encrypted with a data key that ${id} has wrapped`);

  const { key } = await client.unwrapKey('A256KW', encryptedKey);
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAuthTag(cipher.getAuthTag());
  write(`${file}.decrypted`, Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  key.fill(0);
  say(
    'Unwrapped and decrypted. All three files, hashed by openssl; the first and the last must be the same:',
  );
  const hashes = await outside(
    'openssl',
    'dgst',
    '-sha256',
    '-r',
    file,
    `${file}.encrypted`,
    `${file}.decrypted`,
  );
  const [plain, encrypted, decrypted] = hashes.split('\n').map((line) => line.split(' ')[0]);
  expectThat(plain === decrypted && plain !== encrypted, 'the decrypted file is the first one');
}

/** Somebody who has only the public key encrypts; the vault alone can open it. */
async function foreignEnvelopes({ vault, say, read, write, secret, outside }: Stage): Promise<void> {
  const inbox = await vault.getCryptographyClient('inbox');

  say('A JWE made by jose for the public key of inbox:');
  await outside('encrypt-jwe.ts', 'inbox.jwk', 'package.json', 'package.json.jwe');
  const [header = '', ...parts] = read('package.json.jwe').toString().split('.');
  const [encryptedKey, iv, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (!encryptedKey || !iv || !ciphertext || !tag) throw new Error('This is no compact JWE');
  const { key } = await inbox.unwrapKey('RSA-OAEP-256', encryptedKey);
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header)).setAuthTag(tag);
  const opened = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  expectThat(opened.equals(read('package.json')), 'the opened JWE holds package.json');
  say('Opened by the vault: it holds package.json');

  say('A key wrapped by openssl for the same public key:');
  write(secret('data.key'), randomBytes(32));
  const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((option) => [
    '-pkeyopt',
    option,
  ]);
  await outside(
    'openssl',
    'pkeyutl',
    '-encrypt',
    '-pubin',
    '-inkey',
    'inbox.pem',
    ...oaep,
    '-in',
    'data.key',
    '-out',
    'data.key.wrapped',
  );
  const unwrapped = await inbox.unwrapKey('RSA-OAEP-256', read('data.key.wrapped'));
  expectThat(read('data.key').equals(unwrapped.key), 'the vault unwraps what openssl wrapped');
  say('Unwrapped by the vault: the same 32 octets');
}

/** Wraps and unwraps data keys, its own and those of others. */
export const wrapDataKeys: Step = {
  title: 'Wrap and unwrap the data key of a real file',
  async run(stage) {
    await ownEnvelope(stage);
    await foreignEnvelopes(stage);
  },
};
