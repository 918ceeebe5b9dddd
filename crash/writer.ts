/** A process that changes a vault as it is told, until it is killed. */
import { DatabaseSync } from 'node:sqlite';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import type { KeySort, Order, WriterMessage, WriterSetup } from './protocol.ts';

/** How long the unsafe variant holds a change back after it was acknowledged, in milliseconds. */
const heldBack = 25;

/**
 * Takes the safeguard out: a change is acknowledged when it has run, and committed a little later. Test only, and only in
 * this process.
 */
function commitLate(): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function execLate(this: DatabaseSync, sql: string): void {
    if (sql.startsWith('BEGIN') && pending.delete(this)) exec.call(this, 'COMMIT');
    if (sql !== 'COMMIT') return exec.call(this, sql);
    pending.add(this);
    setTimeout(() => {
      if (pending.delete(this)) exec.call(this, 'COMMIT');
    }, heldBack);
  };
}

const pending = new Set<DatabaseSync>();

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
  if (setup.unsafe) commitLate();
  const vault = await openLocal(setup.file, { keyFile: setup.keyFile });
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const order = message as Order;
    say({ type: 'started', id: order.id });
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
