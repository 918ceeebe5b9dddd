import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { formatBackupHeader, parseBackupHeader } from '../../providers/local/src/backup-header.ts';
import type { BackupMethod } from '../../providers/local/src/backup-header.ts';
import { decodeContent, encodeContent } from '../../providers/local/src/backup-content.ts';
import type { BackupContent } from '../../providers/local/src/backup-content.ts';
import { readBackup, writeBackup } from '../../providers/local/src/backup-format.ts';
import { formatSealingHeader, parseSealingHeader } from '../../providers/local/src/sealing-header.ts';
import type { SealingMethod } from '../../providers/local/src/sealing-header.ts';
import { junkBytes, mutateBytes } from '../mutate-bytes.ts';
import { jsonText, mutateJson } from '../mutate-json.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import { createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validName, validText, validVersion } from './valid-texts.ts';

const scrypt = (random: Random): { n: number; r: number; p: number } => ({
  n: random.pick([2 ** 17, 2 ** 18]),
  r: 8,
  p: 1,
});

function validMethod(random: Random): SealingMethod {
  const sort = random.below(3);
  if (sort === 0) return { kind: 'key' };
  if (sort === 1) return { kind: 'passphrase', scrypt: scrypt(random), salt: random.bytes(16) };
  const keyId = `local:x/keys/${validName(random)}/${validVersion(random)}`;
  return {
    kind: 'keyManager',
    keyId,
    algorithm: random.pick(['A256KW', 'RSA-OAEP-256'] as const),
    wrapped: random.bytes(40),
  };
}

/** Puts the checksum right that only tells damage, so that what lies behind it is reached too. */
function withRightSum(text: string): string {
  try {
    const { sum: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    const sum = createHash('sha256')
      .update(JSON.stringify(rest))
      .digest()
      .subarray(0, 16)
      .toString('base64url');
    return JSON.stringify({ ...rest, sum });
  } catch {
    return text;
  }
}

const sealingHeaders = defineTarget<string>({
  name: 'sealing-headers',
  sources: ['providers/local/src/sealing-header.ts', 'providers/local/src/scrypt-parameters.ts'],
  refusals: ['ERR_INTEGRITY'],
  valid: (random) => formatSealingHeader({ method: validMethod(random), check: random.bytes(32) }),
  mutate(random, text, other) {
    if (random.chance(0.4)) return mutateText(random, text, other);
    return withRightSum(jsonText(mutateJson(random, JSON.parse(text), JSON.parse(other))));
  },
  junk: junkText,
  parse: (text) => roundTrip(formatSealingHeader(parseSealingHeader(text)) === text, 'another text'),
});

const backupHeaders = defineTarget<Uint8Array>({
  name: 'backup-headers',
  sources: ['providers/local/src/backup-header.ts'],
  refusals: ['ERR_INTEGRITY', 'ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED'],
  valid(random) {
    const method: BackupMethod = random.chance(0.5)
      ? { key: random.text(32, '0123456789abcdef') }
      : { scrypt: scrypt(random), salt: random.bytes(16) };
    return formatBackupHeader(method);
  },
  mutate: mutateBytes,
  junk: junkBytes,
  parse(octets) {
    const { method, length } = parseBackupHeader(octets);
    return roundTrip(
      Buffer.compare(formatBackupHeader(method), octets.subarray(0, length)) === 0,
      'other octets',
    );
  },
});

function validContent(random: Random): BackupContent {
  const versions = Array.from({ length: random.between(1, 4) }, () => ({
    record: JSON.stringify([validVersion(random), null, validText(random, 20)]),
    material: random.bytes(random.pick([0, 16, 32, 138])),
  }));
  const content = { name: validName(random), current: validVersion(random), versions };
  return random.chance(0.3) ? { ...content, policy: '{"lifetimeActions":[]}' } : content;
}

const backupContents = defineTarget<Uint8Array>({
  name: 'backup-contents',
  sources: ['providers/local/src/backup-content.ts'],
  refusals: ['ERR_INTEGRITY'],
  valid: (random) => encodeContent(validContent(random)),
  mutate: mutateBytes,
  junk: junkBytes,
  parse: (octets) =>
    roundTrip(Buffer.compare(encodeContent(decodeContent(octets)), octets) === 0, 'other octets'),
});

const backupKeys = {
  current: '0123456789abcdef0123456789abcdef',
  dataKeys: new Map([['0123456789abcdef0123456789abcdef', createRandom(1).bytes(32)]]),
};

interface Backup {
  readonly content: BackupContent;
  /** What becomes of the sealed octets. */
  change(octets: Uint8Array): Uint8Array;
  readonly changed: boolean;
}

const same = (octets: Uint8Array): Uint8Array => octets;

const backups = defineTarget<Backup>({
  name: 'backups',
  sources: ['providers/local/src/backup-format.ts', 'providers/local/src/sealed-bytes.ts'],
  refusals: ['ERR_INTEGRITY', 'ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED', 'ERR_UNAUTHENTICATED'],
  valid: (random) => ({ content: validContent(random), change: same, changed: false }),
  mutate: (random, { content }) => ({
    content,
    change: (octets) => mutateBytes(random, octets, octets),
    changed: true,
  }),
  junk: (random) => ({ content: validContent(random), change: () => junkBytes(random), changed: true }),
  async parse({ content, change, changed }) {
    const written = await writeBackup(content, backupKeys);
    const given = change(written);
    const read = await readBackup(given, backupKeys);
    roundTrip(!changed || Buffer.compare(given, written) === 0, 'a changed backup was taken');
    return roundTrip(isDeepStrictEqual(read, content), 'other content');
  },
  describe: ({ content }) => JSON.stringify(content).slice(0, 2000),
});

/** Parsers of what is sealed, and of what says how. */
export const sealedTargets: readonly FuzzTarget[] = [sealingHeaders, backupHeaders, backupContents, backups];
