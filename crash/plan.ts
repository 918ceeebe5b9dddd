import { createECDH, createPrivateKey } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';
import type { Random } from '../fuzz/random.ts';
import type { KeyState } from './expected-state.ts';
import type { ChangeKind, KeySort, Order } from './protocol.ts';

/** What the parent knows of a writer's keys. Every writer has names of its own. */
export interface Ledger {
  readonly names: readonly { readonly name: string; readonly sort: KeySort }[];
  readonly states: Map<string, KeyState | undefined>;
  /** Backups by name, and the state that they bring back. */
  readonly backups: Map<string, { readonly octets: Uint8Array; readonly state: KeyState }>;
}

/** A fresh ledger for a writer. */
export function createLedger(writer: string): Ledger {
  const sorts: readonly KeySort[] = ['EC', 'OKP', 'oct'];
  const names = sorts.flatMap((sort) =>
    [1, 2].map((number) => ({ name: `${writer}-${sort.toLowerCase()}-${number}`, sort })),
  );
  return { names, states: new Map(), backups: new Map() };
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function material(random: Random, sort: KeySort): JsonWebKey {
  const secret = Buffer.concat([Buffer.alloc(1), random.bytes(30), Buffer.of(1)]);
  if (sort === 'oct') return { kty: 'oct', k: base64url(random.bytes(32)) };
  if (sort === 'OKP') {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
    const { x, d } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
    return { kty: 'OKP', crv: 'Ed25519', x, d };
  }
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  return {
    kty: 'EC',
    crv: 'P-256',
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33)),
    d: base64url(secret),
  };
}

const maxVersions = 6;

/** Whether a key is live, has room for a version, and its current one is enabled: a disabled key does not rotate. */
function isRotatable(state: KeyState | undefined): boolean {
  if (state === undefined || state.deleted || state.versions.length >= maxVersions) return false;
  return state.versions.find(({ version }) => version === state.current)?.enabled === true;
}

/** Whether a change can be made to a key now. */
function fits(kind: Order['kind'], ledger: Ledger, name: string): boolean {
  const state = ledger.states.get(name);
  switch (kind) {
    case 'create':
    case 'import':
      return state === undefined || (!state.deleted && state.versions.length < maxVersions);
    case 'rotate':
      return isRotatable(state);
    case 'update':
    case 'delete':
    case 'backup':
      return state?.deleted === false;
    case 'recover':
    case 'purge':
      return state?.deleted === true;
    case 'restore':
      return state === undefined && ledger.backups.has(name);
    case 're-seal':
      return true;
  }
}

/** What must come first where no key fits a kind. */
const before: Readonly<Partial<Record<Order['kind'], readonly Order['kind'][]>>> = {
  recover: ['delete', 'create'],
  purge: ['delete', 'create'],
  restore: ['purge', 'delete', 'create'],
  create: ['purge', 'delete'],
  import: ['purge', 'delete'],
  rotate: ['create', 'purge', 'delete'],
  update: ['create', 'recover'],
  delete: ['create', 'recover'],
  backup: ['create', 'recover'],
};

const ordinary: readonly Order['kind'][] = [
  'create',
  'import',
  'rotate',
  'rotate',
  'update',
  'update',
  'delete',
  'recover',
  'purge',
  'backup',
  'restore',
];

/** Chooses the next order: `wanted` where a key fits it, else what leads there; without `wanted` whatever comes. */
export function nextOrder(random: Random, ledger: Ledger, id: number, wanted?: ChangeKind): Order {
  const candidates = (kind: Order['kind']): Ledger['names'] =>
    ledger.names.filter(({ name }) => fits(kind, ledger, name));
  const chain =
    wanted === undefined ? [random.pick(ordinary), random.pick(ordinary), 'create' as const] : [wanted];
  // A restore needs a backup of the key that is purged for it.
  const needsBackup = wanted === 'restore' && ledger.backups.size === 0;
  const path = needsBackup
    ? ['backup' as const, 'create' as const, 'recover' as const]
    : [...chain, ...chain.flatMap((kind) => before[kind] ?? [])];
  for (const kind of path) {
    let fitting = candidates(kind);
    if (wanted === 'restore' && (kind === 'purge' || kind === 'delete'))
      fitting = fitting.filter(({ name }) => ledger.backups.has(name));
    if (fitting.length === 0) continue;
    const { name, sort } = random.pick(fitting);
    return {
      id,
      kind,
      name,
      sort,
      marker: `m${id}`,
      enabled: random.chance(0.7),
      ...(kind === 'import' ? { material: material(random, sort) } : {}),
      ...(kind === 'restore' ? { backup: ledger.backups.get(name)?.octets } : {}),
    };
  }
  throw new Error(`No order leads to ${wanted ?? 'anything'}`);
}
