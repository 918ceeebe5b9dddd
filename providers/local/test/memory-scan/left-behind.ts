import type { Form } from './scan-process.ts';

/** A kind of copy that may be left in memory, and why nothing here can overwrite it. Each is explained in SECURITY.md. */
export interface LeftBehind {
  /** Which secrets. */
  readonly of: RegExp;
  readonly form: Form;
  /** How many copies of one secret at the most. */
  readonly most: number;
  /** Whether only a process that has imported keys or has signed a digest with ECDSA leaves it. */
  readonly imports: boolean;
  readonly reason: string;
}

/** Every kind of copy that a process may leave. What is not here must not be found at all. */
export const leftBehind: readonly LeftBehind[] = [
  {
    of: /^(?:OKP d|EC d|RSA \w+|fresh-(?:ec|rsa) \d+)$/,
    form: 'raw',
    most: 2,
    imports: false,
    reason: 'OpenSSL frees the PKCS#8 encoding that it has read or written without overwriting it',
  },
  {
    of: /^EC d$/,
    form: 'raw',
    most: 2,
    imports: true,
    reason: 'ECDSA over a digest seeds its nonces with the key, in buffers of the library that computes it',
  },
  {
    of: /^(?:oct k|mac-\d+ k|OKP d|EC d|RSA \w+)$/,
    form: 'base64url',
    most: 3,
    imports: true,
    reason: 'the members of a JWK are strings, and so is the text that they were read from',
  },
  {
    of: /^(?:RSA \w+|EC d)$/,
    form: 'hex',
    most: 3,
    imports: true,
    reason: 'JavaScript reads and writes a big integer as a string only',
  },
  {
    of: /^(?:RSA \w+|EC d)$/,
    form: 'reversed',
    most: 4,
    imports: true,
    reason:
      'big integers cannot be overwritten: checking an RSA key, and ECDSA over a digest, computes with them',
  },
];
