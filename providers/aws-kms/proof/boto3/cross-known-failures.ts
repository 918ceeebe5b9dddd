import type { CrossPair } from './cross-pairs.ts';

/** A defect of an emulator that pairs run into. boto3 shows it without Keyway, in the same run. */
export interface CrossKnownFailure {
  /** What is wrong, as a sentence. */
  readonly reason: string;
  matches(pair: CrossPair): boolean;
  /** What the failure says. */
  readonly expected: RegExp;
}

const lacksKeys = (...kinds: readonly RegExp[]): CrossKnownFailure => ({
  reason: 'it has no keys of this spec',
  matches: ({ key }) => kinds.some((kind) => kind.test(key)),
  expected: /createKey|cannot do this|^ValidationException|^UnsupportedOperationException/,
});

/** The defects of each emulator, with Keyway's default execution. Those of moto are too many to learn from it. */
export const crossKnownFailures: Readonly<Record<'local-kms' | 'localstack', readonly CrossKnownFailure[]>> =
  {
    'local-kms': [
      lacksKeys(/^ed25519$/, /^ml-dsa/, /^hmac/),
      {
        reason: 'it signs PSS with the longest salt, where KMS takes one as long as the digest',
        matches: ({ algorithm }) => algorithm.startsWith('PS'),
        expected: /^node:crypto verifies the signature/,
      },
    ],
    localstack: [
      lacksKeys(/^ed25519$/, /^ml-dsa/),
      {
        reason: 'its RSA Encrypt gives a form of its own, which is no RSA ciphertext',
        matches: ({ key, direction }) => key === 'rsa-encrypt' && direction === 'boto3 makes',
        expected: /damaged, forged/,
      },
      {
        reason: 'it cannot decrypt OAEP with SHA-1',
        matches: ({ algorithm }) => algorithm === 'RSA-OAEP',
        expected: /^InternalError/,
      },
    ],
  };

/** The pairs that no emulator of the table can show. */
export function notProvenPairs(pairs: readonly CrossPair[]): readonly CrossPair[] {
  const emulators = Object.values(crossKnownFailures);
  return pairs.filter((pair) => emulators.every((defects) => defects.some(({ matches }) => matches(pair))));
}
