import { randomBytes } from 'node:crypto';
import { freshOctets } from '@keyway/core/driver';
import { ckm, cko } from '../mechanisms.ts';
import { sessionSecret } from './probe-keys.ts';
import type { ProbeKeys } from './probe-keys.ts';
import { isTrouble, right } from './probe.ts';
import type { Probe } from './probe.ts';

/** Takes a usage away from a session key, sees that it is gone, and gives it back. */
async function tryChangingUsage(keys: ProbeKeys): Promise<undefined> {
  const { token, call } = keys;
  const mechanism = { type: ckm.genericSecretKeyGen };
  const template = sessionSecret('HMAC', { extractable: false, valueLen: 64 });
  const handle = await token.run('generateKey', { mechanism, template }, call);
  const object = { handle };
  const use = { key: object, mechanism: { type: ckm.sha256Hmac }, data: freshOctets(randomBytes(8)) };
  await token.run('sign', use, call);
  await token.run('set', { object, template: { sign: false, verify: false } }, call);
  const [now] = [await token.run('read', { object, attributes: ['sign'] }, call)];
  right(now.sign === false, 'the attribute is as before');
  await token.run('set', { object, template: { sign: true, verify: true } }, call);
  await token.run('sign', use, call);
  await token.run('destroy', { object }, call);
  return undefined;
}

/** Whether a key whose usage was taken away is really refused. */
async function refusesUse(keys: ProbeKeys): Promise<boolean> {
  const { token, call } = keys;
  const template = sessionSecret('HMAC', { extractable: false, valueLen: 64, sign: false });
  const handle = await token.run(
    'generateKey',
    { mechanism: { type: ckm.genericSecretKeyGen }, template },
    call,
  );
  try {
    const data = freshOctets(randomBytes(8));
    await token.run('sign', { key: { handle }, mechanism: { type: ckm.sha256Hmac }, data }, call);
    return false;
  } catch (error) {
    if (isTrouble(error)) throw error;
    return true;
  }
}

const probeLabel = 'keyway probe';

/**
 * Writes and destroys a data object. The one probe that puts something on the token itself: NSS takes data objects in a
 * session and refuses them on the token. One that was left behind is destroyed by the next probing.
 */
async function tryDataObjects({ token, call }: ProbeKeys): Promise<undefined> {
  const place = { class: cko.data, token: true, application: 'keyway', label: probeLabel } as const;
  const value = freshOctets(randomBytes(24));
  await token.run('create', { template: { ...place, private: true, value } }, call);
  const found = await token.run('findAndRead', { template: place, attributes: ['value'] }, call);
  for (const { handle } of found) await token.run('destroy', { object: { handle } }, call);
  const kept = found.some(({ attributes }) =>
    Buffer.from(value).equals(attributes.value ?? new Uint8Array()),
  );
  right(kept, 'what was written is not there');
  return undefined;
}

/** What is not cryptography. */
export const objectProbes: readonly Probe[] = [
  {
    name: 'change usage',
    mechanisms: [ckm.genericSecretKeyGen, ckm.sha256Hmac],
    needs: ['make HMAC'],
    async run(keys) {
      await tryChangingUsage(keys);
      right(await refusesUse(keys), 'it does not heed the attribute');
      return undefined;
    },
  },
  { name: 'data objects', mechanisms: [], run: tryDataObjects },
  {
    name: 'random',
    mechanisms: [],
    async run({ token, call }) {
      const blocks = [
        await token.run('random', { length: 32 }, call),
        await token.run('random', { length: 32 }, call),
      ];
      const [first, second] = blocks.map((block) => Buffer.from(block));
      right(first?.length === 32 && second?.length === 32, 'another number of octets');
      right(!first.equals(second), 'the same octets twice');
      return undefined;
    },
  },
];
