import { KeyManagerError } from '@keyway/core/driver';

const isNamed = (error: unknown, name: string): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === name;

/** KMS rotates the key already, or is about to. */
export const isRotating = (error: unknown): boolean => isNamed(error, 'ConflictException');

/** What KMS means where it refuses a rotation on demand; other errors stay as they are. */
export function rotationError(error: unknown): unknown {
  if (isRotating(error)) {
    return new KeyManagerError(
      'ERR_CONFLICT',
      'KMS rotates this key by itself now, or within 20 minutes, and takes no rotation on demand meanwhile: look at its versions, and ask again after that',
      { cause: error },
    );
  }
  if (!isNamed(error, 'LimitExceededException')) return error;
  return new KeyManagerError(
    'ERR_QUOTA_EXCEEDED',
    'KMS rotates a key on demand 25 times in its life, and for this key they are used up. Its versions go on to work; KMS still rotates it by itself under a policy that it can hold, and a key with another name, or in a vault of KMS keys, starts anew',
    { alternative: "updateKeyRotationPolicy, or a vault opened with versions: 'keys'", cause: error },
  );
}

/** What KMS means where it refuses the next material of a key; other errors stay as they are. */
export function importError(error: unknown): unknown {
  if (isNamed(error, 'IncorrectKeyMaterialException')) {
    return new KeyManagerError(
      'ERR_CONFLICT',
      'KMS does not take this as new material of the key: it is one of its versions already, or was not received whole',
      { cause: error },
    );
  }
  if (!isNamed(error, 'KMSInvalidStateException')) return error;
  return new KeyManagerError(
    'ERR_CONFLICT',
    'KMS takes no further material for this key now: other material waits there for its rotation, or one of its versions is missing. If nobody is importing, ListKeyRotations shows it and DeleteImportedKeyMaterial with its id takes it away',
    { cause: error },
  );
}

/** The call's time is up, and KMS is not done. */
export function stillRotating(): KeyManagerError {
  return new KeyManagerError(
    'ERR_KEY_NOT_READY',
    'KMS is still rotating this key: the same call with the same requestId waits on and gives the version; getKey shows it when it is there',
  );
}
