import type { FuzzTarget } from '../target.ts';
import { documentTargets } from './documents.ts';
import { identifierTargets } from './identifiers.ts';
import { keyTargets } from './keys.ts';
import { locationTargets } from './locations.ts';
import { pkcs11Targets } from './pkcs11.ts';
import { releaseTargets } from './releases.ts';
import { sealedTargets } from './sealed.ts';
import { textTargets } from './texts.ts';

/** Every parser that meets input from outside. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...locationTargets,
  ...pkcs11Targets,
  ...identifierTargets,
  ...textTargets,
  ...documentTargets,
  ...keyTargets,
  ...sealedTargets,
  ...releaseTargets,
];
