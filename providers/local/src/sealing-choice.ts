import { readFileSync } from 'node:fs';
import process from 'node:process';
import { freshOctets, invalidArgument } from '@keyway/core/driver';
import type { LocalLocation, LocalOptions, SecretSource } from './options.ts';
import type { SealingSource } from './sealing.ts';

/** How a vault is sealed, as its opener has chosen it. */
export interface SealingChoice {
  /** Reads the secret. Use {@link withSealing}, which overwrites it afterwards. */
  source(): SealingSource;
  /** Whether `source` may be called later: true where it reads from outside, and keeps nothing secret itself. */
  readonly readable: boolean;
}

/** Runs something with the secret that seals a vault. Octets that were read for it are overwritten, the caller's own are not. */
export async function withSealing<Result>(
  choice: SealingChoice,
  run: (source: SealingSource) => Promise<Result>,
): Promise<Result> {
  const source = choice.source();
  try {
    return await run(source);
  } finally {
    if (choice.readable && source.kind === 'passphrase' && source.passphrase instanceof Uint8Array) {
      source.passphrase.fill(0);
    }
  }
}

/** Reads a passphrase from where the opener said, without the line end that editors leave. */
export function readSecret(source: SecretSource): string | Uint8Array {
  if (source.kind === 'environment') {
    const value = process.env[source.name];
    if (value === undefined || value === '')
      throw invalidArgument('The environment variable of the passphrase is not set');
    return value;
  }
  const octets = readFileSync(source.path);
  const end = /\r?\n$/.exec(octets.subarray(-2).toString('latin1'))?.[0].length ?? 0;
  const secret = freshOctets(octets.subarray(0, octets.length - end));
  octets.fill(0);
  if (secret.length === 0) throw invalidArgument('The file of the passphrase is empty');
  return secret;
}

/** What seals a vault, from the options alone. */
type SealingOptions = Pick<LocalOptions, 'passphrase' | 'keyFile' | 'key' | 'sealedBy'>;

function choices(
  options: SealingOptions,
  passphraseSource: SecretSource | undefined,
): readonly SealingChoice[] {
  const { passphrase, keyFile, key, sealedBy } = options;
  const found: SealingChoice[] = [];
  if (passphraseSource !== undefined) {
    found.push({
      source: () => ({ kind: 'passphrase', passphrase: readSecret(passphraseSource) }),
      readable: true,
    });
  }
  if (passphrase !== undefined) {
    if (passphrase.length === 0) throw invalidArgument('The passphrase is empty');
    found.push({ source: () => ({ kind: 'passphrase', passphrase }), readable: false });
  }
  if (keyFile !== undefined)
    found.push({ source: () => ({ kind: 'keyFile', path: keyFile }), readable: true });
  if (key !== undefined) found.push({ source: () => ({ kind: 'key', key }), readable: false });
  if (sealedBy !== undefined)
    found.push({ source: () => ({ kind: 'keyManager', ...sealedBy }), readable: true });
  return found;
}

/**
 * Finds the one thing that seals a vault.
 *
 * @throws ERR_INVALID_ARGUMENT where there is none, or more than one.
 */
export function chooseSealing(options: SealingOptions, location?: LocalLocation): SealingChoice {
  const keyFile = options.keyFile ?? location?.keyFile;
  if (options.keyFile !== undefined && location?.keyFile !== undefined)
    throw invalidArgument('Two key files are given');
  const [choice, another] = choices({ ...options, keyFile }, location?.passphraseSource);
  if (choice === undefined || another !== undefined) {
    throw invalidArgument(
      'A vault file needs exactly one of passphrase, passphrase source, keyFile, key and sealedBy',
    );
  }
  return choice;
}
