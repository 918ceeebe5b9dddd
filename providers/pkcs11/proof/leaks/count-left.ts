import type { LoggedCall } from '../shim/fault-log.ts';

/** What the calls of a process have opened, begun or made and not ended. */
export interface LeftBehind {
  readonly opened: number;
  readonly closed: number;
  /** Sessions that were open as the module was finalised, or are now. */
  readonly sessions: number;
  /** The most that were open at once. */
  readonly mostSessions: number;
  /** Sessions that the module opened and nobody was told of. */
  readonly lostSessions: number;
  /** Searches without an end, in sessions that are open. */
  readonly searches: number;
  /** Objects made less objects destroyed: those that stay on the token, and those that ended with their session. */
  readonly objects: number;
}

const made: Readonly<Record<string, number>> = {
  C_CreateObject: 1,
  C_CopyObject: 1,
  C_GenerateKey: 1,
  C_GenerateKeyPair: 2,
  C_UnwrapKey: 1,
  C_DeriveKey: 1,
  C_DestroyObject: -1,
};

/**
 * Counts what was really done, whatever the caller was told. A thread has one session at a time, and whatever runs in it
 * ends as that is closed; C_Finalize and C_CloseAllSessions end nothing here, since a leak would hide behind them.
 */
export function countLeft(calls: readonly LoggedCall[]): LeftBehind {
  let [opened, closed, mostSessions, lostSessions, objects] = [0, 0, 0, 0, 0];
  const searching = new Set<number>();
  for (const { function: name, thread, told, real } of calls) {
    if (real !== 0) continue;
    objects += made[name] ?? 0;
    if (name === 'C_OpenSession') {
      opened++;
      if (told !== 0) lostSessions++;
      mostSessions = Math.max(mostSessions, opened - closed);
    }
    if (name === 'C_CloseSession') {
      closed++;
      searching.delete(thread);
    }
    if (name === 'C_FindObjectsInit') searching.add(thread);
    if (name === 'C_FindObjectsFinal') searching.delete(thread);
  }
  const sessions = opened - closed;
  return { opened, closed, sessions, mostSessions, lostSessions, searches: searching.size, objects };
}
