import { isDeepStrictEqual } from 'node:util';
import {
  checkEncryptionContext,
  encodeEncryptionContext,
} from '../../packages/core/src/encryption-context.ts';
import { checkRotationPolicy, dueActions, policyExpiry } from '../../packages/core/src/rotation-policy.ts';
import { decodeVaultRecord, encodeVaultRecord } from '../../packages/core/src/vault-record.ts';
import type { VaultRecord } from '../../packages/core/src/vault-record.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import { jsonText, mutateJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { positiveDuration, validName, validTags, validText, validVersion } from './valid-texts.ts';

interface Policy {
  readonly lifetimeActions: readonly Record<string, string>[];
  readonly expiresIn?: string;
}

function validPolicy(random: Random): Policy {
  const actions = random.pick([
    [],
    ['rotate'],
    ['notify'],
    ['rotate', 'notify'],
    ['notify', 'rotate'],
  ] as const);
  const lifetimeActions = actions.map((action) =>
    random.chance(0.5)
      ? { action, timeAfterCreate: positiveDuration(random, 500) }
      : { action, timeBeforeExpiry: positiveDuration(random, 30) },
  );
  return random.chance(0.6)
    ? { lifetimeActions, expiresIn: `P${random.between(31, 900)}D` }
    : { lifetimeActions };
}

const rotationPolicies = defineTarget<unknown>({
  name: 'rotation-policies',
  sources: ['packages/core/src/rotation-policy.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validPolicy,
  mutate: mutateJson,
  junk: (random) => mutateJson(random, null, null),
  parse(input) {
    const policy = checkRotationPolicy(input);
    roundTrip(isDeepStrictEqual(checkRotationPolicy(policy), policy), 'what was kept is not kept again');
    const texts = (actions: unknown): unknown => JSON.parse(JSON.stringify(actions)) as unknown;
    const given = (input as { lifetimeActions?: unknown }).lifetimeActions ?? [];
    roundTrip(isDeepStrictEqual(texts(policy.lifetimeActions), texts(given)), 'the actions changed');
    const expiry = policyExpiry(policy, 1000);
    roundTrip(expiry === undefined || (Number.isInteger(expiry) && expiry > 1000), 'no expiry');
    const due = dueActions(policy, { createdOn: 1000, expiresOn: expiry, enabled: true }, 10_000_000);
    return roundTrip(
      due.every(({ dueOn }) => Number.isInteger(dueOn) && dueOn >= 1000),
      'due before creation',
    );
  },
});

const contexts = defineTarget<unknown>({
  name: 'encryption-contexts',
  sources: ['packages/core/src/encryption-context.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid(random) {
    const part = (): string => `${validText(random, 8)}x`;
    return Object.fromEntries(Array.from({ length: random.below(6) }, () => [part(), part()]));
  },
  mutate: mutateJson,
  junk: (random) => mutateJson(random, null, null),
  parse(input) {
    const context = checkEncryptionContext(input);
    if (context === undefined) return true;
    roundTrip(isDeepStrictEqual({ ...context }, { ...(input as object) }), 'the context changed');
    return roundTrip(
      isDeepStrictEqual(decodeContext(encodeEncryptionContext(context)), { ...context }),
      'the encoding loses something',
    );
  },
});

/** Reads the published encoding of a context, to show that nothing is lost in it. */
function decodeContext(octets: Uint8Array): Record<string, string> {
  const bytes = Buffer.from(octets);
  let at = 'keyway-ctx-1'.length;
  const next = (): string => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.toString('utf8', at - length, at);
  };
  const entries: [string, string][] = [];
  while (at < bytes.length) entries.push([next(), next()]);
  return Object.fromEntries(entries);
}

function validRecord(random: Random): VaultRecord {
  const maybe = <T>(value: () => T): T | undefined => (random.chance(0.5) ? value() : undefined);
  const date = (): number => random.below(253_402_300_799);
  return {
    v: 1,
    name: maybe(() => validName(random)),
    version: maybe(() => validVersion(random)),
    sourceId: maybe(() => `${validText(random, 20)}s`),
    sequence: maybe(() => random.below(1_000_000)),
    keyType: maybe(() => random.pick(['RSA', 'EC', 'oct', 'OKP-HSM'] as const)),
    size: maybe(() => random.pick([128, 2048])),
    curve: maybe(() => random.pick(['P-256', 'P-256K'] as const)),
    algorithms: maybe(() => [random.pick(['ES256', 'A256GCM'] as const)]),
    keyOperations: maybe(() => random.pick([['sign', 'verify'], ['encrypt'], []] as const)),
    enabled: maybe(() => random.chance(0.5)),
    notBefore: maybe(date),
    expiresOn: maybe(date),
    tags: maybe(() => validTags(random)),
    exportable: maybe(() => true),
    releasePolicy: maybe(() => ({
      encodedPolicy: random.bytes(random.below(20)),
      contentType: maybe(() => 'application/json'),
      immutable: maybe(() => true),
    })),
    rotationPolicy: maybe(() => ({ ...checkRotationPolicy(validPolicy(random)), createdOn: maybe(date) })),
    requestId: maybe(() => random.text(8, 'abc-_.')),
    spkiDigest: maybe(() => random.bytes(32)),
    stateBeforeDeletion: maybe(() => ({ enabled: random.chance(0.5), current: maybe(() => true) })),
    deletedOn: maybe(date),
  };
}

const vaultRecords = defineTarget<string>({
  name: 'vault-records',
  sources: ['packages/core/src/vault-record.ts', 'packages/core/src/vault-record-members.ts'],
  refusals: ['ERR_INTEGRITY'],
  valid: (random) => encodeVaultRecord(validRecord(random)),
  mutate: (random, text, other) =>
    random.chance(0.5)
      ? mutateText(random, text, other)
      : jsonText(mutateJson(random, JSON.parse(text), JSON.parse(other))),
  junk: junkText,
  parse: (text) =>
    roundTrip(encodeVaultRecord(decodeVaultRecord(text)) === text, 'the record encodes to another text'),
});

/** Parsers of documents that callers and vaults hand in. */
export const documentTargets: readonly FuzzTarget[] = [rotationPolicies, contexts, vaultRecords];
