import { randomBytes } from 'node:crypto';
import { KeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import { lying, methodLie, withoutRequestId } from './lie.ts';
import type { Lie } from './lie.ts';

const deletions: readonly Lie[] = [
  methodLie('reads-a-deleted-key-by-version', () => {
    const seen = new Map<string, KeyRecord>();
    return {
      keys: {
        read: (honest) => async (request, call) => {
          try {
            const record = await honest(request, call);
            seen.set(`${record.name}/${record.version}`, record);
            return record;
          } catch (error) {
            const record = seen.get(`${request.name}/${request.version ?? ''}`);
            if (record === undefined) throw error;
            return record;
          }
        },
        create: (honest) => async (request, call) => {
          const record = await honest(request, call);
          seen.set(`${record.name}/${record.version}`, record);
          return record;
        },
      },
    };
  }),
  methodLie('says-conflict-for-not-found', () => {
    const conflict = async <Result>(running: Promise<Result>): Promise<Result> => {
      try {
        return await running;
      } catch (error) {
        if (error instanceof KeyManagerError && error.code === 'ERR_KEY_NOT_FOUND')
          throw new KeyManagerError('ERR_CONFLICT', 'Not now', { cause: error });
        throw error;
      }
    };
    return {
      deletion: {
        delete: (honest) => (request, call) => conflict(honest(request, call)),
        recover: (honest) => (request, call) => conflict(honest(request, call)),
      },
      rotation: { rotate: (honest) => (request, call) => conflict(honest(request, call)) },
    };
  }),
  methodLie('purges-nothing', { deletion: { purge: () => async () => undefined } }),
  {
    id: 'frees-the-name-of-a-deleted-key',
    driver: (honest) =>
      lying(honest, {
        keys: {
          create: (create) => async (request, call) => {
            await honest.deletion.purge?.({ name: request.name }, call).catch(() => undefined);
            return await create(request, call);
          },
          import: (take) => async (request, call) => {
            await honest.deletion.purge?.({ name: request.name }, call).catch(() => undefined);
            return await take(request, call);
          },
        },
      }),
  },
  methodLie('forgets-when-a-key-was-deleted', {
    deletion: {
      readDeleted: (honest) => async (request, call) => ({ ...(await honest(request, call)), deletedOn: 0 }),
    },
  }),
  {
    id: 'recovers-as-disabled',
    driver: (honest) =>
      lying(honest, {
        deletion: {
          recover: (recover) => async (request, call) => {
            const answer = await recover(request, call);
            if (answer === undefined) return answer;
            const { name, version } = answer.key;
            await honest.keys.update?.({ name, version, changes: { enabled: false } }, call);
            return answer;
          },
        },
      }),
  },
];

const backups: readonly Lie[] = [
  methodLie('backs-up-only-the-current-version', () => {
    const restored = new Map<string, string>();
    return {
      keys: {
        read: (honest) => (request, call) => {
          const current = restored.get(request.name);
          const lost = current !== undefined && request.version !== undefined && request.version !== current;
          if (lost) throw new KeyManagerError('ERR_KEY_NOT_FOUND', 'There is no such version');
          return honest(request, call);
        },
      },
      other: {
        restore: (honest) => async (request, call) => {
          const record = await honest(request, call);
          restored.set(record.name, record.version);
          return record;
        },
      },
    };
  }),
  {
    id: 'restores-with-a-newer-version',
    driver: (honest) =>
      lying(honest, {
        other: {
          restore: (restore) => async (request, call) => {
            const record = await restore(request, call);
            return (await honest.rotation.rotate?.({ name: record.name }, withoutRequestId(call))) ?? record;
          },
        },
      }),
  },
  methodLie('ignores-the-end-of-a-backup', {
    other: {
      backup: (honest) => async (request, call) =>
        Buffer.concat([await honest(request, call), randomBytes(32)]),
      restore: (honest) => (request, call) => honest({ backup: request.backup.subarray(0, -32) }, call),
    },
  }),
  methodLie('gives-the-same-backup-twice', () => {
    const backups = new Map<string, Uint8Array>();
    return {
      other: {
        backup: (honest) => async (request, call) => {
          const backup = backups.get(request.name) ?? (await honest(request, call));
          backups.set(request.name, backup);
          return backup;
        },
      },
    };
  }),
  {
    id: 'restores-over-a-live-key',
    driver: (honest) =>
      lying(honest, {
        other: {
          restore: (restore) => async (request, call) => {
            try {
              return await restore(request, call);
            } catch (error) {
              if (error instanceof KeyManagerError && error.code !== 'ERR_KEY_EXISTS') throw error;
              throw new KeyManagerError('ERR_CONFLICT', 'The key is there', { cause: error });
            }
          },
        },
      }),
  },
];

/** Deleting, recovering, backing up and restoring wrongly. */
export const deletionLies: readonly Lie[] = [...deletions, ...backups];
