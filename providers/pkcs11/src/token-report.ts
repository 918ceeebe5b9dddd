import type { Call } from '@keyway/core/driver';
import { patientCall } from './doctor.ts';
import { featuresBy } from './doctor-features.ts';
import { mechanismName } from './mechanisms.ts';
import { flagNames } from './token/flag-names.ts';
import type { TokenFacts } from './token/token.ts';
import type { TokenMemory } from './token/token-standing.ts';
import type { FeatureName, TokenFeatures } from './token-features.ts';
import { translateError } from './translate-error.ts';
import type { Pkcs11Vault } from './vault.ts';

/** A slot of the module, and the token in it. */
export interface SlotReport {
  readonly slotId: bigint;
  readonly description: string;
  readonly token?:
    | { readonly label: string; readonly serial: string; readonly flags: readonly string[] }
    | undefined;
}

/** A mechanism that the token lists. */
export interface MechanismReport {
  /** By its name in the standard where Keyway uses it, else its number. */
  readonly name: string;
  /** What Keyway tries it for, and found to work. Empty where it has no use for it, or the token failed at it. */
  readonly usedFor: readonly FeatureName[];
}

/** What a token and its module say of themselves now, and what was found out by trying. Plain data, to be printed. */
export interface TokenReport {
  readonly module: TokenFacts['module'];
  readonly slots: readonly SlotReport[];
  readonly token: {
    readonly slotId: bigint;
    readonly label: string;
    readonly serial: string;
    readonly manufacturer: string;
    readonly model: string;
    readonly firmware: string;
    readonly hardware: string;
    /** Names of the CKF_ flags that are set. */
    readonly flags: readonly string[];
    /** The state of a session of this process. */
    readonly loggedIn: boolean;
    readonly sessions?: number | undefined;
    readonly sessionLimit?: number | undefined;
    readonly publicMemory: TokenMemory;
    readonly privateMemory: TokenMemory;
    /** `YYYYMMDDhhmmss`, where it has a clock. */
    readonly utcTime?: string | undefined;
  };
  readonly mechanisms: readonly MechanismReport[];
  /** What the probes have found: each feature, in which form it works, or why it does not. */
  readonly features: TokenFeatures;
}

/** CKS_ numbers of sessions that are logged in as the user. */
const loggedIn: ReadonlySet<number> = new Set([1, 3]);

async function report(
  { token, features }: Pick<Pkcs11Vault, 'token' | 'features'>,
  call: Call,
): Promise<TokenReport> {
  const { module, hardware } = token.facts;
  const standing = await token.run('standing', {}, call);
  const { slotId, label, serial, manufacturer, model, firmware, utcTime } = standing;
  const { sessions, sessionLimit, publicMemory, privateMemory } = standing;
  return {
    module,
    slots: standing.slots.map(({ token: inside, ...slot }) => ({
      ...slot,
      token: inside && { ...inside, flags: flagNames(inside.flags) },
    })),
    token: {
      slotId,
      label,
      serial,
      manufacturer,
      model,
      firmware,
      hardware,
      flags: flagNames(standing.flags),
      loggedIn: loggedIn.has(standing.sessionState),
      sessions,
      sessionLimit,
      publicMemory,
      privateMemory,
      utcTime,
    },
    mechanisms: standing.mechanisms.map((number) => ({
      name: mechanismName(number),
      usedFor: featuresBy(number).filter((name) => features[name].works),
    })),
    features,
  };
}

/** Tells what the token and its module say of themselves, and what the vault found out. */
export type Describe = (options?: { readonly signal?: AbortSignal | undefined }) => Promise<TokenReport>;

/** Makes {@link Describe} for an open vault. */
export function createDescribe(vault: Pkcs11Vault): Describe {
  return async ({ signal } = {}) => {
    try {
      return await report(vault, patientCall(signal));
    } catch (error) {
      throw translateError(error, 'describe');
    }
  };
}
