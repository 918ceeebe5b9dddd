/**
 * `@keyway/local`: the local vault.
 *
 * @packageDocumentation
 */
export { localProvider, openLocal } from './open-local.ts';
export type { LocalVault, OpenLocalOptions } from './open-local.ts';
export { formatLocalUri, parseLocalUri } from './options.ts';
export type { LocalLocation, LocalOptions, SealedBy, SecretSource } from './options.ts';
export type { LocalMaintenance, NewSealing } from './maintenance.ts';
export type { IntegrityReport } from './integrity-check.ts';
export type { ResealReport } from './reseal.ts';
export type { AttestationAuthorities } from './release.ts';
