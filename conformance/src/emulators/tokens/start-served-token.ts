import { join } from 'node:path';
import process from 'node:process';
import { sweepContainers } from '../container-labels.ts';
import { EmulatorError } from '../emulator.ts';
import { engineVersion } from '../engine.ts';
import { canMakeDebianImage, debianImage } from './debian-image.ts';
import { serveAsContainer, servedTokenPackages } from './serve-as-container.ts';
import { serveAsProcess } from './serve-as-process.ts';
import type { ServedToken, ServedTokenOptions, Serving, TokenServer } from './served-token.ts';
import { libraryOf, startToken } from './start-token.ts';
import { tokenUri } from './token-folder.ts';
import { tokenRow } from './token-catalogue.ts';

/** Most octets that the path of a unix socket can have. */
const maxSocketPath = 107;

/**
 * Makes a fresh token of SoftHSM2 and serves it by `p11-kit server` from a container, or from a process of its own. The
 * process that loads its module, `p11-kit-client.so`, must have its environment first.
 *
 * @throws EmulatorError where a library is not there, or no way is open.
 */
export async function startServedToken(options: ServedTokenOptions = {}): Promise<ServedToken> {
  const tell = options.say ?? ((line: string) => void process.stderr.write(`emulators: ${line}\n`));
  const say = (line: string): void => tell(`p11-kit: ${line}`);
  const module = libraryOf('p11-kit');
  const { version } = tokenRow('p11-kit');
  const token = await startToken('softhsm2', options);
  const serving: Serving = { token, socket: join(token.folder, 'p11'), version };
  try {
    if (Buffer.byteLength(serving.socket) > maxSocketPath) {
      throw new EmulatorError('The folder for temporary files has too long a path for a unix socket');
    }
    const inContainer =
      options.how === 'process' ? undefined : await serveInContainer(serving, options.how, say);
    const how = inContainer === undefined ? 'process' : 'container';
    const server = inContainer ?? (await serveAsProcess(serving));
    say(`${how} at unix:path=${serving.socket}, version ${version}`);
    return servedToken(serving, server, how, module);
  } catch (error) {
    await token.stop();
    throw error;
  }
}

function servedToken(
  { token, socket }: Serving,
  server: TokenServer,
  how: 'container' | 'process',
  module: string,
): ServedToken {
  const { label, pin, soPin, pinFile, folder } = token;
  const stop = async (): Promise<void> => {
    await server.stop();
    await token.stop();
  };
  const environment = { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` };
  const facts = { name: 'p11-kit', how, module, label, pin, soPin, pinFile, folder } as const;
  return {
    ...facts,
    get id() {
      return server.id;
    },
    uri: tokenUri(facts),
    environment,
    socket,
    kill: server.kill,
    restart: server.restart,
    stop,
  };
}

/** In a container, where that is possible; where it was asked for, it must be. */
async function serveInContainer(
  serving: Serving,
  how: 'container' | undefined,
  say: (line: string) => void,
): Promise<TokenServer | undefined> {
  const engine = await engineVersion();
  if (engine === undefined || !canMakeDebianImage()) {
    if (how === undefined) return undefined;
    const reason =
      engine === undefined ? 'no container engine answers' : 'no image can be made without mmdebstrap';
    throw new EmulatorError(`p11-kit cannot be had in a container: ${reason}`);
  }
  await sweepContainers();
  const image = await debianImage({ name: 'p11-kit', packages: servedTokenPackages }, say);
  return await serveAsContainer(serving, image);
}
