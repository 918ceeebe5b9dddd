/** What `diagnose` can find. */
type FindingWhat =
  | 'no-access'
  | 'not-examined'
  | 'permission-missing'
  | 'permissions-not-tried'
  | 'policy-without-account'
  | 'policy-denies-all'
  | 'orphan'
  | 'alias-outside-scheme'
  | 'claim-missing'
  | 'claim-without-pointer'
  | 'claim-unusable'
  | 'pointer-behind'
  | 'pointer-astray'
  | 'deletion-unfinished'
  | 'recovery-unfinished'
  | 'rotation-unfinished'
  | 'version-scheduled'
  | 'record-damaged';

/** Something in a vault that somebody should know of, and what to do about it. */
export interface Finding {
  /** `error`: something does not work. `warning`: it will not, or is half done. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly what: FindingWhat;
  /** One sentence. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
  /** The name of the key in the vault. */
  readonly name?: string | undefined;
  /** The id of the KMS key. */
  readonly keyId?: string | undefined;
  readonly alias?: string | undefined;
}
