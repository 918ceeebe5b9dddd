import type { TokenObject } from './doctor-inventory.ts';
import type { Finding } from './finding.ts';

/** One way to keep a key that is weaker than Keyway's. */
interface Weakness {
  readonly what: Finding['what'];
  readonly severity: Finding['severity'];
  readonly message: string;
  readonly is: (attributes: TokenObject['attributes'], backup: boolean) => boolean;
}

const weaknesses: readonly Weakness[] = [
  {
    what: 'key-readable',
    severity: 'error',
    message: 'The key is not CKA_SENSITIVE: whoever has the PIN can read it',
    is: ({ sensitive }) => sensitive === false,
  },
  {
    what: 'key-extractable',
    severity: 'warning',
    message: 'The key is CKA_EXTRACTABLE: whoever has the PIN can take it out under a key of theirs',
    is: ({ extractable }, backup) => extractable === true && !backup,
  },
  {
    what: 'key-public',
    severity: 'error',
    message: 'The key is not CKA_PRIVATE: it is found, and may be used, without the PIN',
    is: (attributes) => attributes.private === false,
  },
  {
    what: 'key-was-readable',
    severity: 'warning',
    message: 'The token made the key readable at first (no CKA_ALWAYS_SENSITIVE): somebody may have read it',
    is: ({ local, sensitive, alwaysSensitive }) =>
      local === true && sensitive === true && alwaysSensitive === false,
  },
  {
    what: 'key-was-extractable',
    severity: 'warning',
    message:
      'The token made the key extractable at first (no CKA_NEVER_EXTRACTABLE): somebody may have taken it out',
    is: ({ local, extractable, neverExtractable }) =>
      local === true && extractable === false && neverExtractable === false,
  },
];

/** In which ways a key is kept more weakly than Keyway keeps its own. @param backup Whether it may be extractable. */
export function weaknessesOf(object: TokenObject, backup: boolean): readonly Weakness[] {
  return weaknesses.filter(({ is }) => is(object.attributes, backup));
}
