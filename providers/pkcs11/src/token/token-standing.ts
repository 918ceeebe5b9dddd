import type * as pkcs11 from 'pkcs11js';
import { handleFromOctets } from './handles.ts';
import { returnValueOf } from './return-values.ts';
import type { SessionCalls } from './session-calls.ts';
import { tokenFlags } from './token-facts.ts';

/** Room of a token, in octets. Absent where it does not tell. */
export interface TokenMemory {
  readonly total?: bigint | undefined;
  readonly free?: bigint | undefined;
}

/** A slot of the module, and the token in it. */
interface SlotStanding {
  readonly slotId: bigint;
  readonly description: string;
  /** Absent where there is none, or none that answers. */
  readonly token?: { readonly label: string; readonly serial: string; readonly flags: number } | undefined;
}

/** How a token stands now: what of it changes while it is open. Texts are without their padding. */
export interface TokenStanding {
  readonly slotId: bigint;
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  /** CKF_ flags of CK_TOKEN_INFO. */
  readonly flags: number;
  /** CKS_ number of the session that asked. */
  readonly sessionState: number;
  /** Sessions of this process, and how many it may have. Absent where the token does not tell. */
  readonly sessions?: number | undefined;
  readonly sessionLimit?: number | undefined;
  readonly publicMemory: TokenMemory;
  readonly privateMemory: TokenMemory;
  /** `YYYYMMDDhhmmss`; absent where the token has no clock. */
  readonly utcTime?: string | undefined;
  /** Numbers of the mechanisms that it lists now. */
  readonly mechanisms: readonly number[];
  readonly slots: readonly SlotStanding[];
}

/** CK_UNAVAILABLE_INFORMATION, whole and as the binding cuts it off. */
const unavailable: ReadonlySet<bigint> = new Set([2n ** 64n - 1n, 2n ** 32n - 1n]);

/** The binding gives sizes as bigints, though it says numbers. */
function octets(value: number | bigint): bigint | undefined {
  const size = BigInt(value);
  return unavailable.has(size) ? undefined : size;
}

/** 0 is CK_EFFECTIVELY_INFINITE for a limit. */
function count(value: number): number | undefined {
  return unavailable.has(BigInt(value)) ? undefined : value;
}

function slotStanding(library: pkcs11.PKCS11, slot: pkcs11.Handle): SlotStanding {
  const { slotDescription } = library.C_GetSlotInfo(slot);
  const standing = { slotId: handleFromOctets(slot), description: slotDescription.trimEnd() };
  try {
    const { label, serialNumber, flags } = library.C_GetTokenInfo(slot);
    return { ...standing, token: { label: label.trimEnd(), serial: serialNumber.trimEnd(), flags } };
  } catch (error) {
    if (returnValueOf(error) === undefined) throw error;
    return standing;
  }
}

/** Reads how the token stands. Changes nothing, and does not log in. */
export function readStanding(calls: SessionCalls): TokenStanding {
  const { library } = calls;
  const session = calls.call('C_GetSessionInfo', false, (handle) => library.C_GetSessionInfo(handle));
  const slot = session.slotID;
  const info = calls.call('C_GetTokenInfo', false, () => library.C_GetTokenInfo(slot));
  const { firmwareVersion: firmware, maxSessionCount: limit } = info;
  return {
    slotId: handleFromOctets(slot),
    label: info.label.trimEnd(),
    serial: info.serialNumber.trimEnd(),
    manufacturer: info.manufacturerID.trimEnd(),
    model: info.model.trimEnd(),
    firmware: `${firmware.major}.${firmware.minor}`,
    flags: info.flags,
    sessionState: session.state,
    sessions: count(info.sessionCount),
    sessionLimit: limit === 0 ? undefined : count(limit),
    publicMemory: { total: octets(info.totalPublicMemory), free: octets(info.freePublicMemory) },
    privateMemory: { total: octets(info.totalPrivateMemory), free: octets(info.freePrivateMemory) },
    utcTime: info.flags & tokenFlags.clock ? info.utcTime.slice(0, 14) : undefined,
    mechanisms: calls.call('C_GetMechanismList', false, () => library.C_GetMechanismList(slot)),
    slots: calls
      .call('C_GetSlotList', false, () => library.C_GetSlotList(false))
      .map((each) => calls.call('C_GetSlotInfo', false, () => slotStanding(library, each))),
  };
}
