import { KeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import { methodLie } from './lie.ts';
import type { Lie } from './lie.ts';

/** Keeps what was last read of each version before a change, to answer with it afterwards. */
function frozenMember(
  id: string,
  member: keyof KeyRecord & ('enabled' | 'tags' | 'keyOperations' | 'notBefore' | 'expiresOn'),
): Lie {
  return methodLie(id, () => {
    const kept = new Map<string, KeyRecord>();
    return {
      keys: {
        read: (honest) => async (request, call) => {
          const record = await honest(request, call);
          const before = kept.get(record.version);
          return before === undefined ? record : { ...record, [member]: before[member] };
        },
        update: (honest) => async (request, call) => {
          const { changes, name, version } = request;
          const { [member]: lost, ...others } = changes;
          if (lost === undefined) return await honest(request, call);
          const answer = await honest({ name, version, changes: others }, call);
          kept.set(version, answer);
          return { ...answer, [member]: lost ?? undefined };
        },
      },
    };
  });
}

/** Making, reading and changing wrongly. */
export const recordLies: readonly Lie[] = [
  frozenMember('does-not-disable', 'enabled'),
  frozenMember('does-not-narrow-operations', 'keyOperations'),
  frozenMember('does-not-move-not-before', 'notBefore'),
  methodLie('loses-tags-on-update', {
    keys: {
      update: (honest) => (request, call) =>
        honest({ ...request, changes: { ...request.changes, tags: request.changes.tags ?? {} } }, call),
    },
  }),
  methodLie('updates-the-current-version', {
    keys: {
      update: (honest) => async (request, call) => {
        const answer = await honest(request, call);
        return request.changes.tags === undefined ? answer : { ...answer, tags: {} };
      },
    },
  }),
  methodLie('forgets-expires-on', {
    keys: {
      create:
        (honest) =>
        async ({ expiresOn, ...request }, call) => {
          const record = await honest(request, call);
          return expiresOn === undefined ? record : { ...record, expiresOn };
        },
    },
  }),
  methodLie('drops-the-algorithm', {
    keys: {
      create:
        (honest) =>
        ({ algorithm: _, ...request }, call) =>
          honest(request.keyType === 'AKP' ? { ...request, algorithm: _ } : request, call),
      import:
        (honest) =>
        ({ algorithm: _, ...request }, call) =>
          honest(request.keyType === 'AKP' ? { ...request, algorithm: _ } : request, call),
    },
  }),
  methodLie('makes-p-256-for-p-384-and-p-521', {
    keys: {
      create: (honest) => (request, call) =>
        honest(
          request.curve === 'P-384' || request.curve === 'P-521' ? { ...request, curve: 'P-256' } : request,
          call,
        ),
    },
  }),
  methodLie('makes-2048-bits-for-all-rsa', {
    keys: {
      create: (honest) => (request, call) =>
        honest(request.keyType === 'RSA' ? { ...request, size: 2048 } : request, call),
    },
  }),
  methodLie('gives-a-wrong-version-id', () => {
    const made = new Set<string>();
    return {
      keys: {
        create: (honest) => async (request, call) => {
          const record = await honest(request, call);
          if (!made.has(record.name)) {
            made.add(record.name);
            return record;
          }
          return { ...record, version: `${record.version}0` };
        },
      },
    };
  }),
  methodLie('reads-a-second-late-by-version', {
    keys: {
      read: (honest) => async (request, call) => {
        const record = await honest(request, call);
        return request.version === undefined ? record : { ...record, createdOn: record.createdOn + 1 };
      },
    },
  }),
  methodLie('reads-curves-a-second-late-by-name', {
    keys: {
      read: (honest) => async (request, call) => {
        const record = await honest(request, call);
        if (request.version !== undefined || record.keyType !== 'EC') return record;
        return { ...record, createdOn: record.createdOn + 1 };
      },
    },
  }),
  methodLie('claims-hardware-for-imported-keys', () => {
    const imported = new Set<string>();
    return {
      keys: {
        import: (honest) => async (request, call) => {
          const record = await honest(request, call);
          imported.add(record.version);
          return record;
        },
        read: (honest) => async (request, call) => {
          const record = await honest(request, call);
          return imported.has(record.version) ? { ...record, hardwareProtected: true } : record;
        },
      },
    };
  }),
  methodLie('reads-the-first-version-as-current', () => {
    const first = new Map<string, string>();
    return {
      keys: {
        create: (honest) => async (request, call) => {
          const record = await honest(request, call);
          if (!first.has(record.name)) first.set(record.name, record.version);
          return record;
        },
        read: (honest) => (request, call) => {
          const version = request.version ?? first.get(request.name);
          return honest(version === undefined ? request : { name: request.name, version }, call);
        },
      },
    };
  }),
  methodLie('says-denied-for-not-found', {
    keys: {
      read: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch (error) {
          // Of a version only: whether a name is free is asked before a key is made, too.
          if (request.version === undefined) throw error;
          throw new KeyManagerError('ERR_PERMISSION_DENIED', 'Not allowed', { cause: error });
        }
      },
    },
  }),
  methodLie('replaces-a-key-of-another-type', () => {
    const names = new Map<string, string>();
    const guard = (name: string, keyType: string, usage: string): boolean => {
      const known = names.get(name);
      names.set(name, `${keyType} ${usage}`);
      return known === undefined || known === `${keyType} ${usage}`;
    };
    return {
      keys: {
        create: (honest) => async (request, call) => {
          const usage = request.keyOperations.includes('sign') ? 'sign' : 'encrypt';
          if (guard(request.name, request.keyType, usage)) return await honest(request, call);
          return await honest({ ...request, name: `${request.name}-x` }, call).then((record) => ({
            ...record,
            name: request.name,
          }));
        },
        import: (honest) => async (request, call) => {
          if (
            guard(request.name, request.keyType, request.keyOperations.includes('sign') ? 'sign' : 'encrypt')
          ) {
            return await honest(request, call);
          }
          return await honest({ ...request, name: `${request.name}-x` }, call).then((record) => ({
            ...record,
            name: request.name,
          }));
        },
      },
    };
  }),
];
