import { KeyManagerError } from '@keyway/core/driver';
import type { Call, ImportRequest, KeyRecord } from '@keyway/core/driver';
import { lying, methodLie, withoutRequestId } from './lie.ts';
import type { Lie } from './lie.ts';

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
            return (
              (same === undefined ? undefined : await honest.keys.import?.(same, call)) ??
              (await rotate(request, call))
            );
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
            return (
              (await honest.keys.update?.({ name, version, changes: { tags: {} } }, call)) ??
              (await rotate(request, call))
            );
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
        honest(
          {
            ...request,
            policy: {
              ...request.policy,
              ...(request.policy.expiresIn === 'P18M' ? { expiresIn: 'P540D' } : {}),
            },
          },
          call,
        ),
    },
  }),
  methodLie('forgets-the-policy', {
    rotation: { readPolicy: (honest) => async (request, call) => void (await honest(request, call)) },
  }),
  methodLie('lets-later-versions-never-expire', {
    rotation: {
      rotate: (honest) => async (request, call) => ({
        ...(await honest(request, call)),
        expiresOn: undefined,
      }),
    },
  }),
];

const others: readonly Lie[] = [
  methodLie('random-octets-are-constant', {
    other: {
      random:
        () =>
        async ({ count }) =>
          new Uint8Array(count).fill(4),
    },
  }),
  methodLie('random-octets-are-short', {
    other: {
      random:
        (honest) =>
        ({ count }, call) =>
          honest({ count: Math.min(count, 64) }, call),
    },
  }),
  {
    id: 'does-not-replay-request-ids',
    driver: (honest) => {
      const fresh =
        <Request, Answer>(method: (request: Request, call: Call) => Promise<Answer>) =>
        (request: Request, call: Call): Promise<Answer> =>
          method(request, withoutRequestId(call));
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
    other: {
      release: (honest) => (request, call) => honest({ ...request, algorithm: 'RSA_AES_KEY_WRAP_256' }, call),
    },
  }),
];

/** Rotating, and the rest, wrongly. */
export const rotationLies: readonly Lie[] = [...rotations, ...others];
