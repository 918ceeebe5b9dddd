import { expect } from 'vitest';
import { diagnose } from '../src/doctor.ts';
import type { DiagnoseOptions } from '../src/doctor.ts';
import type { Finding } from '../src/finding.ts';
import type { OpenedVault, VaultParts } from '../src/open-vault.ts';
import { hashedId } from '../src/object-id.ts';
import { dumpFile, openBare } from './bare-token.ts';
import type { BareToken } from './bare-token.ts';
import { cleanUp } from './dump.ts';
import { expectedFeatures } from './expected-features.ts';
import { storeFile } from './record-places.ts';
import { testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';
import { tokenOf } from './token-of.ts';
import type { Library } from './token-of.ts';

/** A vault that the doctor looks at, with the bare token under it. */
export interface DoctorVault extends OpenedVault {
  readonly namespace: string;
  readonly bare: BareToken;
  readonly file: string | undefined;
  /** CKA_ID of a version of ours. */
  idOf(name: string, version: string): Buffer;
  /** Calls the doctor, and makes sure that nothing is changed by it. */
  examine(options?: DiagnoseOptions): Promise<readonly Finding[]>;
  /** Closes it, and destroys what is on the token of it. */
  end(): Promise<void>;
}

/** Opens a vault of a namespace of its own: its records on the token where that takes them, else in a file. */
export async function doctorVault(
  library: Library,
  values: Partial<VaultParts> & { readonly place?: 'file' | undefined } = {},
): Promise<DoctorVault> {
  const { place, ...parts } = values;
  const token = values.token ?? (await tokenOf(library));
  const namespace = values.namespace ?? freshNamespace();
  const file = place === 'file' || library === 'nss' ? storeFile(namespace) : undefined;
  const records = file === undefined ? 'token' : { file };
  const features = expectedFeatures[library];
  const opened = await testVault({
    ...parts,
    token,
    features: parts.features ?? features,
    records,
    namespace,
  });
  const bare = openBare(token);
  const dump = (): unknown => [bare.dump(), file === undefined ? [] : dumpFile(file)];
  return {
    ...opened,
    namespace,
    bare,
    file,
    idOf: (name, version) => Buffer.from(hashedId(namespace, name, version)),
    async examine(options = { probes: false }) {
      const before = dump();
      const findings = await diagnose(opened.vault, options, testCall());
      expect(dump()).toEqual(before);
      return findings;
    },
    async end() {
      bare.close();
      await opened.close();
      await cleanUp({ token, namespace });
    },
  };
}

/** What was found, by its names. */
export const whats = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ what }) => what).toSorted();
