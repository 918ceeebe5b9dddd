/** A process that changes a vault as it is told, until it is killed. */
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import type { KeySort, Order, WriterMessage, WriterSetup } from './protocol.ts';

function say(message: WriterMessage): void {
  process.send?.(message);
}

async function create(
  vault: LocalVault,
  name: string,
  sort: KeySort,
  marker: string,
): Promise<string | undefined> {
  const size = sort === 'oct' ? { size: 256 } : {};
  const { properties } = await vault.createKey(name, sort, { ...size, tags: { op: marker } });
  return properties.version;
}

async function execute(
  vault: LocalVault,
  order: Order,
): Promise<{ version?: string | undefined; backup?: Uint8Array }> {
  const { kind, name, sort, marker } = order;
  switch (kind) {
    case 'create':
      return { version: await create(vault, name, sort, marker) };
    case 'import': {
      if (order.material === undefined) throw new Error('Nothing to import');
      const { properties } = await vault.importKey(name, order.material, { tags: { op: marker } });
      return { version: properties.version };
    }
    case 'rotate':
      return { version: (await vault.rotateKey(name)).properties.version };
    case 'update':
      await vault.updateKeyProperties(name, { enabled: order.enabled, tags: { op: marker } });
      return {};
    case 'delete':
      await (await vault.beginDeleteKey(name)).pollUntilDone();
      return {};
    case 'recover':
      await (await vault.beginRecoverDeletedKey(name)).pollUntilDone();
      return {};
    case 'purge':
      await vault.purgeDeletedKey(name);
      return {};
    case 'backup':
      return { backup: await vault.backupKey(name) };
    case 'restore': {
      if (order.backup === undefined) throw new Error('Nothing to restore');
      await vault.restoreKeyBackup(order.backup);
      return {};
    }
    case 're-seal':
      if (order.keyFile === undefined) await vault.maintenance.rotateSealingKey();
      else await vault.maintenance.changeSealing({ keyFile: order.keyFile });
      return {};
  }
}

async function main(): Promise<void> {
  const setup = JSON.parse(process.argv[2] ?? '') as WriterSetup;
  const vault = await openLocal(setup.file, { keyFile: setup.keyFile });
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const order = message as Order;
    say({ type: 'started', id: order.id });
    // Test only: the acknowledgement does not wait for the change. It is what every other order waits for.
    if (setup.unsafe && order.struck) say({ type: 'done', id: order.id });
    execute(vault, order).then(
      (answer) => say({ type: 'done', id: order.id, ...answer }),
      (error: unknown) =>
        say({
          type: 'failed',
          id: order.id,
          reason: error instanceof Error ? String(error.stack) : String(error),
        }),
    );
  });
  say({ type: 'ready' });
}

await main();
