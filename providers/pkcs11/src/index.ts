/**
 * `@keyway/pkcs11`: a vault on a PKCS#11 token.
 *
 * @packageDocumentation
 */
export { openPkcs11, pkcs11Provider } from './open-pkcs11.ts';
export type { OpenPkcs11Options, Pkcs11KeyManager } from './open-pkcs11.ts';
export type { Pkcs11Location, Pkcs11Options } from './options.ts';
export { formatPkcs11Location, parsePkcs11Location } from './vault-uri.ts';
export { formatPkcs11Uri } from './uri/format-pkcs11-uri.ts';
export { parsePkcs11Uri } from './uri/parse-pkcs11-uri.ts';
export type { UriRules } from './uri/parse-pkcs11-uri.ts';
export type { LibraryVersion, Pkcs11Uri } from './uri/pkcs11-uri.ts';
export type { Pkcs11Maintenance } from './maintenance.ts';
export type { SweepReport } from './sweep.ts';
export type { Diagnose, DiagnoseOptions } from './doctor.ts';
export type { Finding } from './finding.ts';
export type { Describe, MechanismReport, SlotReport, TokenReport } from './token-report.ts';
export type { Intent } from './records/intents.ts';
export type { PinSource } from './token/token.ts';
