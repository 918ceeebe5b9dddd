import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from '../run-step.ts';
import type { SoftToken, TokenOptions } from './soft-token.ts';
import { freshSecrets, tokenFolder, tokenUri, writePin } from './token-folder.ts';

/** Writes a configuration of SoftHSM2 that keeps its tokens in `tokens`. */
function writeConfiguration(folder: string, tokens: string): void {
  const lines = [
    `directories.tokendir = ${tokens}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
  ];
  writeFileSync(join(folder, 'softhsm2.conf'), `${lines.join('\n')}\n`);
}

/** Makes a token of SoftHSM2, whose module is given, in a folder of its own or beside another one. */
export async function makeSoftHsmToken(
  module: string,
  version: string,
  options: TokenOptions = {},
): Promise<SoftToken> {
  const { beside } = options;
  const own = beside === undefined ? tokenFolder('softhsm2', version) : undefined;
  const { id, folder, stop } = own ?? { ...beside, stop: () => Promise.resolve() };
  if (id === undefined || folder === undefined) throw new TypeError('There is no folder for the token');
  const { label, pin, soPin } = freshSecrets(options);
  const environment = { SOFTHSM2_CONF: join(folder, 'softhsm2.conf') };
  let pinFile: string;
  try {
    if (own !== undefined) {
      mkdirSync(join(folder, 'tokens'));
      writeConfiguration(folder, join(folder, 'tokens'));
    }
    const secrets = ['--label', label, '--pin', pin, '--so-pin', soPin];
    const args = ['--module', module, '--init-token', '--free', ...secrets];
    await runStep('softhsm2-util', args, { environment });
    pinFile = writePin(folder, label, pin);
  } catch (error) {
    await stop();
    throw error;
  }
  const facts = { name: 'softhsm2', how: 'library', module, label, pin, soPin, pinFile } as const;
  return { ...facts, uri: tokenUri(facts), environment, folder, id, stop };
}
