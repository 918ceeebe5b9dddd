import { createRandom, mixSeed } from '../fuzz/random.ts';
import type { Random } from '../fuzz/random.ts';
import { createCampaign } from './campaign.ts';
import type { Campaign, CrashReport, CrashSettings, Slot } from './campaign.ts';
import { executeOrder } from './execute-order.ts';
import { inspect } from './judge.ts';
import { createLedger, nextOrder } from './plan.ts';
import { changeKinds } from './protocol.ts';
import type { ChangeKind, Order } from './protocol.ts';
import { strikeAtSealing } from './strike-at-sealing.ts';
import { checkWhole } from './use-keys.ts';
import { startWriter } from './writer-process.ts';
import type { Outcome } from './writer-process.ts';

/** Counts a kill, and looks at what it has left. */
async function afterKill(slot: Slot, order: Order, outcome: Outcome, campaign: Campaign): Promise<void> {
  const { settings, inFlight } = campaign;
  const pending = outcome.type === 'killed' && order.kind !== 'backup' ? order : undefined;
  campaign.kills++;
  if (outcome.type === 'killed' && outcome.started && order.kind !== 'backup') {
    campaign.unacknowledged++;
    inFlight.set(order.kind, (inFlight.get(order.kind) ?? 0) + 1);
  }
  await inspect(slot, pending, campaign);
  const acknowledged = pending === undefined ? 'acknowledged' : 'not acknowledged';
  settings.onProgress(`kill ${campaign.kills} of ${settings.kills}: ${order.kind}, ${acknowledged}`);
}

/** Gives orders until a kill has landed: in a change of the kind wanted, or at any moment. */
async function killOnce(slot: Slot, wanted: ChangeKind | undefined, campaign: Campaign): Promise<void> {
  for (let left = slot.random.between(3, 12); ; left--) {
    campaign.settings.signal.throwIfAborted();
    const order = nextOrder(slot.random, slot.ledger, campaign.nextId(), left > 0 ? undefined : wanted);
    const strike = left <= 0 && (wanted === undefined ? slot.random.chance(0.3) : order.kind === wanted);
    const outcome = await executeOrder(slot, order, strike, campaign);
    if (strike) return await afterKill(slot, order, outcome, campaign);
  }
}

/** Chooses what to strike at: every tenth time any moment, else a kind that was aimed at and hit least. */
function chooseTarget(
  random: Random,
  aimed: Map<ChangeKind, number>,
  campaign: Campaign,
): ChangeKind | undefined {
  if (random.chance(0.1)) return undefined;
  const score = (kind: ChangeKind): number => (aimed.get(kind) ?? 0) + 2 * (campaign.inFlight.get(kind) ?? 0);
  const least = Math.min(...changeKinds.map(score));
  const kind = random.pick(changeKinds.filter((candidate) => score(candidate) === least));
  aimed.set(kind, (aimed.get(kind) ?? 0) + 1);
  return kind;
}

/** Whether the campaign goes on: to its number of kills, and beyond where too few landed in a change or in every kind. */
function goesOn(started: number, campaign: Campaign, wanted: number): boolean {
  const { settings, inFlight, kills, unacknowledged } = campaign;
  if (started < wanted || settings.setup.unsafe) return started < wanted;
  const missed = settings.kills >= changeKinds.length && inFlight.size < changeKinds.length;
  return (missed || 2 * unacknowledged < kills + 2) && started < 4 * settings.kills;
}

async function openSlots({ seed, setup, writers }: CrashSettings, slots: Slot[]): Promise<void> {
  for (let number = 1; number <= writers; number++) {
    const name = `w${number}`;
    const random = createRandom(mixSeed(seed, name));
    slots.push({ ledger: createLedger(name), random, history: new Map(), writer: await startWriter(setup) });
  }
}

/** Has all writers work, and kills them one at a time, while the others go on. */
async function strikeAtWriters(slots: readonly Slot[], campaign: Campaign, wanted: number): Promise<void> {
  const { settings } = campaign;
  const random = createRandom(mixSeed(settings.seed, 'targets'));
  const aimed = new Map<ChangeKind, number>();
  const failures: unknown[] = [];
  let started = 0;
  async function work(slot: Slot): Promise<void> {
    while (failures.length === 0 && goesOn(started, campaign, wanted)) {
      started++;
      await killOnce(slot, chooseTarget(random, aimed, campaign), campaign);
      settings.signal.throwIfAborted();
      slot.writer = await startWriter(campaign.setup);
    }
  }
  // Each ends by itself, so that none still starts a writer when another has failed.
  await Promise.all(
    slots.map(async (slot) => await work(slot).catch((error: unknown) => void failures.push(error))),
  );
  if (failures.length > 0) throw failures[0];
}

/**
 * Runs a campaign: writers on one vault that are killed while the others go on, then kills while the vault is sealed under
 * another key file, which no other process can be working through.
 */
export async function runCrash(settings: CrashSettings): Promise<CrashReport> {
  const campaign = createCampaign(settings);
  const sealings = Math.ceil(settings.kills / 8);
  const slots: Slot[] = [];
  try {
    await openSlots(settings, slots);
    await strikeAtWriters(slots, campaign, settings.kills - sealings);
  } finally {
    await Promise.all(slots.map(async ({ writer }) => await writer.kill()));
  }
  for (const slot of slots) await inspect(slot, undefined, campaign);
  for (let strike = 0; strike < sealings; strike++) await strikeAtSealing(slots, campaign);
  campaign.torn.push(...(await checkWhole(campaign.setup)));
  return campaign;
}
