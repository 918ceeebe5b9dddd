import type { JsonWebKey, KeyManagerErrorCode } from '@keyway/core';
import type { KeyDriver } from '@keyway/core/driver';

/** What the suite gives to whoever opens a target. */
export interface OpeningFixture {
  /** Milliseconds since 1970. A vault without a clock of its own follows the `now` of each call anyway. */
  readonly clock: () => number;
}

/**
 * An environment that may be given released keys.
 *
 * Made by the target, because only who set up the vault knows an authority that it trusts.
 */
export interface AttestationFixture {
  /** A release policy that `token` fulfils. */
  readonly releasePolicy: Uint8Array;
  /** An attestation token for the holder of a key. `denied`: correctly signed, but one claim differs. `foreign`: of an authority the policy does not name. */
  token(
    publicKey: JsonWebKey,
    kind: 'fulfilled' | 'denied' | 'foreign' | 'expired' | 'unsigned',
  ): Promise<string>;
}

/** Ways round the vault, for the promises that cannot be tried through it. Each receives the opened driver. */
export interface TargetFixtures {
  readonly attestation?: ((driver: KeyDriver) => Promise<AttestationFixture>) | undefined;
  /** Damages the record of a version behind the vault's back. */
  readonly damagedRecord?:
    | ((driver: KeyDriver, key: { name: string; version: string }) => Promise<void>)
    | undefined;
  /** Puts a signing key into the vault as other software would, and gives its vendor id. */
  readonly externalKey?: ((driver: KeyDriver, name: string) => Promise<string>) | undefined;
}

/** The name of a fixture. */
export type FixtureName = keyof TargetFixtures;

/** A defect of an emulator, not of the provider. It must still fail, for the reason recorded, or the run is red. */
export interface KnownFailure {
  /** Id of the case that fails. */
  readonly case: string;
  /** The emulator and its version, for example `moto 5.1.2`. */
  readonly emulatorVersion: string;
  /** What is wrong with it, as a sentence. */
  readonly reason: string;
  readonly link?: string | undefined;
  /** How the case fails. */
  readonly expected: { readonly code?: KeyManagerErrorCode | undefined; readonly pattern: RegExp };
  /** Shows the defect by the bare vendor SDK, without Keyway: what `run` gives as text must match `observes`. */
  readonly reproduction: { run(): Promise<string>; readonly observes: RegExp };
}

/** A part of the suite, by ids or prefixes of cases. */
export interface TargetPart {
  /** Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Left out of those. */
  readonly but?: readonly string[] | undefined;
  readonly reason: string;
}

/** A vault that is held to the contract. */
export interface ConformanceTarget {
  readonly name: string;
  /** Short name of the provider: targets of one provider are compared with each other. */
  readonly provider: string;
  /** A way of opening the provider's vaults that gives other capabilities: targets of one variant are compared with each other. */
  readonly variant?: string | undefined;
  /** A server or fake that this project wrote itself: it proves the wire, not the service. Every report says so. */
  readonly own?: boolean | undefined;
  /** The vendor's real service. */
  readonly live?: boolean | undefined;
  readonly fixtures?: TargetFixtures | undefined;
  readonly knownFailures?: readonly KnownFailure[] | undefined;
  /** Milliseconds of real time after which a case counts as hanging, where a slow vault needs more than the default. */
  readonly patience?: number | undefined;
  /** What its provider declares elsewhere and this target lacks: where all targets of a provider lack it, nothing proves it. */
  readonly lacks?: readonly string[] | undefined;
  /** The cases, by id or prefix, to which it is held, where it stands for a part of a vault only; and why. */
  readonly heldTo?: TargetPart | undefined;
  open(fixture: OpeningFixture): Promise<KeyDriver>;
  /** How the vault was reached, for the report: `container` or `process` for example. Asked after `open`. */
  reached?(): string | undefined;
}
