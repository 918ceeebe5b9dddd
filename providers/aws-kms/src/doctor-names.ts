import type { NameInventory } from './doctor-inventory.ts';
import type { Finding } from './finding.ts';
import { isDeleted, isPending } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';

type Look = (of: NameInventory, newest: number) => readonly Finding[];

const recoverAdvice = 'beginRecoverDeletedKey brings it back; otherwise KMS destroys it on its date';

/** The record of a version that is, by its claim, one of this name. */
const isOf = (key: KmsKey, name: string): boolean => key.record?.name === name;

const lookAtRecords: Look = ({ name, pointer, claims }) => {
  const keys = new Map(
    [...claims.values(), ...(pointer === undefined ? [] : [pointer])].map((key) => [key.id, key]),
  );
  // The key of others under a name of ours has no claim.
  const known = [...keys.values()].filter((key) => claims.size > 0 || key.damaged);
  return known
    .filter((key) => !isOf(key, name))
    .map((key): Finding => ({
      severity: 'error',
      what: key.record === undefined ? 'record-damaged' : 'pointer-astray',
      message:
        key.record === undefined
          ? 'The record in the description of the KMS key is missing or damaged'
          : `An alias of this name points to a version of ${key.record.name}`,
      advice:
        key.record === undefined
          ? 'If an adoption stopped half way: adoptKey again. Else see in CloudTrail who called UpdateKeyDescription, and write the former text back'
          : 'Find out in CloudTrail who called UpdateAlias, and point it back',
      name,
      keyId: key.id,
    }));
};

const lookAtGaps: Look = ({ name, claims }, newest) =>
  Array.from({ length: newest }, (_, index) => index + 1)
    .filter((sequence) => !claims.has(sequence))
    .map((sequence): Finding => ({
      severity: 'warning',
      what: 'claim-missing',
      message: `Nothing claims version ${sequence}: KMS has destroyed its key, or somebody removed the alias`,
      advice:
        'Nothing brings back a destroyed key; an alias that was removed can be made again with the AWS tools',
      name,
    }));

const lookAtPointer: Look = ({ name, pointer, claims }, newest) => {
  if (pointer === undefined) {
    const [first] = claims.values();
    const going = [...claims.values()].every((key) => isDeleted(key));
    return [
      {
        severity: going ? 'note' : 'warning',
        what: 'claim-without-pointer',
        message: going
          ? 'KMS has destroyed the version that was current, and not yet the others'
          : 'A version is claimed, and the alias of the name is not there: the key is not found',
        advice: going
          ? 'Wait: the name is free when KMS has destroyed them'
          : 'createKey with this name, or beginDeleteKey, goes on from there',
        name,
        keyId: first?.id,
      },
    ];
  }
  const top = claims.get(newest);
  const sequence = pointer.record?.sequence;
  if (sequence === undefined || top === undefined || top.id === pointer.id || newest <= sequence) return [];
  if (!isOf(top, name) || isDeleted(top)) {
    return [
      {
        severity: 'error',
        what: 'claim-unusable',
        message: `Version ${newest} is claimed by a KMS key that cannot become current`,
        advice: isPending(top)
          ? recoverAdvice
          : 'Restore its description; until then the key takes no new version',
        name,
        keyId: top.id,
      },
    ];
  }
  return [
    {
      severity: 'warning',
      what: 'pointer-behind',
      message: `Version ${newest} is claimed, and the alias of the name still points to an older one`,
      advice: 'The next createKey, rotateKey or beginDeleteKey finishes it',
      name,
      keyId: top.id,
    },
  ];
};

const lookAtDeletion: Look = ({ name, pointer, claims }, newest) => {
  if (pointer === undefined || !isOf(pointer, name)) return [];
  const older = [...new Map([...claims.values()].map((key) => [key.id, key])).values()].filter(
    (key) => key.id !== pointer.id && isOf(key, name),
  );
  const found = (
    severity: Finding['severity'],
    what: Finding['what'],
    message: string,
    advice: string,
    keyId: string,
  ): Finding => ({
    severity,
    what,
    message,
    advice,
    name,
    keyId,
  });
  if (isDeleted(pointer)) {
    const halfway = [pointer, ...older].filter((key) => !isPending(key));
    return halfway.map((key) =>
      found(
        'warning',
        'deletion-unfinished',
        'The key is deleted, and this version is not scheduled',
        'beginDeleteKey finishes it, beginRecoverDeletedKey takes it back',
        key.id,
      ),
    );
  }
  const tombstone = claims.get(newest)?.id === pointer.id && (pointer.record?.sequence ?? newest) < newest;
  return [
    ...(tombstone
      ? [
          found(
            'warning',
            'deletion-unfinished',
            'A deletion has begun and stopped: the key takes no new version',
            'beginDeleteKey finishes it, beginRecoverDeletedKey takes it back',
            pointer.id,
          ),
        ]
      : []),
    ...older
      .filter((key) => isPending(key) && (key.record?.sequence ?? 0) < newest)
      .map((key) =>
        found(
          'warning',
          'version-scheduled',
          'KMS is going to destroy an older version of a live key',
          recoverAdvice,
          key.id,
        ),
      ),
    ...older
      .filter((key) => !isPending(key) && key.record?.deletedOn !== undefined && !tombstone)
      .map((key) =>
        found(
          'note',
          'recovery-unfinished',
          'An older version still has the mark of a deletion that is over',
          'Nothing depends on it; beginRecoverDeletedKey removes it',
          key.id,
        ),
      ),
  ];
};

/** A version that was announced: KMS may be at it, or its maker has stopped. */
const lookAtMaking: Look = ({ name, pointer }) => {
  if (pointer?.record?.making === undefined || isDeleted(pointer)) return [];
  return [
    {
      severity: 'warning',
      what: 'rotation-unfinished',
      message:
        'A next version of this key was begun: KMS is still rotating it, or whoever began it has stopped',
      advice: 'The next createKey, importKey or rotateKey finishes it',
      name,
      keyId: pointer.id,
    },
  ];
};

const looks: readonly Look[] = [lookAtRecords, lookAtGaps, lookAtPointer, lookAtDeletion, lookAtMaking];

/** What is wrong with the aliases and records of one name. */
export function findInName(inventory: NameInventory): readonly Finding[] {
  const newest = Math.max(0, ...inventory.claims.keys());
  // A key of others under a name of ours is no trouble.
  if (newest === 0 && inventory.pointer?.record === undefined && inventory.pointer?.damaged !== true)
    return [];
  return looks.flatMap((look) => look(inventory, newest));
}
