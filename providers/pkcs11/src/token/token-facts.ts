import type * as graphene from 'graphene-pk11';
import type * as pkcs11 from 'pkcs11js';
import { handleFromOctets } from './handles.ts';
import { requireBinding } from './native-module.ts';
import { Refusal } from './refusal.ts';
import { returnValueOf, TokenError } from './return-values.ts';
import type { MechanismFacts, TokenFacts } from './token.ts';
import type { TokenIdentity } from './wire.ts';

/** CKF_ flags of CK_TOKEN_INFO. */
export const tokenFlags = {
  writeProtected: 0x2,
  loginRequired: 0x4,
  clock: 0x40,
  protectedAuthenticationPath: 0x1_00,
  initialized: 0x4_00,
  userPinCountLow: 0x1_0000,
  userPinFinalTry: 0x2_0000,
  userPinLocked: 0x4_0000,
  userPinToBeChanged: 0x8_0000,
  errorState: 0x100_0000,
} as const;

/** A token that is present, with the octets of its slot's id. */
export interface PresentToken {
  readonly slot: Buffer;
  readonly slotId: bigint;
  readonly graphene: graphene.Slot;
  readonly info: graphene.Token;
}

const version = ({ major, minor }: pkcs11.Version): string => `${major}.${minor}`;

function named<Result>(functionName: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const ckr = returnValueOf(error);
    throw ckr === undefined ? error : new TokenError(ckr, functionName);
  }
}

function presentTokens(module: graphene.Module): PresentToken[] {
  const slots = named('C_GetSlotList', () => module.getSlots(true));
  const present: PresentToken[] = [];
  for (let index = 0; index < slots.length; index++) {
    const slot = named('C_GetSlotInfo', () => slots.items(index));
    // A token may be taken out between the list and the question.
    try {
      const info = slot.getToken();
      present.push({ slot: slot.handle, slotId: handleFromOctets(slot.handle), graphene: slot, info });
    } catch (error) {
      if (returnValueOf(error) === undefined) throw error;
    }
  }
  return present;
}

function fits(token: PresentToken, wanted: TokenIdentity): boolean {
  const { info } = token;
  return (
    (wanted.slotId === undefined || wanted.slotId === token.slotId) &&
    (wanted.label === undefined || wanted.label === info.label) &&
    (wanted.serial === undefined || wanted.serial === info.serialNumber) &&
    (wanted.manufacturer === undefined || wanted.manufacturer === info.manufacturerID) &&
    (wanted.model === undefined || wanted.model === info.model)
  );
}

const describe = ({ info, slotId }: PresentToken): string =>
  info.flags & tokenFlags.initialized
    ? `${JSON.stringify(info.label)} (serial ${info.serialNumber}, slot ${slotId})`
    : `an uninitialised one (slot ${slotId})`;

/** Finds the one token that fits. */
export function findToken(library: pkcs11.PKCS11, wanted: TokenIdentity): PresentToken {
  const { Module } = requireBinding('graphene-pk11') as typeof graphene;
  const module = new Module(library);
  const present = presentTokens(module);
  const found = present.filter((token) => fits(token, wanted));
  const [token, other] = found;
  if (token === undefined) {
    const list = present.length === 0 ? 'there is none' : `there is ${present.map(describe).join(', ')}`;
    throw new Refusal('ERR_UNAVAILABLE', `No token fits: ${list}`);
  }
  if (other !== undefined) {
    const list = found.map(describe).join(', ');
    throw new Refusal('ERR_INVALID_ARGUMENT', `Several tokens fit, name the serial or the slot too: ${list}`);
  }
  if ((token.info.flags & tokenFlags.initialized) === 0)
    throw new Refusal('ERR_UNAVAILABLE', `The token in slot ${token.slotId} is not initialised yet`);
  return token;
}

function mechanismsOf(library: pkcs11.PKCS11, slot: Buffer): ReadonlyMap<number, MechanismFacts> {
  const mechanisms = new Map<number, MechanismFacts>();
  for (const type of named('C_GetMechanismList', () => library.C_GetMechanismList(slot))) {
    // Some modules list mechanisms that they then do not know.
    try {
      const { flags, minKeySize, maxKeySize } = library.C_GetMechanismInfo(slot, type);
      mechanisms.set(type, { flags, minKeySize, maxKeySize });
    } catch (error) {
      if (returnValueOf(error) === undefined) throw error;
    }
  }
  return mechanisms;
}

/** CK_UNAVAILABLE_INFORMATION as the binding cuts it off, and CK_EFFECTIVELY_INFINITE. */
const noLimit: ReadonlySet<number> = new Set([0xffff_ffff, 0]);

/** What the token tells. */
export function readFacts(
  library: pkcs11.PKCS11,
  path: string,
  { slot, slotId, graphene, info }: PresentToken,
): TokenFacts {
  const module = named('C_GetInfo', () => library.C_GetInfo());
  const limit = info.maxRwSessionCount;
  return {
    module: {
      path,
      manufacturer: module.manufacturerID.trimEnd(),
      description: module.libraryDescription.trimEnd(),
      version: version(module.libraryVersion),
      cryptokiVersion: version(module.cryptokiVersion),
    },
    slotId,
    slotDescription: graphene.slotDescription,
    label: info.label,
    serial: info.serialNumber,
    manufacturer: info.manufacturerID,
    model: info.model,
    firmware: version(info.firmwareVersion),
    hardware: version(info.hardwareVersion),
    flags: info.flags,
    ...(noLimit.has(limit) ? {} : { sessionLimit: limit }),
    mechanisms: mechanismsOf(library, slot),
    minPinLength: info.minPinLen,
    maxPinLength: info.maxPinLen,
  };
}
