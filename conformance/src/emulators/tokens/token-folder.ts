import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from '../at-end.ts';
import { dropRun, folderPrefix, removeRemains } from '../end-run.ts';
import { freshRecord, writeRecord } from '../run-record.ts';
import type { RunRecord } from '../run-record.ts';
import type { SoftToken, TokenOptions } from './soft-token.ts';

/** A folder that does not outlive its maker by much: it is removed at its end, or by the next start of anything. */
export interface TokenFolder {
  readonly id: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Makes a folder, for this user only, and its record. */
export function tokenFolder(name: string, version: string): TokenFolder {
  const folder = mkdtempSync(join(tmpdir(), folderPrefix));
  const record: RunRecord = { ...freshRecord(name), name, version, how: 'library', folder, address: folder };
  writeRecord(record);
  const forget = atEnd(() => dropRun(record));
  const stop = (): Promise<void> => {
    removeRemains(record);
    forget();
    return Promise.resolve();
  };
  return { id: record.id, folder, stop };
}

/** A label and PINs for a fresh token, as far as they are not given. */
export function freshSecrets({ label, pin }: TokenOptions): { label: string; pin: string; soPin: string } {
  const random = (): string => randomBytes(8).toString('hex');
  return { label: label ?? `keyway-${random()}`, pin: pin ?? random(), soPin: random() };
}

/** Writes the PIN of a token beside it. @returns The file. */
export function writePin(folder: string, label: string, pin: string): string {
  const file = join(folder, `${Buffer.from(label).toString('hex')}.pin`);
  writeFileSync(file, `${pin}\n`, { mode: 0o600 });
  return file;
}

/** The URI of a token. */
export function tokenUri({
  label,
  module,
  pinFile,
  libraryParameters,
}: Pick<SoftToken, 'label' | 'module' | 'pinFile' | 'libraryParameters'>): string {
  const query = {
    'module-path': module,
    'pin-source': `file:${pinFile}`,
    ...(libraryParameters === undefined ? {} : { 'keyway-library-parameters': libraryParameters }),
  };
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `pkcs11:token=${encodeURIComponent(label)}?${pairs.join('&')}`;
}
