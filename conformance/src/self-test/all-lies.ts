import type { Lie } from './lie.ts';
import { capabilityLies } from './lies-about-capabilities.ts';
import { encryptionLies } from './lies-about-encryption.ts';
import { lifecycleLies } from './lies-about-lifecycle.ts';
import { listLies } from './lies-about-lists.ts';
import { recordLies } from './lies-about-records.ts';
import { signatureLies } from './lies-about-signatures.ts';
import { coreLies } from './lies-of-core.ts';

/** Every lie. */
export const allLies: readonly Lie[] = [
  ...signatureLies,
  ...encryptionLies,
  ...recordLies,
  ...listLies,
  ...lifecycleLies,
  ...capabilityLies,
  ...coreLies,
];
