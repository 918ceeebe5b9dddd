import { spkiDigest } from '@keyway/core/driver';
import type { Inventory, KnownVersion, TokenObject } from './doctor-inventory.ts';
import { hexOf } from './doctor-inventory.ts';
import type { Finding } from './finding.ts';
import { secretClassOf } from './key-templates.ts';
import { hashedId, isAdopted, parseLabel } from './object-id.ts';
import type { ParsedLabel } from './object-id.ts';
import { publicJwkOf } from './public-attributes.ts';

/** An object that Keyway has made, by its label and the CKA_ID that follows from it. */
export function madeByKeyway({ label, id }: Pick<TokenObject, 'label' | 'id'>): ParsedLabel | undefined {
  const parsed = parseLabel(label);
  if (parsed === undefined) return undefined;
  return hexOf(hashedId(parsed.namespace, parsed.name, parsed.version)) === id ? parsed : undefined;
}

const isKey = ({ class: of }: TokenObject): boolean => of !== 'data';

/** The objects that share a CKA_ID. */
export function keysById({
  objects,
}: Pick<Inventory, 'objects'>): ReadonlyMap<string, readonly TokenObject[]> {
  return Map.groupBy(objects.filter(isKey), ({ id }) => id);
}

const named = ({ name, version, id }: KnownVersion): Pick<Finding, 'name' | 'version' | 'objectId'> => ({
  name,
  version: version.version,
  objectId: id,
});

function lookAtSecret(known: KnownVersion, found: readonly TokenObject[]): readonly Finding[] {
  const of = secretClassOf(known.version);
  const keys = found.filter((object) => object.class === of);
  if (keys.length === 1) return [];
  if (keys.length > 1) {
    return [
      {
        severity: 'error',
        what: 'object-doubled',
        message: `The token has ${keys.length} ${of} keys with the CKA_ID of this version: none of them is used`,
        advice:
          "Somebody has made them: find out which is the right one, and destroy the others with the vendor's tool",
        ...named(known),
      },
    ];
  }
  const half = found.some((object) => object.class === 'public');
  return [
    {
      severity: 'error',
      what: 'key-missing',
      message: half
        ? 'The version has a record and its public half on the token, and its private key is gone'
        : 'The version has a record, and its key is gone from the token',
      advice:
        'Restore the key from a backup, if there is one; else rotate it, or delete it: nothing else brings it back',
      ...named(known),
    },
  ];
}

/** The public half: there, once, and the one that the record vouches for. */
function lookAtPublic(known: KnownVersion, found: readonly TokenObject[]): readonly Finding[] {
  const { spkiDigest: digest } = known.version;
  if (digest === undefined) return [];
  const halves = found.filter((object) => object.class === 'public');
  const fits = (object: TokenObject): boolean => {
    const jwk = publicJwkOf(object.attributes);
    return jwk !== undefined && Buffer.compare(spkiDigest(jwk), digest) === 0;
  };
  const right = halves.filter(fits).length;
  const told = found.some((object) => object.class === 'private' && fits(object));
  const findings: Finding[] = [];
  if (right < halves.length) {
    findings.push({
      severity: 'error',
      what: 'public-key-astray',
      message: 'A public key with the CKA_ID of this version is not the one that its record vouches for',
      advice: 'Somebody has put it there: nothing here believes it, and other software may. Destroy it',
      ...named(known),
    });
  }
  if (right > 1) {
    findings.push({
      severity: 'warning',
      what: 'object-doubled',
      message: `The public half of this version is on the token ${right} times`,
      advice: 'Destroy all but one: other software may not know which one to take',
      ...named(known),
    });
  }
  if (right === 0) {
    findings.push({
      severity: told ? 'warning' : 'error',
      what: 'half-pair',
      message: told
        ? 'The public half of this version is gone; its private key still tells it'
        : 'The public half of this version is gone: nobody can verify or encrypt with it here',
      advice: "Put the public key back with the vendor's tool, with the CKA_ID of the private one",
      ...named(known),
    });
  }
  return findings;
}

/** The label of the key, which tells of a record that is gone, or older. */
function lookAtLabel(
  known: KnownVersion,
  found: readonly TokenObject[],
  namespace: string,
): readonly Finding[] {
  const { name, document, version } = known;
  const of = secretClassOf(version);
  const [key, other] = found.filter((object) => object.class === of);
  if (isAdopted(version.version) || key === undefined || other !== undefined) return [];
  const parsed = parseLabel(key.label);
  const own = parsed?.namespace === namespace && parsed.name === name && parsed.version === version.version;
  if (!own) {
    return [
      {
        severity: 'warning',
        what: 'label-changed',
        message: 'Somebody has changed the label of the key: a loss of its record would not be noticed',
        advice: 'The next change of the key (updateKeyProperties) writes it again',
        ...named(known),
        label: key.label,
      },
    ];
  }
  if ((parsed.revision ?? 0) <= document.revision) return [];
  return [
    {
      severity: 'error',
      what: 'record-older',
      message: `The record is number ${document.revision}, and the token remembers number ${parsed.revision}: an older one stands in its place`,
      advice: 'Write the newest record back from a backup of the store; the key is refused until then',
      ...named(known),
    },
  ];
}

const order = ['private', 'public', 'secret'] as const;

/** Objects that Keyway has made and that no record knows. */
function lookAtStrays(
  found: readonly TokenObject[],
  { documents, damaged, intents }: Inventory,
  namespace: string,
): readonly Finding[] {
  const parsed = found.map(madeByKeyway).find((each) => each?.namespace === namespace);
  if (parsed === undefined) return [];
  const { name, version } = parsed;
  const document = documents.find((each) => each.name === name);
  // What is known of these is told by what concerns the whole name.
  if (damaged.includes(name) || document?.purging === true) return [];
  if (intents.some((intent) => intent.name === name)) return [];
  const kinds = order.filter((of) => found.some((object) => object.class === of)).join(' and ');
  const where = { name, version, objectId: found[0]?.id };
  if (document === undefined) {
    return [
      {
        severity: 'error',
        what: 'record-missing',
        message: `The token has the ${kinds} key of a version, and the record of its name is gone`,
        advice:
          "Write the record back from a backup of the store; where the key is not wanted any more, destroy its objects with the vendor's tool",
        ...where,
      },
    ];
  }
  return [
    {
      severity: 'warning',
      what: 'orphan',
      message: `The token has a ${kinds} key that is labelled as a version of this name, and its record knows no such version`,
      advice: "Nothing uses it: destroy it with the vendor's tool, unless the record is known to be too old",
      ...where,
    },
  ];
}

/** Labels that say Keyway, on objects that it has not made so. */
function lookAtAstray(objects: readonly TokenObject[], namespace: string): readonly Finding[] {
  return objects
    .filter((object) => isKey(object) && parseLabel(object.label)?.namespace === namespace)
    .filter((object) => madeByKeyway(object) === undefined)
    .map((object): Finding => ({
      severity: 'warning',
      what: 'label-astray',
      message:
        'The label of an object says a key of this vault, and its CKA_ID is another: it is nothing of ours',
      advice:
        'Somebody has labelled it so, or has changed its CKA_ID: give it another label, or its CKA_ID back',
      name: parseLabel(object.label)?.name,
      objectId: object.id,
      label: object.label,
    }));
}

/** What is wrong with the objects of a vault: missing, left over, doubled, or not what they seem. */
export function findInObjects(inventory: Inventory, namespace: string): readonly Finding[] {
  const byId = keysById(inventory);
  const known = new Set(inventory.versions.map(({ id }) => id));
  const live = inventory.versions.filter(({ document }) => document.purging !== true);
  return [
    ...live.flatMap((version) => {
      const found = byId.get(version.id) ?? [];
      return [
        ...lookAtSecret(version, found),
        ...lookAtPublic(version, found),
        ...lookAtLabel(version, found, namespace),
      ];
    }),
    ...[...byId].flatMap(([id, found]) => (known.has(id) ? [] : lookAtStrays(found, inventory, namespace))),
    ...lookAtAstray(inventory.objects, namespace).filter(({ objectId }) => !known.has(objectId ?? '')),
  ];
}
