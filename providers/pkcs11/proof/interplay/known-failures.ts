import type { LibraryToken } from '@keyway/conformance/emulators';
import type { InterplayPair } from './interplay-pairs.ts';

/** What another program, or the token, cannot do. Such a pair runs too: it must still fail, and in the way that is stated. */
export interface KnownFailure {
  /** Why, as a sentence. */
  readonly reason: string;
  matches(pair: InterplayPair, library: LibraryToken): boolean;
  /** What the failure says. */
  readonly expected: RegExp;
}

/** Of the versions that Debian 12 has: OpenSC 0.23.0, libp11 0.4.12, OpenSSL 3.0, SoftHSM 2.6.1, NSS 3.87. */
export const knownFailures: readonly KnownFailure[] = [
  {
    reason: 'pkcs11-tool encrypts with secret keys only',
    matches: ({ partner, kind, row, direction }) =>
      partner === 'pkcs11-tool' && kind === 'encrypt' && row.family === 'RSA' && direction === 'Keyway opens',
    expected: /Secret key not found/,
  },
  {
    reason: 'pkcs11-tool has no AES-GCM',
    matches: ({ partner, row }) => partner === 'pkcs11-tool' && row.name.endsWith('GCM'),
    expected: /AES-GCM illegal or not supported/,
  },
  {
    reason: 'pkcs11-tool writes no Ed25519 keys',
    matches: ({ key, owner }) => key === 'Ed25519' && owner === 'written',
    expected: /Unsupported key type/,
  },
  {
    reason: 'libp11 has no Ed25519, and finds no key on a token with one',
    matches: ({ partner, key, owner }) => partner === 'engine' && key === 'Ed25519' && owner !== 'written',
    expected: /object not found/,
  },
  {
    reason: 'pkcs11-tool lets a key that it unwraps sign only where the token does by itself',
    matches: ({ kind, owner }, library) => library === 'nss' && kind === 'mac' && owner === 'written',
    expected: /The contract has no key of the kind/,
  },
  {
    reason: 'pkcs11-tool says no source of a label with OAEP, and NSS wants one',
    matches: ({ partner, row, direction }, library) =>
      library === 'nss' &&
      partner === 'pkcs11-tool' &&
      row.name.startsWith('RSA-OAEP') &&
      direction === 'Keyway makes',
    expected: /C_DecryptInit failed: rv = CKR_MECHANISM_PARAM_INVALID/,
  },
  {
    reason: 'Keyway wraps on NSS by C_Encrypt, and its own key has CKA_ENCRYPT but not CKA_WRAP',
    matches: ({ partner, kind, owner }, library) =>
      library === 'nss' && partner === 'pkcs11-tool' && kind === 'wrap' && owner === 'own',
    expected: /C_(?:Unw|W)rapKey failed: rv = CKR_KEY_TYPE_INCONSISTENT/,
  },
];
