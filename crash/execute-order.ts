import type { Campaign, Slot } from './campaign.ts';
import { stateAfter } from './expected-state.ts';
import { note } from './judge.ts';
import type { Order } from './protocol.ts';
import type { Outcome } from './writer-process.ts';

/** Waits without a timer, whose steps are longer than most changes. */
async function spin(milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** Takes an acknowledgement down. */
function acknowledge(slot: Slot, order: Order, outcome: Extract<Outcome, { type: 'done' }>): void {
  const { name } = order;
  const before = slot.ledger.states.get(name);
  if (order.kind !== 'backup') {
    note(slot, name, stateAfter(order, before, outcome.version, slot.ledger.backups.get(name)?.state));
  } else if (before !== undefined && outcome.backup !== undefined) {
    slot.ledger.backups.set(name, { octets: outcome.backup, state: before });
  }
}

/** Gives an order, and kills the writer in the middle of it where `strike` is set. */
export async function executeOrder(
  slot: Slot,
  order: Order,
  strike: boolean,
  campaign: Campaign,
): Promise<Outcome> {
  const { latencies, aims } = campaign;
  const aim = aims.get(order.kind) ?? 1;
  const share = slot.random.next();
  let killed: Promise<void> | undefined;
  let started = 0;
  const outcome = await slot.writer.send({ ...order, struck: strike }, () => {
    started = performance.now();
    if (strike)
      killed = spin(share * aim * (latencies.get(order.kind) ?? 2)).then(
        async () => await slot.writer.kill(),
      );
  });
  const took = performance.now() - started;
  if (outcome.type === 'done' && !strike)
    latencies.set(order.kind, 0.7 * (latencies.get(order.kind) ?? took) + 0.3 * took);
  // After a strike that came too late the next one at such a change comes earlier.
  if (strike) aims.set(order.kind, outcome.type === 'done' ? aim / 2 : Math.min(1, aim * 1.25));
  if (strike) await (killed ?? slot.writer.kill());
  if (outcome.type === 'failed') {
    const text = `${order.kind} of ${order.name} failed: ${outcome.reason}`;
    // Without the safeguard that is one more way in which a loss shows: what the change builds on is gone.
    if (!campaign.setup.unsafe) throw new Error(text);
    campaign.lost.push(text);
  }
  if (outcome.type === 'killed' && !strike) throw new Error('A writer ended by itself');
  if (outcome.type === 'done') {
    campaign.acknowledged++;
    acknowledge(slot, order, outcome);
  }
  return outcome;
}
