import type { KMS } from '@aws-sdk/client-kms';
import { findCanaries } from '../../../../scripts/canaries.ts';
import type { KmsClient } from '../../src/client.ts';
import type { VersionStrategy } from '../../src/options.ts';
import { dumpKms, listKeyIds } from '../dump.ts';
import type { KmsDump } from '../dump.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { createFaultStation } from '../fault-station.ts';
import type { FaultLog, FaultStationOptions } from '../fault-station.ts';
import { createSecretCollector } from '../secret-collector.ts';
import { createFakeKms } from '../../test/fake-kms.ts';
import { bareDirectClient } from './bare-direct-client.ts';
import { emulatorCredentials, sdkClient, vaultClient } from './cell-vault.ts';
import { createDirectClient } from './direct-client.ts';
import { readMaterials } from './material-state.ts';
import { readName } from './name-state.ts';
import type { SeenName } from './name-state.ts';
import { createOwnMaterialServer } from './own-material-server.ts';
import { createOwnServer } from './own-server.ts';
import type { OwnServer } from './own-server.ts';
import type { AfterCancel } from './step-effects.ts';

/** What answers for KMS: an emulator, or our own KMS in this process. */
export interface PlaceRow {
  readonly name: 'our own' | 'our own, materials' | 'local-kms' | 'localstack';
  readonly afterCancel: AfterCancel;
  /** What the versions of its vaults are. Default `keys`. */
  readonly versions?: VersionStrategy | undefined;
}

/** Whether a place is in this process. */
export const isOwn = ({ name }: Pick<PlaceRow, 'name'>): boolean => name.startsWith('our own');

export const placeRows: readonly PlaceRow[] = [
  { name: 'our own', afterCancel: 'Disabled' },
  // No emulator rotates, lists and names materials as AWS documents it.
  { name: 'our own, materials', afterCancel: 'Disabled', versions: 'materials' },
  // Its CancelKeyDeletion leaves every key enabled: a known failure, with its reproduction.
  { name: 'local-kms', afterCancel: 'Enabled' },
  { name: 'localstack', afterCancel: 'Disabled' },
];

/** What a search for secrets came to. */
interface SearchedSecrets {
  readonly texts: number;
  readonly secrets: number;
  readonly sightings: readonly string[];
}

/** A client for one vault; whoever opened it ends it. */
export type CellClient = KmsClient & { destroy(): void };

/** A KMS with the faults in front of it. */
export interface CellPlace extends PlaceRow {
  /** The 12 digits under which keys are made. */
  readonly account: string;
  readonly faults: FaultLog;
  /** Past the faults. */
  readonly client: Pick<KMS, 'send' | 'createKey' | 'deleteAlias'>;
  /** Adds to what must hold no secret: an error as it was thrown. Bodies of error answers are looked at by themselves. */
  told(text: string): void;
  /** Looks for the secrets of what ran since the last search, in all that was told meanwhile. */
  searchSecrets(more: readonly Uint8Array[]): SearchedSecrets;
  /** A client as a process of its own would make it, through the faults. */
  connect(): CellClient;
  /** Lets slow requests go, and waits until none is on its way. */
  settle(): Promise<void>;
  look(prefix: string, given: readonly string[]): Promise<SeenName>;
  /** Takes away the aliases of a cell; its keys are left out of what is looked at from now on. */
  forget(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** A place on an emulator. */
export interface EmulatorPlace extends CellPlace {
  readonly address: string;
}

type Inner = Pick<CellPlace, 'account' | 'faults' | 'client' | 'connect' | 'close'> &
  PlaceRow & {
    /** Takes a key away for ever, where that can be done: what is listed stays short. */
    readonly destroy?: ((keyId: string) => void) | undefined;
  };

interface Watching extends Pick<CellPlace, 'told' | 'searchSecrets'> {
  readonly options: FaultStationOptions;
  /** Lets what waits go on. */
  release(): void;
}

function watch(): Watching {
  let secrets = createSecretCollector();
  let texts: string[] = [];
  let waiting: (() => void)[] = [];
  return {
    options: {
      wait: () => new Promise((resolve) => waiting.push(resolve)),
      watchBodies(seen) {
        secrets.watchBodies(seen);
        if (seen.direction === 'answer' && seen.octets.includes('"__type"'))
          texts.push(seen.octets.toString());
      },
    },
    release() {
      for (const go of waiting) go();
      waiting = [];
    },
    told: (text) => void texts.push(text),
    searchSecrets(more) {
      secrets.add('the secret access key', emulatorCredentials.secretAccessKey);
      for (const secret of more) secrets.add('the key material', secret);
      const found = findCanaries(texts.join('\n'), secrets.secrets);
      const searched = { texts: texts.length, secrets: secrets.secrets.length };
      secrets = createSecretCollector();
      texts = [];
      return { ...searched, sightings: found.map(({ canary, form }) => `${canary} as ${form}`) };
    },
  };
}

/** Adds the materials of each KMS key of a name. */
async function withMaterials(client: Inner['client'], { keys }: KmsDump, seen: SeenName): Promise<SeenName> {
  const versions = await Promise.all(
    seen.state.versions.map(async (version, index) => {
      const key = keys.find(({ id }) => id === seen.ids[index]);
      return key === undefined ? version : { ...version, materials: await readMaterials(client, key) };
    }),
  );
  return { ...seen, state: { ...seen.state, versions } };
}

async function createPlace<Place extends Inner>(
  inner: Place,
  { told, searchSecrets, release }: Watching,
): Promise<Place & CellPlace> {
  const { client, faults } = inner;
  const leaveOut = new Set(await listKeyIds(client));
  const dump = (prefix: string): ReturnType<typeof dumpKms> =>
    dumpKms(client, { leaveOut, aliasPrefix: `alias/${prefix}/` });
  return {
    ...inner,
    told,
    searchSecrets,
    async settle() {
      for (let turn = 0; faults.inFlight > 0; turn++) {
        release();
        if (turn > 100_000) throw new Error('Requests are on their way that do not end');
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async look(prefix, given) {
      const dumped = await dump(prefix);
      const seen = readName(dumped, prefix, given);
      return inner.versions === 'materials' ? withMaterials(client, dumped, seen) : seen;
    },
    async forget(prefix) {
      const { keys, aliases } = await dump(prefix);
      for (const { id, tags } of keys) {
        const own = tags['keyway:vault'] === prefix;
        if (!own && !aliases.some(({ target }) => target === id)) continue;
        leaveOut.add(id);
        inner.destroy?.(id);
      }
      if (inner.destroy !== undefined) return;
      for (const { name } of aliases) await client.deleteAlias({ AliasName: name });
    },
  };
}

/** Puts a proxy in front of an emulator. */
export async function openEmulatorPlace(
  row: PlaceRow,
  address: string,
  account: string,
): Promise<EmulatorPlace> {
  const watching = watch();
  const client = sdkClient(address, account);
  const proxy = await startFaultProxy({ ...watching.options, upstream: address });
  const close = async (): Promise<void> => {
    client.destroy();
    await proxy.close();
  };
  const connect = (): CellClient => vaultClient(proxy.endpoint, account);
  return createPlace({ ...row, address, account, faults: proxy, client, connect, close }, watching);
}

function ownServer({ versions }: PlaceRow): OwnServer & { destroy(keyId: string): void } {
  if (versions === 'materials') return createOwnMaterialServer();
  const kms = createFakeKms();
  return { ...createOwnServer(kms.client), destroy: (keyId) => kms.destroy(keyId) };
}

/** Puts faults in front of our own KMS, in this process. */
export async function openOwnPlace(row: PlaceRow): Promise<CellPlace> {
  const watching = watch();
  const station = createFaultStation(watching.options);
  const server = ownServer(row);
  const connect = (): CellClient => ({ ...createDirectClient(server, station), destroy: () => undefined });
  const client = bareDirectClient(createDirectClient(server));
  const close = (): Promise<void> => Promise.resolve();
  const account = '111122223333';
  const { destroy } = server;
  return createPlace({ ...row, account, faults: station, client, connect, close, destroy }, watching);
}
