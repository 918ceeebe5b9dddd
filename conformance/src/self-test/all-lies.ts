import type { Lie } from './lie.ts';
import { capabilityLies } from './lies-about-capabilities.ts';
import { deletionLies } from './lies-about-deletion.ts';
import { encryptionLies } from './lies-about-encryption.ts';
import { listLies } from './lies-about-lists.ts';
import { recordLies } from './lies-about-records.ts';
import { rotationLies } from './lies-about-rotation.ts';
import { signatureLies } from './lies-about-signatures.ts';
import { clientLies } from './lies-of-clients.ts';
import { managerLies } from './lies-of-managers.ts';

/** Every lie. */
export const allLies: readonly Lie[] = [
  ...signatureLies,
  ...encryptionLies,
  ...recordLies,
  ...listLies,
  ...deletionLies,
  ...rotationLies,
  ...capabilityLies,
  ...clientLies,
  ...managerLies,
];
