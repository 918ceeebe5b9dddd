import { expect, test } from 'vitest';
import { flowRows } from '../src/flow-table.ts';
import { create, createDisabled, importing, prepare, recover, remove, rotate } from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms } from './fake-kms.ts';
import { fakeCall } from './fake-vault.ts';
import { startProcess } from './processes.ts';

const three: readonly Act[] = [create, create, create];
const acts: Readonly<Partial<Record<string, readonly [readonly Act[], Act]>>> = {
  create: [[], create],
  'create-disabled': [[], createDisabled],
  import: [[], importing],
  rotate: [[create], rotate],
  delete: [three, remove],
  recover: [[...three, remove], recover],
};

test.each(Object.entries(acts))('the table tells the steps that run: %s', async (flow, row) => {
  const [before, act] = row ?? [[], create];
  const fake = createFakeKms();
  await prepare(fake, ...before);
  const process = startProcess(fake);
  await act(process.driver, fakeCall());
  const ran = process.moments.flatMap((moment) => /^event [^/]+\/(.+)\/completed$/.exec(moment)?.[1] ?? []);
  const told = flowRows.find((each) => each.flow === flow && each.keySpec === 'ECC_NIST_P256');
  expect(ran).toEqual(told?.steps);
});

test('every kind of key has every flow, and an import where KMS documents one', () => {
  const kinds = new Set(flowRows.map(({ keySpec, keyUsage }) => `${keySpec} ${keyUsage}`));
  expect(kinds.size).toBe(18);
  expect(flowRows.filter(({ flow }) => flow === 'create')).toHaveLength(18);
  expect(flowRows.filter(({ flow }) => flow === 'import')).toHaveLength(14);
});
