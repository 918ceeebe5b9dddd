import type { Campaign, Slot } from './campaign.ts';
import { dumpVault } from './dump-vault.ts';
import { isState, stateAfter } from './expected-state.ts';
import type { KeyState } from './expected-state.ts';
import type { Order } from './protocol.ts';
import { useKeys } from './use-keys.ts';

/** Takes down the state that a key has now. */
export function note(slot: Slot, name: string, state: KeyState | undefined): void {
  slot.history.set(name, [...(slot.history.get(name) ?? []), slot.ledger.states.get(name)].slice(-20));
  slot.ledger.states.set(name, state);
}

/**
 * Compares a key with what it may be. Where its change was not acknowledged, it may be as before or as after; a change of
 * the vault as a whole changes no key. Lost: it is as it once was. Torn: it is as it never was.
 */
function judgeKey(
  slot: Slot,
  name: string,
  found: KeyState | undefined,
  pending: Order | undefined,
  campaign: Campaign,
): void {
  const before = slot.ledger.states.get(name);
  const own = pending?.name === name && pending.kind !== 're-seal' ? pending : undefined;
  const after =
    own === undefined ? before : stateAfter(own, before, undefined, slot.ledger.backups.get(name)?.state);
  const happened = own !== undefined && isState(found, after);
  if (happened || isState(found, before)) {
    if (own !== undefined) campaign[happened ? 'whole' : 'absent']++;
  } else {
    const seen = (slot.history.get(name) ?? []).some((state) => isState(found, state));
    const where = own === undefined ? name : `${own.kind} of ${name}`;
    campaign[seen ? 'lost' : 'torn'].push(
      `${where}: expected ${JSON.stringify(before)}, found ${JSON.stringify(found)}`,
    );
  }
  note(slot, name, found);
}

/** Looks at a writer's keys after a kill: by bare SQLite, and by using each of them. */
export async function inspect(slot: Slot, pending: Order | undefined, campaign: Campaign): Promise<void> {
  const { setup } = campaign;
  const dump = dumpVault(setup.file);
  campaign.torn.push(...dump.problems);
  for (const { name } of slot.ledger.names) judgeKey(slot, name, dump.keys.get(name), pending, campaign);
  const live = slot.ledger.names.filter(({ name }) => dump.keys.get(name)?.deleted === false);
  campaign.torn.push(...(await useKeys(setup, live)));
}
