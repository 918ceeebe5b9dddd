import type { FlowEvent, JsonWebKey } from '@keyway/core/driver';
import type { AliasScheme } from './aliases.ts';
import type { KmsFeature } from './algorithms.ts';
import type { KmsClient } from './client.ts';
import type { MaterialKnowledge } from './materials/material-knowledge.ts';
import type { VersionStrategy } from './options.ts';

/** An open vault: what the driver's families work with. */
export interface KmsVault {
  readonly client: KmsClient;
  /** `awskms://<partition>/<account>/<region>/<prefix>`. */
  readonly identity: string;
  /** The 12 digits of the account, to tell keys of others. */
  readonly account: string;
  readonly prefix: string;
  readonly aliases: AliasScheme;
  /** Days from deletion until KMS destroys a key: 7 to 30. */
  readonly deletionWindowInDays: number;
  /** What this region or endpoint lacks. */
  readonly without: readonly KmsFeature[];
  /** Public keys by KMS key id: they never change. */
  readonly publicKeys: Map<string, JsonWebKey>;
  /** There exactly where the versions of this vault are key materials: what is known of them. */
  readonly materials?: MaterialKnowledge | undefined;
  /** Waits; ends early, with the signal's reason, where it fires. Tests inject it. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** For tests: what it throws ends a flow on the spot, as a kill would. */
  readonly afterStep?: ((event: FlowEvent & { readonly flow: string }) => void | Promise<void>) | undefined;
}

/** What the versions of a vault are. */
export function strategyOf({ materials }: Pick<KmsVault, 'materials'>): VersionStrategy {
  return materials === undefined ? 'keys' : 'materials';
}
