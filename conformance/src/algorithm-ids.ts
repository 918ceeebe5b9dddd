import { algorithmRows } from '@keyway/core';
import type { EncryptionAlgorithmRow, SignatureAlgorithmRow } from '@keyway/core';

/** The signature and MAC algorithms of the contract. */
export const signatureRows: readonly SignatureAlgorithmRow[] = algorithmRows.filter(
  (row) => row.kind === 'signature',
);

/** The algorithms that take a digest as well as data. */
export const digestRows: readonly SignatureAlgorithmRow[] = signatureRows.filter(
  ({ input }) => input === 'digest',
);

/** The algorithms of `encrypt` and `decrypt`. */
export const encryptionRows: readonly EncryptionAlgorithmRow[] = algorithmRows
  .filter((row) => row.kind === 'encryption')
  .filter(({ operations }) => operations.includes('encrypt'));

/** The algorithms of `wrapKey` and `unwrapKey`. */
export const wrapRows: readonly EncryptionAlgorithmRow[] = algorithmRows
  .filter((row) => row.kind === 'encryption')
  .filter(({ operations }) => operations.includes('wrapKey'));

/** An algorithm's part of a case id: lower case, and `rsa1-5` for `RSA1_5`. */
export function idOf({ name }: { readonly name: string }): string {
  return name.toLowerCase().replace('_', '-');
}
