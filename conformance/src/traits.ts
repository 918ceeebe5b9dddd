import type { AlgorithmName, Capabilities, EnforcedProperty, Operation } from '@keyway/core';

/** An operation that can carry a request id. */
export type RequestIdOperation = keyof Capabilities['requestId'];

/**
 * A statement of a vault's capabilities that is not a row:
 *
 * - `member:createKey.tags`: the driver knows this member of the operation's options,
 * - `requestId:createKey`: a request id repeated gives the first result,
 * - `usage:any`: one key may sign and decrypt,
 * - `exclusive:atomic`: two callers never both claim the next version; `exclusive:none`: they may,
 * - `context:any`: ciphertexts can be bound to an encryption context,
 * - `nameReuse:free`: a purged name can be used again,
 * - `enforced:enabled`: the vault itself stops a use that the property forbids; `advisory:enabled`: Keyway alone does,
 * - `rotation:caller`: what is due is rotated by `rotateDueKeys`,
 * - `restores:policy`: a restored key has its rotation policy,
 * - `backup:always`: every key can be backed up,
 * - `remote:verifyData.ES256`: the vault itself does this operation with this algorithm, not only core,
 * - `purge:waits`: nothing but time destroys a deleted key, and the vault tells when it will have,
 * - `keys:external`: the vault may hold keys that other software made.
 */
export type TraitName =
  | `member:${Operation}.${string}`
  | `requestId:${RequestIdOperation}`
  | 'usage:any'
  | 'exclusive:atomic'
  | 'exclusive:none'
  | 'context:any'
  | 'nameReuse:free'
  | `${'enforced' | 'advisory'}:${EnforcedProperty}`
  | 'rotation:caller'
  | 'restores:policy'
  | 'backup:always'
  | `remote:${Operation}.${AlgorithmName}`
  | 'purge:waits'
  | 'keys:external';

/** How a trait is read from the capabilities, and nothing else. */
export interface Trait {
  holds(capabilities: Capabilities): boolean;
}

const isEnforced = (capabilities: Capabilities, property: string): boolean =>
  capabilities.state[property as EnforcedProperty].enforcement !== 'library';

/** The traits by the word before the colon; what follows it is the argument. */
const traitKinds: Readonly<Record<string, (capabilities: Capabilities, argument: string) => boolean>> = {
  member: (capabilities, argument) => {
    const [operation = '', member = ''] = argument.split('.');
    return capabilities.members[operation as Operation]?.includes(member) ?? false;
  },
  remote: (capabilities, argument) => {
    const [operation = '', algorithm = ''] = argument.split('.');
    // Over data, the vault does it too where it takes the digest that core makes.
    return [operation, operation.replace(/Data$/, '')].some((asked) => {
      const query = { operation: asked as Operation, algorithm: algorithm as AlgorithmName };
      return capabilities.supports(query).by === 'driver';
    });
  },
  requestId: (capabilities, argument) =>
    capabilities.requestId[argument as RequestIdOperation] === 'replayed',
  usage: (capabilities, argument) => capabilities.usage === argument,
  exclusive: (capabilities, argument) => capabilities.exclusive === argument,
  context: (capabilities) => capabilities.context !== 'none',
  nameReuse: (capabilities, argument) => capabilities.nameReuse === argument,
  enforced: isEnforced,
  advisory: (capabilities, argument) => !isEnforced(capabilities, argument),
  rotation: (capabilities, argument) => capabilities.rotationRunBy === argument,
  restores: (capabilities) => capabilities.restoresPolicy,
  backup: (capabilities, argument) => capabilities.backup === argument,
  purge: (capabilities) =>
    capabilities.supports({ operation: 'purgeDeletedKey' }).support === 'unsupported' &&
    capabilities.supports({ operation: 'getDeletedKey' }).support !== 'unsupported',
  keys: (capabilities) => capabilities.externalKeys,
};

/** The trait of a name. */
export function findTrait(name: TraitName): Trait {
  const [kind = '', argument = ''] = name.split(':');
  const read = traitKinds[kind];
  if (read === undefined) throw new Error(`Unknown trait: ${name}`);
  return { holds: (capabilities) => read(capabilities, argument) };
}
