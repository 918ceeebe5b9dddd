import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { freshOctets, octKeySizes } from '@keyway/core/driver';
import type { SignatureAlgorithmRow } from '@keyway/core/driver';
import { signatureRows, signingWays } from '../algorithms.ts';
import { passingOctets } from '../key-wrapping.ts';
import { ckm } from '../mechanisms.ts';
import { sessionSecret } from './probe-keys.ts';
import type { ProbeKeys } from './probe-keys.ts';
import { isTrouble, right } from './probe.ts';
import type { Found, Probe } from './probe.ts';

async function generate(keys: ProbeKeys, material: 'AES' | 'HMAC', size: number): Promise<undefined> {
  const type = material === 'AES' ? ckm.aesKeyGen : ckm.genericSecretKeyGen;
  const template = sessionSecret(material, { extractable: false, valueLen: size / 8 });
  const handle = await keys.token.run('generateKey', { mechanism: { type }, template }, keys.call);
  await keys.token.run('destroy', { object: { handle } }, keys.call);
  return undefined;
}

/** Symmetric keys of each size. */
export const symmetricProbes: readonly Probe[] = [
  ...([128, 192, 256] as const).map((size): Probe => ({
    name: `make AES-${size}`,
    mechanisms: [ckm.aesKeyGen],
    run: (keys) => generate(keys, 'AES', size),
  })),
  {
    name: 'make HMAC',
    mechanisms: [ckm.genericSecretKeyGen],
    async run(keys) {
      const made: number[] = [];
      let failure: unknown;
      for (const size of octKeySizes) {
        try {
          await generate(keys, 'HMAC', size);
          made.push(size);
        } catch (error) {
          if (isTrouble(error)) throw error;
          failure = error;
        }
      }
      if (made.length === 0) throw failure;
      return `${Math.min(...made)}-${Math.max(...made)}`;
    },
  },
];

async function tryMac(
  row: SignatureAlgorithmRow,
  size: number,
  keys: ProbeKeys,
  found: Found,
): Promise<void> {
  const way = signingWays.get(row.name)?.[0];
  right(way !== undefined, 'there is no such mechanism');
  const { handle, octets } = await keys.secret('HMAC', size, found);
  const data = freshOctets(randomBytes(40));
  const key = { handle };
  const { mechanism } = way;
  const signature = await keys.token.run('sign', { key, mechanism, data }, keys.call);
  const expected = createHmac(row.hash ?? 'sha256', octets)
    .update(data)
    .digest();
  right(expected.equals(signature), 'another code');
  right(
    await keys.token.run('verify', { key, mechanism, data, signature }, keys.call),
    'it does not verify its own code',
  );
}

/** MACs, and the smallest key that each takes: some tokens want as many octets as the hash has. */
export const macProbes: readonly Probe[] = signatureRows
  .filter(({ family }) => family === 'oct')
  .map((row) => ({
    name: `sign ${row.name}`,
    mechanisms: (signingWays.get(row.name) ?? []).map(({ mechanism }) => mechanism.type),
    async run(keys, found) {
      const least = row.minSize ?? 256;
      await tryMac(row, least, keys, found);
      try {
        await tryMac(row, 128, keys, found);
        return '128';
      } catch (error) {
        if (isTrouble(error)) throw error;
        keys.drop();
        return String(least);
      }
    },
  }));

async function tryGcm(keys: ProbeKeys, found: Found, ivBits: 0 | undefined): Promise<void> {
  const { handle, octets } = await keys.secret('AES', 256, found);
  const [iv, aad, data] = [12, 7, 33].map((length) => freshOctets(randomBytes(length)));
  right(iv !== undefined && aad !== undefined && data !== undefined, '');
  const parameter = { kind: 'gcm', iv, additionalData: aad, tagBits: 128, ivBits } as const;
  const mechanism = { type: ckm.aesGcm, parameter };
  const key = { handle };
  const answer = await keys.token.run('encrypt', { key, mechanism, data }, keys.call);
  const cipher = createCipheriv('aes-256-gcm', octets, answer.iv ?? iv).setAAD(aad);
  const expected = Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  right(expected.equals(answer.octets), 'another ciphertext');
  const again = { type: ckm.aesGcm, parameter: { ...parameter, iv: answer.iv ?? iv } };
  const plaintext = await keys.token.run(
    'decrypt',
    { key, mechanism: again, data: freshOctets(expected) },
    keys.call,
  );
  right(Buffer.from(data).equals(plaintext), 'another plaintext');
}

async function tryCbc(keys: ProbeKeys, found: Found, padded: boolean): Promise<undefined> {
  const { handle, octets } = await keys.secret('AES', 256, found);
  const iv = freshOctets(randomBytes(16));
  const data = freshOctets(randomBytes(padded ? 21 : 32));
  const cipher = createCipheriv('aes-256-cbc', octets, iv).setAutoPadding(padded);
  const expected = Buffer.concat([cipher.update(data), cipher.final()]);
  const mechanism = { type: padded ? ckm.aesCbcPad : ckm.aesCbc, parameter: iv };
  const key = { handle };
  const answer = await keys.token.run('encrypt', { key, mechanism, data }, keys.call);
  right(expected.equals(answer.octets), 'another ciphertext');
  const plaintext = await keys.token.run('decrypt', { key, mechanism, data: answer.octets }, keys.call);
  right(Buffer.from(data).equals(plaintext), 'another plaintext');
  return undefined;
}

/** RFC 3394 outside. */
function keyWrapped(key: Uint8Array, octets: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap', key, new Uint8Array(8).fill(0xa6));
  return Buffer.concat([cipher.update(octets), cipher.final()]);
}

async function tryKeyWrap(keys: ProbeKeys, found: Found, form: 'encrypt' | 'wrap'): Promise<void> {
  const { handle, octets } = await keys.secret('AES', 256, found);
  const data = freshOctets(randomBytes(40));
  const expected = keyWrapped(octets, data);
  const mechanism = { type: ckm.aesKeyWrap };
  const [key, template] = [{ handle }, passingOctets];
  const { token, call } = keys;
  if (form === 'encrypt') {
    const answer = await token.run('encrypt', { key, mechanism, data }, call);
    right(expected.equals(answer.octets), 'another wrapped key');
    const back = await token.run('decrypt', { key, mechanism, data: answer.octets }, call);
    right(Buffer.from(data).equals(back), 'another key came back');
    return;
  }
  const wrapped = await token.run('wrapOctets', { key, mechanism, octets: data, template }, call);
  right(expected.equals(wrapped), 'another wrapped key');
  const back = await token.run('unwrapOctets', { key, mechanism, wrapped, template }, call);
  right(Buffer.from(data).equals(back), 'another key came back');
}

/** Tries one form after the other. The last one's failure is the reason. */
async function firstForm<Form extends string>(
  keys: ProbeKeys,
  forms: readonly Form[],
  attempt: (form: Form) => Promise<void>,
): Promise<Form> {
  let failure: unknown;
  for (const form of forms) {
    try {
      await attempt(form);
      return form;
    } catch (error) {
      if (isTrouble(error)) throw error;
      failure = error;
      keys.drop();
    }
  }
  throw failure;
}

/** Encryption with AES. */
export const aesProbes: readonly Probe[] = [
  {
    name: 'encrypt AES-GCM',
    mechanisms: [ckm.aesGcm],
    run: (keys, found) =>
      firstForm(keys, ['iv-bits', 'iv-bits-0'] as const, (form) =>
        tryGcm(keys, found, form === 'iv-bits' ? undefined : 0),
      ),
  },
  { name: 'encrypt AES-CBC', mechanisms: [ckm.aesCbc], run: (keys, found) => tryCbc(keys, found, false) },
  {
    name: 'encrypt AES-CBC-PAD',
    mechanisms: [ckm.aesCbcPad],
    run: (keys, found) => tryCbc(keys, found, true),
  },
  {
    name: 'wrap AES-KW',
    mechanisms: [ckm.aesKeyWrap],
    run: (keys, found) =>
      firstForm(keys, ['encrypt', 'wrap'] as const, (form) => tryKeyWrap(keys, found, form)),
  },
];

export { firstForm };
