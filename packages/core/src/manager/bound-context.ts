import type { EncryptionAlgorithmRow } from '../algorithms.ts';
import { checkBytes } from '../arguments.ts';
import type { EncryptionContextOptions } from '../cryptography-client.ts';
import { checkEncryptionContext, encodeEncryptionContext } from '../encryption-context.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import type { BoundContext } from '../key-driver.ts';
import type { Engine } from './engine.ts';

const nothing: BoundContext = Object.freeze({});

/**
 * What binds a ciphertext to its surroundings, in the form in which the driver takes it: octets with GCM, and with
 * `provider` as the capabilities say. An empty context is as if absent.
 */
export function boundContext(
  engine: Engine,
  operation: 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey',
  row: EncryptionAlgorithmRow,
  options: EncryptionContextOptions,
): BoundContext {
  const { additionalAuthenticatedData: octets } = options;
  const context = checkEncryptionContext(options.context);
  if (octets !== undefined) {
    const aad = checkBytes(octets, 'options.additionalAuthenticatedData');
    if (row.mode !== 'gcm') throw invalidArgument(`${row.name} takes no additionalAuthenticatedData`);
    if (context !== undefined) throw invalidArgument('Give context or additionalAuthenticatedData, not both');
    engine.requireMembers(operation, ['additionalAuthenticatedData']);
    return aad.length === 0 ? nothing : { additionalAuthenticatedData: aad };
  }
  if (context === undefined) return nothing;
  if (row.mode !== 'gcm' && row.mode !== 'provider') throw invalidArgument(`${row.name} takes no context`);
  const form = row.mode === 'gcm' ? 'bytes' : engine.capabilities.context;
  if (form === 'map') return { context };
  if (form === 'none')
    throw new KeyManagerError('ERR_UNSUPPORTED', 'This vault binds no context to a ciphertext');
  return { additionalAuthenticatedData: encodeEncryptionContext(context) };
}
