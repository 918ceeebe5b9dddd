import type { Capabilities, CapabilityRow, Operation } from 'keyway';
import { operations } from 'keyway';
import type { Step } from '../step.ts';

/** What a row is about: an algorithm, or a shape of key. Empty for an operation that is the same for every key. */
function subject({ algorithm, keyType, curve, size }: CapabilityRow): string {
  return algorithm ?? curve ?? [keyType, size].filter((part) => part !== undefined).join('-');
}

/** One line for each kind of support that an operation has. */
function linesOf(operation: Operation, { rows }: Capabilities): readonly string[] {
  const groups = Map.groupBy(
    rows.filter((row) => row.operation === operation),
    ({ support, note }) => (support === 'unsupported' ? `unsupported (${note})` : support),
  );
  const entries = groups.size === 0 ? [['unsupported', []] as const] : [...groups];
  return entries.map(([support, group]) => {
    const subjects = [...new Set(group.map(subject))].join(' ');
    return `${operation.padEnd(28)} ${support}${subjects === '' ? '' : `: ${subjects}`}`;
  });
}

/** Prints what this vault can do: data that a program can ask, too. */
export const printCapabilities: Step = {
  title: 'The capability table of this vault',
  async run({ vault, say }) {
    for (const operation of operations) linesOf(operation, vault.capabilities).forEach(say);
    const { exclusive, nameReuse, state } = vault.capabilities;
    say(
      `Two callers at once: ${exclusive}. A purged name: ${nameReuse}. Disabled keys are stopped by the ${state.enabled.enforcement}.`,
    );
  },
};
