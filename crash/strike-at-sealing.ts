import { isKeyManagerError } from '@keyway/core';
import { openLocal } from '@keyway/local';
import type { Campaign, Slot } from './campaign.ts';
import { executeOrder } from './execute-order.ts';
import { inspect } from './judge.ts';
import type { Order, WriterSetup } from './protocol.ts';
import { startWriter } from './writer-process.ts';

/** Whether a key file opens the vault. */
async function opens({ file, keyFile }: Pick<WriterSetup, 'file' | 'keyFile'>): Promise<boolean> {
  try {
    await (await openLocal(file, { keyFile, create: false })).close();
    return true;
  } catch (error) {
    if (isKeyManagerError(error)) return false;
    throw error;
  }
}

function sealUnder(keyFile: string, id: number): Order {
  return { id, kind: 're-seal', name: 'the vault', sort: 'EC', marker: '', enabled: true, keyFile };
}

/** Seals the vault under the other key file and back without a kill, to learn how long that takes. */
async function measure(slot: Slot, from: string, to: string, campaign: Campaign): Promise<void> {
  await executeOrder(slot, sealUnder(to, campaign.nextId()), false, campaign);
  await executeOrder(slot, sealUnder(from, campaign.nextId()), false, campaign);
}

/** Kills a writer while it seals the vault under another key file: afterwards exactly one of the two must open it. */
export async function strikeAtSealing(slots: readonly Slot[], campaign: Campaign): Promise<void> {
  const { settings, setup } = campaign;
  const [slot] = slots;
  if (slot === undefined) throw new Error('There is no writer');
  settings.signal.throwIfAborted();
  const to = setup.keyFile === settings.otherKeyFile ? settings.setup.keyFile : settings.otherKeyFile;
  campaign.latencies.delete('re-seal');
  slot.writer = await startWriter(setup);
  await measure(slot, setup.keyFile, to, campaign);
  const outcome = await executeOrder(slot, sealUnder(to, campaign.nextId()), true, campaign);
  campaign.kills++;
  const changed = await opens({ ...setup, keyFile: to });
  const unchanged = await opens(setup);
  if (changed) campaign.setup = { ...setup, keyFile: to };
  if (outcome.type === 'killed') {
    campaign.unacknowledged++;
    campaign.inFlight.set('re-seal', (campaign.inFlight.get('re-seal') ?? 0) + 1);
    campaign[changed ? 'whole' : 'absent']++;
  } else if (!changed) campaign.lost.push('the vault is not sealed under the key file that was acknowledged');
  if (changed === unchanged)
    campaign.torn.push(`${changed ? 'both key files open' : 'no key file opens'} the vault`);
  for (const each of changed || unchanged ? slots : []) await inspect(each, undefined, campaign);
  settings.onProgress(
    `kill ${campaign.kills}: sealing under another key file, ${changed ? 'whole' : 'absent'}`,
  );
}
