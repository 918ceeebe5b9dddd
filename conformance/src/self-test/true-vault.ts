import type { KeyDriver } from '@keyway/core/driver';
import { kindOf } from '../key-kinds.ts';
import { freshKey } from '../test-keys.ts';
import type { ConformanceTarget } from '../target.ts';
import { localMemory } from '../targets.ts';
import type { JsonWebKey } from '@keyway/core';
import { lying } from './lie.ts';

/** How many keys of each size are made for the whole self-test; RSA keys are slow to make. */
const poolSizes: Readonly<Record<number, number>> = { 2048: 4, 3072: 1, 4096: 1 };

const pools = new Map<number, Promise<readonly JsonWebKey[]>>();
let taken = 0;

function poolOf(size: number): Promise<readonly JsonWebKey[]> {
  const known =
    pools.get(size) ??
    Promise.all(Array.from({ length: poolSizes[size] ?? 2 }, () => freshKey(kindOf(`rsa-${size}`))));
  pools.set(size, known);
  return known;
}

/** The true local vault, but that it takes new RSA keys from a pool: the self-test makes some hundred of them. */
function withPooledRsa(honest: KeyDriver): KeyDriver {
  const { import: take } = honest.keys;
  return lying(honest, {
    keys: {
      create: (create) => async (request, call) => {
        const pool =
          request.keyType === 'RSA' && take !== undefined ? await poolOf(request.size ?? 2048) : [];
        const material = pool[taken++ % Math.max(1, pool.length)];
        return material === undefined || take === undefined
          ? await create(request, call)
          : await take({ ...request, material }, call);
      },
    },
  });
}

/** The vault that lies are told about. */
export const trueVault: ConformanceTarget = {
  ...localMemory,
  name: 'the true vault',
  open: async (fixture) => withPooledRsa(await localMemory.open(fixture)),
};
