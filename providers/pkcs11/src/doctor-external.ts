import type { Inventory, TokenObject } from './doctor-inventory.ts';
import { madeByKeyway } from './doctor-objects.ts';
import { weaknessesOf } from './doctor-weaknesses.ts';
import type { Finding } from './finding.ts';
import { ckk } from './mechanisms.ts';
import { isInternalLabel, versionOfId } from './object-id.ts';

const ofOthers = 'Keyway would not make a key so: where it is adopted, rotate it';

/** Keys of other software that cannot be told from one another. */
function lookAtNames(external: readonly TokenObject[]): readonly Finding[] {
  const without = external.filter(({ id }) => versionOfId(Buffer.from(id, 'hex')) === undefined);
  const doubled = [...Map.groupBy(external, ({ class: of, id }) => `${of}/${id}`).values()].filter(
    (group) => group.length > 1 && !without.includes(group[0] as TokenObject),
  );
  const labels = [...Map.groupBy(external, ({ label }) => label)].filter(
    ([label, group]) => label !== '' && group.length > 1,
  );
  return [
    ...without.map(({ label }): Finding => ({
      severity: 'note',
      what: 'id-missing',
      message: 'A key of other software has no CKA_ID, or a very long one: it cannot be used here',
      advice: 'Give it a CKA_ID of its own with the tool that made it',
      label,
    })),
    ...doubled.map(([object]): Finding => ({
      severity: 'note',
      what: 'id-doubled',
      message: 'Several keys of other software share a CKA_ID: none of them can be used here',
      advice: 'Give each a CKA_ID of its own with the tool that made them',
      objectId: object?.id,
      label: object?.label,
    })),
    ...labels.map(([label]): Finding => ({
      severity: 'note',
      what: 'label-doubled',
      message: 'Several keys of other software share a label: each goes by a made-up name here',
      advice: 'Give each a label of its own with the tool that made them',
      label,
    })),
  ];
}

/** The keys of other software: not ours, of no namespace, and not adopted. */
function externalKeysIn({ objects, versions }: Inventory): readonly TokenObject[] {
  const ids = new Set(versions.map(({ id }) => id));
  return objects.filter(
    (object) =>
      (object.class === 'private' || object.class === 'secret') &&
      !ids.has(object.id) &&
      !isInternalLabel(object.label) &&
      madeByKeyway(object) === undefined,
  );
}

/** The modulus below which an RSA key is worth little, in octets. */
const shortModulus = 256;

function modulusLength({ attributes: { keyType, modulus } }: TokenObject): number {
  if (keyType !== ckk.rsa || modulus === undefined) return Number.POSITIVE_INFINITY;
  return (
    modulus.length -
    Math.max(
      0,
      modulus.findIndex((octet) => octet !== 0),
    )
  );
}

function lookAtKey(object: TokenObject): readonly Finding[] {
  const where = { objectId: object.id, label: object.label };
  const found = weaknessesOf(object, false).map(({ what, message }): Finding => ({
    severity: 'note',
    what,
    message: `Of other software: ${message}`,
    advice: ofOthers,
    ...where,
  }));
  if (modulusLength(object) >= shortModulus) return found;
  const short: Finding = {
    severity: 'note',
    what: 'key-short',
    message: 'Of other software: an RSA key of less than 2,048 bits',
    advice: 'It cannot be used here, and should not be used anywhere',
    ...where,
  };
  return [...found, short];
}

/** What is to be known of the keys of other software. */
export function findInExternalKeys(inventory: Inventory): readonly Finding[] {
  const external = externalKeysIn(inventory);
  return [...lookAtNames(external), ...external.flatMap(lookAtKey)];
}
