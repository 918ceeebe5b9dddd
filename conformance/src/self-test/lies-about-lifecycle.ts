import { randomBytes } from 'node:crypto';
import { KeyManagerError } from '@keyway/core/driver';
import type { ImportRequest, KeyRecord } from '@keyway/core/driver';
import { lying, methodLie } from './lie.ts';
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
  methodLie('purges-nothing', { deletion: { purge: () => async () => undefined } }),
  {
    id: 'purges-live-keys',
    driver: (honest) =>
      lying(honest, {
        deletion: {
          purge: (purge) => async (request, call) => {
            await honest.deletion.delete?.(request, call).catch(() => undefined);
            await purge(request, call);
          },
        },
      }),
  },
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
  {
    id: 'recovers-without-tags',
    driver: (honest) =>
      lying(honest, {
        deletion: {
          recover: (recover) => async (request, call) => {
            const answer = await recover(request, call);
            const versions = await honest.keys.versions?.({ name: request.name, maxPageSize: 100 }, call);
            for (const { name, version } of versions?.items ?? []) {
              if (version !== undefined) await honest.keys.update?.({ name, version, changes: { tags: {} } }, call);
            }
            return answer;
          },
        },
      }),
  },
];

const backups: readonly Lie[] = [
  {
    id: 'restores-with-a-newer-version',
    driver: (honest) =>
      lying(honest, {
        other: {
          restore: (restore) => async (request, call) => {
            const record = await restore(request, call);
            return (await honest.rotation.rotate?.({ name: record.name }, { ...call, requestId: undefined })) ?? record;
          },
        },
      }),
  },
  methodLie('ignores-the-end-of-a-backup', {
    other: {
      backup: (honest) => async (request, call) => Buffer.concat([await honest(request, call), randomBytes(32)]),
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

const rotations: readonly Lie[] = [
  {
    id: 'rotates-to-an-unchanged-key',
    driver: (honest) => {
      const material = new Map<string, ImportRequest>();
      return lying(honest, {
        keys: {
          import: (take) => (request, call) => {
            material.set(request.name, request);
            return take(request, call);
          },
        },
        rotation: {
          rotate: (rotate) => async (request, call) => {
            const same = material.get(request.name);
            return (same === undefined ? undefined : await honest.keys.import?.(same, call)) ?? (await rotate(request, call));
          },
        },
      });
    },
  },
  {
    id: 'rotates-without-tags',
    driver: (honest) =>
      lying(honest, {
        rotation: {
          rotate: (rotate) => async (request, call) => {
            const { name, version } = await rotate(request, call);
            return (await honest.keys.update?.({ name, version, changes: { tags: {} } }, call)) ?? (await rotate(request, call));
          },
        },
      }),
  },
  methodLie('rotates-a-shared-answer', () => {
    let last: KeyRecord | undefined;
    return {
      rotation: {
        rotate: (honest) => async (request, call) => {
          const record = await honest(request, call);
          const answer = last?.name === record.name && last.version !== record.version ? last : record;
          last = record;
          return answer;
        },
      },
    };
  }),
  methodLie('ignores-the-expected-current-version', {
    rotation: { rotate: (honest) => (request, call) => honest({ name: request.name }, call) },
  }),
  methodLie('rewrites-durations', {
    rotation: {
      writePolicy: (honest) => (request, call) =>
        honest({ ...request, policy: { ...request.policy, ...(request.policy.expiresIn === 'P18M' ? { expiresIn: 'P540D' } : {}) } }, call),
    },
  }),
  methodLie('forgets-the-policy', {
    rotation: { readPolicy: (honest) => async (request, call) => void (await honest(request, call)) },
  }),
  methodLie('lets-later-versions-never-expire', {
    rotation: { rotate: (honest) => async (request, call) => ({ ...(await honest(request, call)), expiresOn: undefined }) },
  }),
];

const others: readonly Lie[] = [
  methodLie('random-octets-are-constant', {
    other: { random: () => async ({ count }) => new Uint8Array(count).fill(4) },
  }),
  methodLie('random-octets-are-short', {
    other: { random: (honest) => ({ count }, call) => honest({ count: Math.min(count, 64) }, call) },
  }),
  {
    id: 'does-not-replay-request-ids',
    driver: (honest) => {
      const fresh = <Request, Answer>(method: (request: Request, call: Parameters<NonNullable<typeof honest.keys.read>>[1]) => Promise<Answer>) =>
        (request: Request, call: Parameters<NonNullable<typeof honest.keys.read>>[1]) => method(request, { ...call, requestId: undefined });
      return lying(honest, {
        keys: { create: (create) => fresh(create), import: (take) => fresh(take) },
        rotation: { rotate: (rotate) => fresh(rotate) },
        other: { restore: (restore) => fresh(restore) },
      });
    },
  },
  methodLie('says-not-found-for-denied', {
    other: {
      release: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch (error) {
          throw new KeyManagerError('ERR_KEY_NOT_FOUND', 'There is no such key', { cause: error });
        }
      },
    },
  }),
  methodLie('releases-for-any-algorithm', {
    other: { release: (honest) => (request, call) => honest({ ...request, algorithm: 'RSA_AES_KEY_WRAP_256' }, call) },
  }),
];

/** Deleting, recovering, backing up, rotating and the rest, wrongly. */
export const lifecycleLies: readonly Lie[] = [...deletions, ...backups, ...rotations, ...others];
