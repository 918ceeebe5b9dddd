import { afterEach, describe, expect, it } from 'vitest';
import { findPython } from '../../src/emulators/python-environment.ts';
import { emulatorCatalogue } from '../../src/emulators/catalogue.ts';
import type { Emulator } from '../../src/emulators/emulator.ts';
import { runStep } from '../../src/emulators/run-step.ts';
import { startEmulator } from '../../src/emulators/start-emulator.ts';

/** From nothing: what has to be fetched and built first takes its time. */
const cold = 400_000;

let emulator: Emulator | undefined;

afterEach(async () => {
  await emulator?.stop();
});

/** What is missing for a row here. */
async function missing({ source }: (typeof emulatorCatalogue)[number]): Promise<string | undefined> {
  if (source.kind === 'python')
    return (await findPython(source.pythons)) === undefined ? `Python ${source.pythons[0]}` : undefined;
  return await runStep('go', ['version']).then(
    () => undefined,
    () => 'Go',
  );
}

/** A call without any SDK. */
async function call(address: string, operation: string, body: object): Promise<unknown> {
  const scope = 'test/20260101/eu-central-1/kms/aws4_request';
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  return await response.json();
}

describe.each(emulatorCatalogue.map((row) => [row.name, row] as const))('%s, for real', (name, row) => {
  it('starts as a process, makes a key and lists it', { timeout: cold }, async ({ skip }) => {
    const lacks = await missing(row);
    skip(lacks !== undefined, `needs ${lacks}`);
    emulator = await startEmulator(name, { how: 'process' });
    const made = await call(emulator.address, 'CreateKey', {});
    const { KeyMetadata } = made as { KeyMetadata: { KeyId: string } };
    const { KeyId } = KeyMetadata;
    expect(await call(emulator.address, 'ListKeys', {})).toMatchObject({ Keys: [{ KeyId }] });
  });
});
