import type { Inventory, KnownVersion, TokenObject } from './doctor-inventory.ts';
import { keysById } from './doctor-objects.ts';
import { weaknessesOf } from './doctor-weaknesses.ts';
import type { Finding } from './finding.ts';
import { secretClassOf, usageTemplate } from './key-templates.ts';
import { isAdopted } from './object-id.ts';
import { kindOf } from './reconcile.ts';
import type { AttributeName } from './token/attributes.ts';
import { works } from './token-features.ts';
import type { TokenFeatures } from './token-features.ts';

type Where = Pick<Finding, 'name' | 'version' | 'objectId' | 'label'>;

const makeAnother = 'Rotate the key: the new version is made as it should be';

/** What the token lets the key be used for, beside what its record says. */
function lookAtUsage(
  { document, version }: KnownVersion,
  { attributes }: TokenObject,
  features: TokenFeatures,
  where: Where,
): readonly Finding[] {
  const enabled = version.enabled && document.deletedOn === undefined;
  // The uses of an adopted key are its own, as long as it may be used at all.
  if (!works(features, 'change usage') || (isAdopted(version.version) && enabled)) return [];
  const wanted = Object.entries(usageTemplate(secretClassOf(version), kindOf(version), features, enabled));
  const differing = (value: boolean): string =>
    wanted
      .filter(([name, is]) => is === value && attributes[name as AttributeName] === !value)
      .map(([name]) => name)
      .join(', ');
  const [wide, missing] = [differing(false), differing(true)];
  const findings: Finding[] = [];
  if (wide !== '') {
    findings.push({
      severity: 'warning',
      what: 'usage-too-wide',
      message: enabled
        ? `The token lets the key be used for more than its record says: ${wide}`
        : `The version is disabled or deleted, and the token lets it be used all the same: ${wide}`,
      advice:
        'Other software with the PIN can do so; the next change of the key (updateKeyProperties) sets it right',
      ...where,
    });
  }
  if (missing !== '') {
    findings.push({
      severity: 'error',
      what: 'usage-missing',
      message: `The token does not let the key be used for what its record says: ${missing}`,
      advice:
        'Somebody has changed the object; the next change of the key (updateKeyProperties) sets it right',
      ...where,
    });
  }
  return findings;
}

function lookAtVersion(
  known: KnownVersion,
  object: TokenObject,
  features: TokenFeatures,
): readonly Finding[] {
  const { name, version, id } = known;
  const adopted = isAdopted(version.version);
  const where = { name, version: version.version, objectId: id };
  const fixed: Finding = {
    severity: 'warning',
    what: 'key-not-modifiable',
    message:
      'The key is not CKA_MODIFIABLE: the token cannot be told to refuse it when it is disabled or deleted',
    advice: `Only Keyway enforces it. ${makeAnother}`,
    ...where,
  };
  return [
    ...weaknessesOf(object, version.backup === true).map(({ what, severity, message }): Finding => ({
      severity: adopted ? 'warning' : severity,
      what,
      message,
      advice: adopted
        ? `Other software made it so. ${makeAnother}`
        : `Somebody has put it in the place of ours, or the token did not keep to what it was told. ${makeAnother}, and trust nothing that this one did`,
      ...where,
    })),
    ...(object.attributes.modifiable === false && works(features, 'change usage') ? [fixed] : []),
    ...lookAtUsage(known, object, features, where),
  ];
}

/** The keys under which records are authenticated and backups wrapped. Weak ones are not used: they are somebody else's. */
function lookAtInternal({ objects }: Inventory, namespace: string): readonly Finding[] {
  const own = objects.filter(
    ({ class: of, label }) =>
      of === 'secret' && (label === `${namespace}//records` || label === `${namespace}//backups`),
  );
  const weak = own.filter(
    ({ attributes: { sensitive, extractable, alwaysSensitive, neverExtractable } }) =>
      sensitive === false || extractable === true || alwaysSensitive === false || neverExtractable === false,
  );
  const sound = own.filter((object) => !weak.includes(object));
  const several = [...Map.groupBy(sound, ({ label }) => label)].filter(([, keys]) => keys.length > 1);
  return [
    ...weak.map(({ id, label }): Finding => ({
      severity: 'warning',
      what: 'record-key-weak',
      message:
        'A key is labelled as one that authenticates records or wraps backups, and could be read: it is not used',
      advice: "Somebody has put it there: find out who, and destroy it with the vendor's tool",
      objectId: id,
      label,
    })),
    ...several.map(([label, keys]): Finding => ({
      severity: 'note',
      what: 'record-keys-several',
      message: `The token has ${keys.length} keys where one would do: processes opened a new vault at once, or somebody put them there`,
      advice: 'All are believed and must stay; where no two processes can have made them, find out who did',
      label,
    })),
  ];
}

/** What is wrong with how keys are kept on the token. */
export function findInKeys(
  inventory: Inventory,
  namespace: string,
  features: TokenFeatures,
): readonly Finding[] {
  const byId = keysById(inventory);
  const own = inventory.versions
    .filter(({ document }) => document.purging !== true)
    .flatMap((known) => {
      const of = secretClassOf(known.version);
      const keys = (byId.get(known.id) ?? []).filter((object) => object.class === of);
      return keys.flatMap((object) => lookAtVersion(known, object, features));
    });
  return [...own, ...lookAtInternal(inventory, namespace)];
}
