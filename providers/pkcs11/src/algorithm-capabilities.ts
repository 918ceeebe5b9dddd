import { algorithmRows, operationsOf } from '@keyway/core/driver';
import type { AlgorithmRow, CapabilityRow, EncryptionAlgorithmRow } from '@keyway/core/driver';
import { signingWay } from './prove-pair.ts';
import { works } from './token-features.ts';
import type { FeatureName, TokenFeatures } from './token-features.ts';

/** What is said of an operation, without naming it. */
export type Statement = Omit<CapabilityRow, 'operation'>;

/** The token does it itself. */
export const native: Statement = { support: 'native', by: 'driver' };

/** Built on what the token does. */
export const emulated: Statement = { support: 'emulated', by: 'driver' };

/** Refused: with a `note` that says why. */
export const unsupported: Pick<CapabilityRow, 'by'> & { readonly support: 'unsupported' } = {
  support: 'unsupported',
  by: 'driver',
};

/** What to use instead of a feature that a token lacks. */
const alternatives: Readonly<Partial<Record<FeatureName, string>>> = {
  'decrypt RSA-OAEP-256': 'RSA-OAEP, or another token',
  'decrypt RSA1_5': 'RSA-OAEP-256',
  'make P-256K': 'P-256',
  'make Ed25519': 'ES256',
  'encrypt AES-GCM': 'A256CBCPAD with a MAC, or another token',
};

/** Says that a feature is not there, with what the probe has found. */
export function refused(features: TokenFeatures, name: FeatureName, alternative?: string): Statement {
  const finding = features[name];
  return {
    support: 'unsupported',
    by: 'driver',
    note: finding.works ? 'The token has it in another form only' : finding.reason,
    alternative: alternative ?? alternatives[name],
  };
}

/** The features that an encryption algorithm needs. */
function neededFor(row: EncryptionAlgorithmRow): readonly FeatureName[] {
  const size = row.size as 128 | 192 | 256;
  switch (row.mode) {
    case 'pkcs1':
      return ['decrypt RSA1_5'];
    case 'oaep':
      return [row.hash === 'sha256' ? 'decrypt RSA-OAEP-256' : 'decrypt RSA-OAEP'];
    case 'gcm':
      return [`make AES-${size}`, 'encrypt AES-GCM'];
    case 'cbc':
      return [`make AES-${size}`, 'encrypt AES-CBC'];
    case 'cbcpad':
      return [`make AES-${size}`, 'encrypt AES-CBC-PAD'];
    case 'kw':
      return [`make AES-${size}`, 'wrap AES-KW'];
    case 'provider':
      return ['make AES-256', 'encrypt AES-GCM'];
  }
  return [];
}

function encryptionRows(row: EncryptionAlgorithmRow, features: TokenFeatures): readonly CapabilityRow[] {
  const lacking = neededFor(row).find((name) => !works(features, name));
  const there = row.mode === 'provider' ? emulated : native;
  const statement = lacking === undefined ? there : refused(features, lacking);
  return operationsOf(row).flatMap((operation): CapabilityRow[] => {
    if (operation === 'import' || operation === 'export') return [];
    return [{ operation, algorithm: row.name, ...statement }];
  });
}

/** Over a digest at the token with the data hashed here; or over the data, where algorithm or token take nothing else. */
function signatureRows(
  row: Extract<AlgorithmRow, { kind: 'signature' }>,
  features: TokenFeatures,
): readonly CapabilityRow[] {
  const at = { algorithm: row.name };
  const way = signingWay(features, row.name);
  const lacking = refused(features, `sign ${row.name}`);
  return (['sign', 'verify'] as const).flatMap((operation): CapabilityRow[] => {
    const overData = `${operation}Data` as const;
    if (row.input === 'data')
      return [{ operation: overData, ...at, ...(way === undefined ? lacking : native) }];
    if (way === undefined) {
      return [
        { operation, ...at, ...lacking },
        { operation: overData, ...at, ...lacking },
      ];
    }
    if (way.input === 'digest') {
      return [
        { operation, ...at, ...native },
        { operation: overData, ...at, support: 'emulated', by: 'core' },
      ];
    }
    const note = `The token hashes itself: it runs ${row.name} over data, not over a digest`;
    return [
      { operation, ...at, support: 'unsupported', by: 'driver', note, alternative: overData },
      { operation: overData, ...at, ...native },
    ];
  });
}

/** One row for each operation that each algorithm serves. */
export function algorithmCapabilities(features: TokenFeatures): readonly CapabilityRow[] {
  return algorithmRows.flatMap((row) =>
    row.kind === 'encryption' ? encryptionRows(row, features) : signatureRows(row, features),
  );
}
