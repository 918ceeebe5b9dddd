import { KeyManagerError } from '@keyway/core/driver';

/** The caller's time was up, whatever becomes of the job. */
export const timeout = (): KeyManagerError =>
  new KeyManagerError('ERR_TIMEOUT', 'The token did not answer in time');

/** What becomes of the job of a worker that ended in it. */
export const died = (): KeyManagerError =>
  new KeyManagerError(
    'ERR_UNAVAILABLE',
    'The worker ended while it was in the module: the outcome is unknown',
  );
