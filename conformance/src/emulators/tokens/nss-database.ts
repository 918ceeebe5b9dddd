import { runStep } from '../run-step.ts';
import type { SoftToken, TokenOptions } from './soft-token.ts';
import { freshSecrets, tokenFolder, tokenUri, writePin } from './token-folder.ts';

/** Without these, each use of a private key of the database derives its password anew, 10,000 rounds long. */
const environment = { NSS_MIN_MP_PBE_ITERATION_COUNT: '1', NSS_MAX_MP_PBE_ITERATION_COUNT: '1' };

/**
 * Makes an NSS database, whose module is given, in a folder of its own. A process can open one only. Its token is in
 * slot 2; slot 1 is for cryptography without keys that stay.
 */
export async function makeNssDatabase(
  module: string,
  version: string,
  options: TokenOptions = {},
): Promise<SoftToken> {
  if (options.beside !== undefined) throw new TypeError('A process opens one NSS database');
  const { id, folder, stop } = tokenFolder('nss', version);
  const { label, pin, soPin } = freshSecrets(options);
  const pinFile = writePin(folder, label, pin);
  try {
    await runStep('certutil', ['-N', '-d', `sql:${folder}`, '-f', pinFile], { environment });
  } catch (error) {
    await stop();
    throw error;
  }
  const parameters = {
    configdir: `sql:${folder}`,
    certPrefix: '',
    keyPrefix: '',
    secmod: 'secmod.db',
    dbTokenDescription: label,
  };
  const quoted = Object.entries(parameters).map(([name, value]) => `${name}='${value}'`);
  const libraryParameters = [...quoted, 'flags='].join(' ');
  const facts = {
    name: 'nss',
    how: 'library',
    module,
    label,
    pin,
    soPin,
    pinFile,
    libraryParameters,
  } as const;
  return { ...facts, uri: tokenUri(facts), environment, folder, id, stop };
}
