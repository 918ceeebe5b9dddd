import { rmSync } from 'node:fs';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { atEnd } from '../at-end.ts';
import { containerLabels, removeContainersOf } from '../container-labels.ts';
import { docker } from '../engine.ts';
import { outputTail } from '../output-tail.ts';
import { freshRecord, removeRecord, writeRecord } from '../run-record.ts';
import type { RunRecord } from '../run-record.ts';
import { loadTestcontainers, removeAtOnce } from '../start-container.ts';
import { serverArguments } from './served-token.ts';
import type { Serving, TokenServer } from './served-token.ts';
import { waitForSocket } from './wait-for-socket.ts';

/** What is in the image: the server, its client's counterpart, and the token's library with what they need. */
export const servedTokenPackages: readonly string[] = [
  'base-files',
  'libc6',
  'libffi8',
  'libgcc-s1',
  'libp11-kit0',
  'libsofthsm2',
  'libsqlite3-0',
  'libssl3',
  'libstdc++6',
  'p11-kit',
  'p11-kit-modules',
];

/** Where Debian has the library, whatever the machine. */
const moduleInImage = '/usr/lib/softhsm/libsofthsm2.so';

/**
 * Serves a token from a container. Its folder is mounted where it is here, with the socket in it; the container has no
 * network.
 */
export async function serveAsContainer(serving: Serving, image: string): Promise<TokenServer> {
  const { socket, version } = serving;
  const record: RunRecord = { ...freshRecord('p11-kit'), name: 'p11-kit', version, how: 'container' };
  writeRecord(record);
  const forget = atEnd(() => removeAtOnce(record));
  const stop = async (): Promise<void> => {
    await removeContainersOf(record.id);
    removeRecord(record.id);
    forget();
  };
  const tail = outputTail();
  try {
    const id = await run(serving, record, image, tail.read);
    await waitForSocket(socket, { tail: tail.text });
    writeRecord({ ...record, address: `unix:path=${socket}` });
    const kill = async (): Promise<void> => void (await docker(['kill', '--signal', 'KILL', id]));
    const restart = async (): Promise<void> => {
      if ((await docker(['inspect', '--format', '{{.State.Running}}', id])) === 'true') await kill();
      await docker(['wait', id]);
      rmSync(socket, { force: true });
      await docker(['start', id]);
      await waitForSocket(socket, { tail: tail.text });
    };
    return { id: record.id, kill, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function run(
  serving: Serving,
  record: RunRecord,
  image: string,
  read: (stream: Readable) => void,
): Promise<string> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const { folder, environment } = serving.token;
  const container = new GenericContainer(image)
    .withLabels(containerLabels(record))
    .withEnvironment({ ...environment })
    .withBindMounts([{ source: folder, target: folder, mode: 'rw' }])
    .withNetworkMode('none')
    .withEntrypoint(['/usr/bin/p11-kit'])
    .withCommand(serverArguments(serving, moduleInImage))
    .withLogConsumer(read)
    // What is right is seen at the socket.
    .withWaitStrategy(Wait.forLogMessage(/P11_KIT_SERVER_ADDRESS/))
    .withStartupTimeout(30_000);
  // The server talks to its own user only.
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return (await container.withUser(user).start()).getId();
}
