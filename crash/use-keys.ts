import { createPublicKey, verify } from 'node:crypto';
import type { CryptographyClient } from '@keyway/core';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import type { KeySort, WriterSetup } from './protocol.ts';

const data = Buffer.from('what a key is used on after a kill');

async function useVersion(vault: LocalVault, client: CryptographyClient, sort: KeySort): Promise<boolean> {
  if (sort === 'oct') {
    const sealed = await client.encrypt('A256GCM', data);
    const { ciphertext, iv, authenticationTag } = sealed;
    const opened = await client.decrypt('A256GCM', ciphertext, { iv, authenticationTag });
    return data.equals(opened.plaintext);
  }
  const { key } = await vault.getKey(client.name, { version: client.version });
  const publicKey = createPublicKey({ key: { ...key }, format: 'jwk' });
  const { signature } = await client.signData(sort === 'EC' ? 'ES256' : 'Ed25519', data);
  return verify(
    sort === 'EC' ? 'sha256' : null,
    data,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    signature,
  );
}

async function useKey(vault: LocalVault, name: string, sort: KeySort): Promise<readonly string[]> {
  const problems: string[] = [];
  for await (const { version, enabled } of vault.listPropertiesOfKeyVersions(name)) {
    try {
      const client = await vault.getCryptographyClient(name, { version });
      if (enabled === true && !(await useVersion(vault, client, sort)))
        problems.push(`${name}/${version} is another key`);
    } catch (error) {
      problems.push(`${name}/${version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}

/** Opens the vault afresh and uses every version of some keys; what node:crypto says of their signatures counts. */
export async function useKeys(
  setup: Pick<WriterSetup, 'file' | 'keyFile'>,
  keys: readonly { readonly name: string; readonly sort: KeySort }[],
): Promise<readonly string[]> {
  const vault = await openLocal(setup.file, { keyFile: setup.keyFile, create: false });
  try {
    const problems: string[] = [];
    for (const { name, sort } of keys) problems.push(...(await useKey(vault, name, sort)));
    return problems;
  } finally {
    await vault.close();
  }
}

/** Finishes what a kill has interrupted, and has the vault check every row of itself. */
export async function checkWhole(setup: Pick<WriterSetup, 'file' | 'keyFile'>): Promise<readonly string[]> {
  const vault = await openLocal(setup.file, { keyFile: setup.keyFile, create: false });
  try {
    await vault.maintenance.finishResealing();
    const report = await vault.maintenance.checkIntegrity();
    const problems = [...report.damaged, ...report.database.filter((text) => text !== 'ok')];
    if (report.resealing) problems.push('re-sealing is still not finished');
    return report.intact ? problems : [...problems, 'the integrity check fails'];
  } finally {
    await vault.close();
  }
}
