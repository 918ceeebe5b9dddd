import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { curves, freshOctets, rsaAesKeyWrap, toPublicJwk, verifyDataWith } from '@keyway/core/driver';
import type { KeyCurveName } from '@keyway/core/driver';
import { oaep, provingAlgorithm, signatureRow, signedOctets } from '../algorithms.ts';
import { plainTemplateOf } from '../plain-material.ts';
import { ckm } from '../mechanisms.ts';
import { pointOfJwk } from '../public-attributes.ts';
import { signingWay } from '../prove-pair.ts';
import type { FeatureName, Finding, MaterialKind, TokenFeatures } from '../token-features.ts';
import type { Template } from '../token/attributes.ts';
import { digestOf, outsidePair, sessionPrivate, sessionSecret, wrappedForProbe } from './probe-keys.ts';
import type { ProbeKeys } from './probe-keys.ts';
import { right } from './probe.ts';
import type { Found, Probe } from './probe.ts';
import { firstForm } from './symmetric.ts';

const paddedIv = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);

/** RFC 5649 outside, there and back. */
function padded(key: Uint8Array, octets: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap-pad', key, paddedIv);
  return Buffer.concat([cipher.update(octets), cipher.final()]);
}

function unpadded(key: Uint8Array, wrapped: Uint8Array): Buffer {
  const decipher = createDecipheriv('id-aes256-wrap-pad', key, paddedIv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

const kwpNumbers = { '0x210b': ckm.aesKeyWrapKwp, '0x210a': ckm.aesKeyWrapPad } as const;

/** Wraps a known key and compares with RFC 5649: under 0x210A two formats are about, and both are of a plausible length. */
async function tryPaddedWrap(keys: ProbeKeys, found: Found, form: keyof typeof kwpNumbers): Promise<void> {
  right(keys.token.facts.mechanisms.has(kwpNumbers[form]), `it does not list ${form}`);
  const wrapping = await keys.secret('AES', 256, found);
  const target = await keys.secret('HMAC', 512, found);
  const [key, object] = [{ handle: wrapping.handle }, { handle: target.handle }];
  const mechanism = { type: kwpNumbers[form] };
  const wrapped = await keys.token.run('wrap', { key, mechanism, object }, keys.call);
  const expected = padded(wrapping.octets, target.octets);
  right(
    expected.equals(wrapped),
    `${wrapped.length} octets that are not RFC 5649, which has ${expected.length} here`,
  );
}

/** A value that should have come in, read back: only a session object that is not sensitive tells it. */
const readable: Template = { sensitive: false, extractable: true };

async function checkValue(keys: ProbeKeys, handle: bigint, octets: Uint8Array): Promise<void> {
  const { token, call } = keys;
  const { value } = await token.run('read', { object: { handle }, attributes: ['value'] }, call);
  await token.run('destroy', { object: { handle } }, call);
  right(value === undefined || Buffer.from(octets).equals(value), 'another key came in');
}

async function unwrapSecret(material: 'AES' | 'HMAC', keys: ProbeKeys, found: Found): Promise<string> {
  const octets = freshOctets(randomBytes(32));
  const request = await wrappedForProbe(keys, octets, found);
  const template = sessionSecret(material, readable);
  await checkValue(keys, await keys.token.run('unwrap', { ...request, template }, keys.call), octets);
  return 'plain';
}

async function createSecret(material: 'AES' | 'HMAC', keys: ProbeKeys): Promise<undefined> {
  const octets = freshOctets(randomBytes(32));
  const template = sessionSecret(material, { ...readable, value: octets });
  await checkValue(keys, await keys.token.run('create', { template }, keys.call), octets);
  return undefined;
}

/** Signs with a private key on the token and verifies outside. */
async function checkSigns(
  keys: ProbeKeys,
  found: Found,
  material: 'RSA' | KeyCurveName,
  handle: bigint,
  publicKey: KeyObject,
): Promise<void> {
  const row = signatureRow(provingAlgorithm[material]);
  const way = signingWay(found as TokenFeatures, row.name);
  right(way !== undefined, 'it does not sign with such a key');
  const message = freshOctets(randomBytes(32));
  const data = signedOctets(way, way.input === 'digest' ? digestOf(row.hash ?? 'sha256', message) : message);
  const { token, call } = keys;
  const signature = await token.run('sign', { key: { handle }, mechanism: way.mechanism, data }, call);
  right(verifyDataWith(row, publicKey, message, signature), 'another key came in');
  await token.run('destroy', { object: { handle } }, call);
}

async function unwrapPrivate(
  material: 'RSA' | KeyCurveName,
  keys: ProbeKeys,
  found: Found,
  form: 'plain' | 'nss-db',
): Promise<void> {
  const outside = await outsidePair(material, material === 'RSA' ? '' : curves[material].nodeName);
  const hash = found['decrypt RSA-OAEP-256']?.works === true ? 'sha256' : 'sha1';
  const pair = await keys.pair('RSA', found);
  const der = outside.privateKey.export({ format: 'der', type: 'pkcs8' });
  const algorithm = hash === 'sha256' ? 'RSA_AES_KEY_WRAP_256' : 'CKM_RSA_AES_KEY_WRAP';
  const twice = rsaAesKeyWrap(algorithm, pair.publicKey, der);
  const extra = form === 'nss-db' ? { nssDb: pointOfJwk(toPublicJwk(outside.publicKey)) } : {};
  const kwp: Finding | undefined = found['wrap AES-KWP'];
  const handle = await keys.token.run(
    'unwrapTwice',
    {
      key: { handle: pair.privateKey },
      mechanism: oaep(hash),
      wrappedKey: twice.slice(0, 256),
      inner: { type: kwp?.works === true && kwp.form === '0x210b' ? ckm.aesKeyWrapKwp : ckm.aesKeyWrapPad },
      wrapped: twice.slice(256),
      template: { ...sessionPrivate(material), ...extra },
    },
    keys.call,
  );
  await checkSigns(keys, found, material, handle, outside.publicKey);
}

async function createPrivate(
  material: 'RSA' | KeyCurveName,
  keys: ProbeKeys,
  found: Found,
): Promise<undefined> {
  const outside = await outsidePair(material, material === 'RSA' ? '' : curves[material].nodeName);
  const jwk = outside.privateKey.export({ format: 'jwk' });
  const edwards = found['make Ed25519'];
  const form = edwards?.works === true && edwards.form === 'name' ? 'name' : 'oid';
  const plain = plainTemplateOf(jwk as { kty: string }, form);
  const template = { ...sessionPrivate(material), ...plain };
  const handle = await keys.token.run('create', { template }, keys.call);
  await checkSigns(keys, found, material, handle, outside.publicKey);
  return undefined;
}

/** Lets a pair out under a known key, and reads it outside. */
async function exportPrivate(
  material: 'RSA' | KeyCurveName,
  keys: ProbeKeys,
  found: Found,
): Promise<undefined> {
  const wrapping = await keys.secret('AES', 256, found);
  const pair = await keys.pair(material, found, true);
  const kwp = found['wrap AES-KWP'];
  const type = kwp?.works === true && kwp.form === '0x210b' ? ckm.aesKeyWrapKwp : ckm.aesKeyWrapPad;
  const wrapped = await keys.token.run(
    'wrap',
    { key: { handle: wrapping.handle }, mechanism: { type }, object: { handle: pair.privateKey } },
    keys.call,
  );
  let publicKey: KeyObject;
  const der = unpadded(wrapping.octets, wrapped);
  try {
    publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  } finally {
    der.fill(0);
  }
  right(publicKey.equals(pair.publicKey), 'another key came out');
  return undefined;
}

const pairKinds: readonly ('RSA' | KeyCurveName)[] = ['RSA', 'P-256', 'P-384', 'P-521', 'P-256K', 'Ed25519'];
const secretKinds = ['AES', 'HMAC'] as const;
const needsOf = (material: MaterialKind): readonly FeatureName[] =>
  material === 'AES' || material === 'HMAC' ? [] : [`make ${material}`, `sign ${provingAlgorithm[material]}`];

/** NSS wants the public point of an EC key in the template, whatever the curve; for other kinds there is nothing to add. */
function unwrapForms(material: 'RSA' | KeyCurveName, found: Found): readonly ('plain' | 'nss-db')[] {
  if (material === 'RSA' || material === 'Ed25519') return ['plain'];
  const before = found['unwrap P-256'];
  return before?.works === true && before.form === 'nss-db' ? ['nss-db'] : ['plain', 'nss-db'];
}

/** Symmetric keys coming in: the probes after these use them. */
export const secretImportProbes: readonly Probe[] = secretKinds.flatMap((material): Probe[] => [
  {
    name: `unwrap ${material}`,
    mechanisms: [ckm.rsaOaep],
    needs: ['decrypt RSA-OAEP'],
    run: (keys, found) => unwrapSecret(material, keys, found),
  },
  { name: `create ${material}`, mechanisms: [], run: (keys) => createSecret(material, keys) },
]);

/** RFC 5649, and private keys coming in and going out under it. */
export const wrappingProbes: readonly Probe[] = [
  {
    name: 'wrap AES-KWP',
    mechanisms: [],
    anyOf: Object.values(kwpNumbers),
    run: (keys, found) =>
      firstForm(keys, ['0x210b', '0x210a'] as const, (form) => tryPaddedWrap(keys, found, form)),
  },
  ...pairKinds.flatMap((material): Probe[] => [
    {
      name: `unwrap ${material}`,
      mechanisms: [ckm.rsaOaep],
      needs: ['wrap AES-KWP', 'decrypt RSA-OAEP', ...needsOf(material)],
      run: (keys, found) =>
        firstForm(keys, unwrapForms(material, found), (form) => unwrapPrivate(material, keys, found, form)),
    },
    {
      name: `create ${material}`,
      mechanisms: [],
      needs: needsOf(material),
      run: (keys, found) => createPrivate(material, keys, found),
    },
    {
      name: `export ${material}`,
      mechanisms: [],
      needs: ['wrap AES-KWP', ...needsOf(material)],
      run: (keys, found) => exportPrivate(material, keys, found),
    },
  ]),
  ...secretKinds.map((material): Probe => ({
    name: `export ${material}`,
    mechanisms: [],
    needs: ['wrap AES-KWP'],
    async run(keys, found) {
      const wrapping = await keys.secret('AES', 256, found);
      const target = await keys.secret(material, 128, found);
      const kwp = found['wrap AES-KWP'];
      const type = kwp?.works === true && kwp.form === '0x210b' ? ckm.aesKeyWrapKwp : ckm.aesKeyWrapPad;
      const [key, object] = [{ handle: wrapping.handle }, { handle: target.handle }];
      const wrapped = await keys.token.run('wrap', { key, mechanism: { type }, object }, keys.call);
      right(unpadded(wrapping.octets, wrapped).equals(target.octets), 'another key came out');
      return undefined;
    },
  })),
];
