import { findAlgorithm } from '@keyway/core/driver';
import type {
  CapabilityQuery,
  EncryptionAlgorithm,
  KeyWrapAlgorithm,
  SignatureAlgorithm,
} from '@keyway/core';
import type { Case } from '../case.ts';
import type { CaseContext } from '../case-context.ts';
import { unwrapPadded } from './judge-encryption.ts';
import { knownAnswers } from './known-answers.ts';
import type { EncryptionAnswer, KnownAnswer, SignatureAnswer, WrapAnswer } from './known-answer.ts';
import { createVaultKeys, isSame } from './vault-keys.ts';
import { vectorTally } from './vector-tally.ts';

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function check(holds: boolean, answer: KnownAnswer, what: string): void {
  if (!holds) throw new Error(`${answer.source}: ${what}`);
}

/** The same octets with one bit changed. */
function damaged(octets: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

async function runSignature(answer: SignatureAnswer, context: CaseContext): Promise<void> {
  const keys = createVaultKeys(context.manager, () => context.newName());
  const client = await keys.client(answer.key, answer.algorithm, ['sign', 'verify']);
  const name = answer.algorithm as SignatureAlgorithm;
  const data = fromHex(answer.data);
  const signature = fromHex(answer.signature);
  check(
    (await client.verifyData(name, data, signature)).result,
    answer,
    'the published signature does not verify',
  );
  check(
    !(await client.verifyData(name, data, damaged(signature))).result,
    answer,
    'a damaged signature verifies',
  );
  const made = await client.signData(name, data);
  if (answer.deterministic) check(isSame(made.signature, signature), answer, 'another signature was made');
  check(
    (await client.verifyData(name, data, made.signature)).result,
    answer,
    'the signature made does not verify',
  );
}

async function runEncryption(answer: EncryptionAnswer, context: CaseContext): Promise<void> {
  const keys = createVaultKeys(context.manager, () => context.newName());
  const client = await keys.client(answer.key, answer.algorithm, ['encrypt', 'decrypt']);
  const name = answer.algorithm as EncryptionAlgorithm;
  const iv = fromHex(answer.iv);
  const { plaintext } = await client.decrypt(name, fromHex(answer.ciphertext), {
    iv,
    ...(answer.tag === undefined ? {} : { authenticationTag: fromHex(answer.tag) }),
    ...(answer.aad === undefined ? {} : { additionalAuthenticatedData: fromHex(answer.aad) }),
  });
  check(isSame(plaintext, fromHex(answer.plaintext)), answer, 'it decrypts to something else');
  if (!answer.reproducible) return;
  const { ciphertext } = await client.encrypt(name, plaintext, { iv });
  check(isSame(ciphertext, fromHex(answer.ciphertext)), answer, 'it encrypts to something else');
}

async function runWrap(answer: WrapAnswer, context: CaseContext): Promise<void> {
  const keys = createVaultKeys(context.manager, () => context.newName());
  const client = await keys.client(answer.key, answer.algorithm, ['wrapKey', 'unwrapKey']);
  const name = answer.algorithm as KeyWrapAlgorithm;
  const { key } = await client.unwrapKey(name, fromHex(answer.wrapped));
  check(isSame(key, fromHex(answer.secret)), answer, 'it unwraps to something else');
  if (!answer.reproducible) return;
  const { encryptedKey } = await client.wrapKey(name, key);
  check(isSame(encryptedKey, fromHex(answer.wrapped)), answer, 'it wraps to something else');
}

async function run(answer: KnownAnswer, context: CaseContext): Promise<void> {
  switch (answer.kind) {
    case 'signature':
      return await runSignature(answer, context);
    case 'encryption':
      return await runEncryption(answer, context);
    case 'wrap':
      return await runWrap(answer, context);
    case 'padded-wrap': {
      const secret = unwrapPadded(Buffer.from(answer.key.k ?? '', 'base64url'), fromHex(answer.wrapped));
      return check(
        secret !== undefined && isSame(secret, fromHex(answer.secret)),
        answer,
        'it unwraps to something else',
      );
    }
  }
}

function requirementsOf(answer: KnownAnswer): readonly CapabilityQuery[] {
  if (answer.kind === 'padded-wrap') return [];
  const { algorithm } = answer;
  const keyType = findAlgorithm(algorithm)?.family;
  const operations = {
    signature: ['signData', 'verifyData'],
    encryption: ['encrypt', 'decrypt'],
    wrap: ['wrapKey', 'unwrapKey'],
  } as const;
  const { k } = answer.key;
  const size = k === undefined ? undefined : 8 * Buffer.from(k, 'base64url').length;
  return [
    { operation: 'importKey', keyType, size },
    ...operations[answer.kind].map((operation) => ({ operation, algorithm, size })),
  ];
}

/** A case for each known answer. */
export const knownAnswerCases: readonly Case[] = knownAnswers.map((answer) => {
  const id = `vectors/${answer.id}`;
  return {
    id,
    title: `${answer.source}: the vault agrees with the published ${answer.kind.replace('-', ' ')}`,
    requires: requirementsOf(answer),
    async run(context) {
      await run(answer, context);
      vectorTally.add({
        id,
        run: 1,
        valid: 1,
        invalid: 0,
        acceptable: 0,
        skipped: {},
        implicitlyRejected: 0,
        failures: [],
      });
    },
  };
});
