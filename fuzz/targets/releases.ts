import { createSecretKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KeyRecord } from '@keyway/core/driver';
import { parseReleasePolicy } from '../../providers/local/src/release-policy.ts';
import type { AuthorityConditions } from '../../providers/local/src/release-policy.ts';
import { releaseKey } from '../../providers/local/src/release.ts';
import { junkBytes, mutateBytes } from '../mutate-bytes.ts';
import { jsonText, mutateJson } from '../mutate-json.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validName } from './valid-texts.ts';

const authority = 'https://attest.example.test';

function validCondition(random: Random, depth: number): object {
  if (depth < 5 && random.chance(0.3)) {
    const parts = Array.from({ length: random.between(1, 3) }, () => validCondition(random, depth + 1));
    return random.chance(0.5) ? { allOf: parts } : { anyOf: parts };
  }
  const claim = random.pick(['x-ms-compliance-status', 'x-ms-isolation-tee.x-ms-attestation-type', 'c']);
  return {
    claim,
    equals: random.pick<string | number | boolean>([validName(random), random.below(100), true, false]),
  };
}

function encodePolicy(document: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(jsonText(document)));
}

function validPolicy(random: Random): Uint8Array {
  const authorities = Array.from({ length: random.between(1, 3) }, () => ({
    authority: random.pick([authority, 'https://a.b:8443/path', `https://${validName(random)}.test/`]),
    [random.pick(['allOf', 'anyOf'])]: [validCondition(random, 1)],
  }));
  return encodePolicy({ version: '1.0.0', anyOf: authorities });
}

const documentOf = (authorities: readonly AuthorityConditions[]): unknown => ({
  version: '1.0.0',
  anyOf: authorities.map((row) => ({ authority: row.authority, ...row.condition })),
});

const releasePolicies = defineTarget<Uint8Array>({
  name: 'release-policies',
  sources: ['providers/local/src/release-policy.ts', 'providers/local/src/strict-json.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validPolicy,
  mutate(random, policy, other) {
    if (random.chance(0.5)) return mutateBytes(random, policy, other);
    const [document, second] = [policy, other].map((octets): unknown =>
      JSON.parse(Buffer.from(octets).toString()),
    );
    return encodePolicy(mutateJson(random, document, second));
  },
  junk: junkBytes,
  parse(encodedPolicy) {
    const parsed = parseReleasePolicy({ encodedPolicy });
    const again = parseReleasePolicy({ encodedPolicy: encodePolicy(documentOf(parsed)) });
    return roundTrip(isDeepStrictEqual(again, parsed), 'another policy');
  },
  describe: (policy) => Buffer.from(policy).toString().slice(0, 2000),
});

const base64url = (octets: Uint8Array | string): string => Buffer.from(octets).toString('base64url');

/** What the tokens of this file are about; made once, and anew in each process. */
function createAuthority(): {
  readonly tokens: readonly string[];
  release(token: string): Promise<string>;
  check(value: string): boolean;
} {
  const attestation = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const target = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const es256 = { dsaEncoding: 'ieee-p1363' } as const;
  const tokenOf = (index: number): string => {
    const { n, e } = target.publicKey.export({ format: 'jwk' });
    const keys = [{ kty: 'RSA', kid: 'TpmEphemeralEncryptionKey', key_ops: ['encrypt'], n, e }];
    const claims = { iss: authority, exp: 2000 + index, level: 'good', 'x-ms-runtime': { keys } };
    const text = `${base64url(JSON.stringify({ alg: 'ES256', kid: 'k1', typ: 'JWT' }))}.${base64url(JSON.stringify(claims))}`;
    return `${text}.${base64url(sign('sha256', Buffer.from(text), { key: attestation.privateKey, ...es256 }))}`;
  };
  const policy = { version: '1.0.0', anyOf: [{ authority, allOf: [{ claim: 'level', equals: 'good' }] }] };
  const record = {
    name: 'k',
    version: '1',
    sourceId: 'k/1',
    keyType: 'oct',
    size: 256,
    publicKeyAuthentic: true,
    createdOn: 0,
    enabled: true,
    keyOperations: ['encrypt', 'decrypt'],
    tags: {},
    exportable: true,
    releasePolicy: { encodedPolicy: encodePolicy(policy) },
    ownership: 'own',
    status: 'ready',
    intact: true,
  } as const satisfies KeyRecord;
  return {
    tokens: Array.from({ length: 32 }, (_, index) => tokenOf(index)),
    async release(token) {
      const { value } = await releaseKey({
        material: createSecretKey(Buffer.alloc(32, 7)),
        keyId: 'local:x/keys/k/1',
        record,
        token,
        algorithm: 'CKM_RSA_AES_KEY_WRAP',
        now: 1000,
        authorities: {
          [authority]: {
            keys: [{ ...attestation.publicKey.export({ format: 'jwk' }), kty: 'EC', kid: 'k1' }],
          },
        },
        signingKey: signing.privateKey,
      });
      return value;
    },
    check(value) {
      const [header = '', payload = '', signature = ''] = value.split('.');
      const octets = Buffer.from(signature, 'base64url');
      return verify(
        'sha256',
        Buffer.from(`${header}.${payload}`),
        { key: signing.publicKey, ...es256 },
        octets,
      );
    },
  };
}

let shared: ReturnType<typeof createAuthority> | undefined;
const authorityOfTokens = (): ReturnType<typeof createAuthority> => (shared ??= createAuthority());

/** Changes the JSON inside a part of a token. */
function mutatePart(random: Random, token: string): string {
  const parts = token.split('.');
  const at = random.below(2);
  const document: unknown = JSON.parse(Buffer.from(parts[at] ?? '', 'base64url').toString());
  return parts.with(at, base64url(jsonText(mutateJson(random, document, document)))).join('.');
}

const attestationTokens = defineTarget<string>({
  name: 'attestation-tokens',
  sources: [
    'providers/local/src/attestation.ts',
    'providers/local/src/release.ts',
    'providers/local/src/release-target.ts',
  ],
  refusals: ['ERR_INVALID_ARGUMENT', 'ERR_PERMISSION_DENIED'],
  valid: (random) => random.pick(authorityOfTokens().tokens),
  mutate: (random, token, other) =>
    random.chance(0.5) ? mutatePart(random, token) : mutateText(random, token, other),
  junk: junkText,
  async parse(token) {
    const { release, check, tokens } = authorityOfTokens();
    const value = await release(token);
    roundTrip(tokens.includes(token), 'a token was accepted that nobody signed');
    return roundTrip(check(value), 'the answer is not signed');
  },
});

/** Parsers of what decides about a release. */
export const releaseTargets: readonly FuzzTarget[] = [releasePolicies, attestationTokens];
