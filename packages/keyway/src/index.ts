/**
 * `keyway`: opens any vault from a URI. Everything of `@keyway/core` comes along, so that an application needs this
 * package and its vault's, and no other.
 *
 * @packageDocumentation
 */
export * from '@keyway/core';
export { openDriver } from './open-driver.ts';
export type { OpenDriverOptions } from './open-driver.ts';
export { openKeyManager } from './open-key-manager.ts';
export type { OpenKeyManagerOptions } from './open-key-manager.ts';
export { providers } from './providers.ts';
export type { ProviderRegistration } from './providers.ts';
