import { spawnSync } from 'node:child_process';
import process from 'node:process';
import type * as testcontainers from 'testcontainers';
import { atEnd } from './at-end.ts';
import { containerLabels, containersOf, removeContainersOf } from './container-labels.ts';
import type { Emulator } from './emulator.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { fillPlaces } from './fill-places.ts';
import { outputTail } from './output-tail.ts';
import { freshRecord, removeRecord, writeRecord } from './run-record.ts';
import type { RunRecord } from './run-record.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** Starts an emulator in a container through Testcontainers, on a port that the engine chooses. */
export async function startAsContainer(
  row: EmulatorRow & { readonly container: { readonly port: number } },
  image: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Emulator> {
  const { name, version } = row;
  const record: RunRecord = { ...freshRecord(name), name, version, how: 'container' };
  writeRecord(record);
  const forget = atEnd(() => removeAtOnce(record));
  const stop = async (): Promise<void> => {
    await removeContainersOf(record.id);
    removeRecord(record.id);
    forget();
  };
  try {
    const address = await run(row, record, image, environment);
    writeRecord({ ...record, address });
    return { name, address, how: 'container', version, id: record.id, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function run(
  row: EmulatorRow & { readonly container: { readonly port: number } },
  record: RunRecord,
  image: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const { port } = row.container;
  const tail = outputTail();
  const container = await new GenericContainer(image)
    .withLabels(containerLabels(record))
    .withEnvironment({ ...inContainer(row, port), ...environment })
    .withExposedPorts(port)
    .withLogConsumer((stream) => tail.read(stream))
    // The waiting of Testcontainers needs a shell in the image. What is right is seen below.
    .withWaitStrategy(Wait.forHttp(row.health.path, port).forStatusCodeMatching(() => true))
    .withStartupTimeout(row.readyWithin)
    .start();
  const address = `http://${container.getHost()}:${container.getMappedPort(port)}`;
  const { name, health, readyWithin: within } = row;
  await waitUntilReady({ name, address, health, within, tail: () => tail.text() });
  return address;
}

/** The image holds nothing but the program, whose data go to the root folder. */
function inContainer(row: EmulatorRow, port: number): Record<string, string> {
  const places = { port: String(port), folder: '', program: '' };
  return Object.fromEntries(
    Object.entries(row.environment).map(([key, text]) => [key, fillPlaces(text, places)]),
  );
}

/** It is big, and reads its settings from the environment. Its reaper would need an image that no registry here has. */
export async function loadTestcontainers(): Promise<typeof testcontainers> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { DOCKER_HOST: host = 'unix:' } = process.env;
  // The name localhost may be another address, where nothing of the container listens.
  if (host.startsWith('unix:')) process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  return await import('testcontainers');
}

/** Removes the containers of a run when nothing asynchronous runs any more. */
export function removeAtOnce({ id }: RunRecord): void {
  const list = spawnSync('docker', containersOf(id), { encoding: 'utf8', timeout: 10_000 });
  const ids = list.stdout.split('\n').filter(Boolean);
  if (ids.length > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...ids], { timeout: 20_000 });
  removeRecord(id);
}
