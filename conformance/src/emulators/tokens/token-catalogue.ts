import type { TokenRow } from './token-row.ts';

const softHsm2: TokenRow = {
  name: 'softhsm2',
  standsFor: 'PKCS#11',
  version: '2.6.1',
  packages: ['softhsm2'],
  files: ['softhsm/libsofthsm2.so', 'pkcs11/libsofthsm2.so', 'libsofthsm2.so'],
  limits: [
    'It hashes with OAEP by SHA-1 only.',
    'It has no ECDSA that hashes.',
    'The value of a data object does not change after its creation.',
    'Ed25519 private keys cannot be wrapped.',
  ],
  defects: [],
};

const nss: TokenRow = {
  name: 'nss',
  standsFor: 'PKCS#11',
  version: '3.87',
  packages: ['libnss3', 'libnss3-tools'],
  files: ['libsoftokn3.so', 'nss/libsoftokn3.so', 'nss/lib/libsoftokn3.so'],
  limits: [
    'It has no secp256k1, no Ed25519 and no data objects on the token.',
    'A process opens one database.',
    'The serial number is the same for all databases.',
  ],
  defects: [],
};

const p11Kit: TokenRow = {
  name: 'p11-kit',
  standsFor: 'PKCS#11',
  version: '0.24.1',
  packages: ['p11-kit', 'p11-kit-modules', 'softhsm2'],
  files: ['pkcs11/p11-kit-client.so'],
  limits: [
    'It is SoftHSM2 in another process, which a test can end and start again.',
    'About half of the mechanisms are passed on: no GCM, CBC, key wrapping or EdDSA.',
  ],
  defects: [],
};

/** Every token in software known here. */
export const tokenCatalogue: readonly TokenRow[] = [softHsm2, nss, p11Kit];

/**
 * The row of a name.
 *
 * @throws TypeError for a name that has none.
 */
export function tokenRow(name: string): TokenRow {
  const row = tokenCatalogue.find((known) => known.name === name);
  if (row !== undefined) return row;
  throw new TypeError(
    `There is no token ${name}; known are ${tokenCatalogue.map(({ name }) => name).join(', ')}`,
  );
}
