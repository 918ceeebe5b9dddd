import { pkcs11GrowthRows } from './pkcs11-growth-rows.ts';
import { pkcs11PeerRows } from './pkcs11-peer-rows.ts';
import { pkcs11SpeedRows } from './pkcs11-speed-rows.ts';
import { pkcs11SteadyRows } from './pkcs11-steady-rows.ts';
import type { BenchRow } from './row.ts';

/** The vault on tokens. */
export const pkcs11Rows: readonly BenchRow[] = [
  ...pkcs11SpeedRows,
  ...pkcs11PeerRows,
  ...pkcs11SteadyRows,
  ...pkcs11GrowthRows,
];
