/** CKF_ flags of CK_TOKEN_INFO (PKCS #11 v3.1, table 6). */
const names: readonly (readonly [flag: number, name: string])[] = [
  [0x1, 'CKF_RNG'],
  [0x2, 'CKF_WRITE_PROTECTED'],
  [0x4, 'CKF_LOGIN_REQUIRED'],
  [0x8, 'CKF_USER_PIN_INITIALIZED'],
  [0x20, 'CKF_RESTORE_KEY_NOT_NEEDED'],
  [0x40, 'CKF_CLOCK_ON_TOKEN'],
  [0x1_00, 'CKF_PROTECTED_AUTHENTICATION_PATH'],
  [0x2_00, 'CKF_DUAL_CRYPTO_OPERATIONS'],
  [0x4_00, 'CKF_TOKEN_INITIALIZED'],
  [0x8_00, 'CKF_SECONDARY_AUTHENTICATION'],
  [0x1_0000, 'CKF_USER_PIN_COUNT_LOW'],
  [0x2_0000, 'CKF_USER_PIN_FINAL_TRY'],
  [0x4_0000, 'CKF_USER_PIN_LOCKED'],
  [0x8_0000, 'CKF_USER_PIN_TO_BE_CHANGED'],
  [0x10_0000, 'CKF_SO_PIN_COUNT_LOW'],
  [0x20_0000, 'CKF_SO_PIN_FINAL_TRY'],
  [0x40_0000, 'CKF_SO_PIN_LOCKED'],
  [0x80_0000, 'CKF_SO_PIN_TO_BE_CHANGED'],
  [0x100_0000, 'CKF_ERROR_STATE'],
];

/** The names of the flags that are set; those that the standard does not know are left out. */
export function flagNames(flags: number): readonly string[] {
  return names.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name);
}
