import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Undoes RSA-AES key wrap with the openssl binary alone: RSA-OAEP, then AES key wrap with padding. */
export function unwrapWithOpenssl(folder: string, pem: string, wrapped: Uint8Array, hash: string): Buffer {
  const modulusLength = 256;
  const encryptedKey = join(folder, 'encrypted-key');
  writeFileSync(encryptedKey, wrapped.subarray(0, modulusLength));
  const oaep = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`].flatMap((option) => [
    '-pkeyopt',
    option,
  ]);
  const key = execFileSync('openssl', ['pkeyutl', '-decrypt', '-inkey', pem, '-in', encryptedKey, ...oaep], {
    stdio: 'pipe',
  });
  const unwrap = ['enc', '-d', '-id-aes256-wrap-pad', '-K', key.toString('hex'), '-iv', 'A65959A6'];
  return execFileSync('openssl', unwrap, { input: wrapped.subarray(modulusLength), stdio: 'pipe' });
}
