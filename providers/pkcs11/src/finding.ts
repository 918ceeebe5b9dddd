/** What `doctor` can find. */
type FindingWhat =
  // The token
  | 'no-access'
  | 'not-examined'
  | 'token-changed'
  | 'token-failed'
  | 'pin-count-low'
  | 'pin-final-try'
  | 'pin-locked'
  | 'pin-to-be-changed'
  | 'login-not-required'
  | 'logged-out'
  | 'read-only'
  | 'memory-low'
  | 'sessions-used-up'
  | 'clock-skew'
  // What it can do
  | 'mechanism-lost'
  | 'mechanism-new'
  | 'feature-lost'
  | 'feature-new'
  | 'feature-changed'
  // Records
  | 'record-damaged'
  | 'record-missing'
  | 'record-older'
  | 'record-doubled'
  | 'records-elsewhere'
  | 'record-key-weak'
  | 'record-keys-several'
  | 'number-doubled'
  | 'intent-left'
  | 'several-writers'
  | 'purge-unfinished'
  | 'purge-due'
  | 'claim-left'
  | 'claim-missing'
  | 'claim-doubled'
  // Objects
  | 'orphan'
  | 'key-missing'
  | 'half-pair'
  | 'public-key-astray'
  | 'object-doubled'
  | 'label-astray'
  | 'label-changed'
  | 'label-doubled'
  | 'id-doubled'
  | 'id-missing'
  // How keys are kept
  | 'key-readable'
  | 'key-extractable'
  | 'key-was-readable'
  | 'key-was-extractable'
  | 'key-public'
  | 'key-not-modifiable'
  | 'key-short'
  | 'usage-too-wide'
  | 'usage-missing';

/** Something in a vault that somebody should know of, and what to do about it. */
export interface Finding {
  /** `error`: something does not work, or is not safe. `warning`: it will not, or is half done. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly what: FindingWhat;
  /** One sentence. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
  /** The name of the key in the vault. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** CKA_ID of the object, in hex. */
  readonly objectId?: string | undefined;
  /** CKA_LABEL of the object. */
  readonly label?: string | undefined;
}
