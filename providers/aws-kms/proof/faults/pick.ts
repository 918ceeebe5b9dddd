import { createHash } from 'node:crypto';

/** A share of things, chosen by a seed: the same seed chooses the same ones, whatever the others are. */
export function pick<Item extends { readonly id: string }>(
  items: readonly Item[],
  seed: number,
  share: number,
): readonly Item[] {
  return items.filter(({ id }) => {
    const hash = createHash('sha256').update(`${seed} ${id}`).digest();
    return hash.readUInt32BE(0) < share * 2 ** 32;
  });
}
