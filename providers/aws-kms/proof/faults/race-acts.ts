import type { KeyManager } from '@keyway/core';

/** What a process does with the key `k`. */
export const raceActs = {
  rotate: (manager: KeyManager) => manager.rotateKey('k'),
  delete: async (manager: KeyManager) => (await manager.beginDeleteKey('k')).pollUntilDone(),
  recover: async (manager: KeyManager) => (await manager.beginRecoverDeletedKey('k')).pollUntilDone(),
} as const;

export type RaceAct = keyof typeof raceActs;

export function isRaceAct(name: string): name is RaceAct {
  return Object.hasOwn(raceActs, name);
}
