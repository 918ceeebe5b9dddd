import type { Workaround } from '../../../scripts/workarounds/workaround.ts';
import { errorWorkarounds } from './workarounds/errors.ts';
import { flowWorkarounds } from './workarounds/flows.ts';
import { requestWorkarounds } from './workarounds/requests.ts';

/** What this provider does because of a trap of KMS, of its SDK or of what is between. */
export const workarounds: readonly Workaround[] = [
  ...errorWorkarounds,
  ...requestWorkarounds,
  ...flowWorkarounds,
];
