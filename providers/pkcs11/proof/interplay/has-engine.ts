import { execFile } from 'node:child_process';

/** Whether OpenSSL here has the engine for PKCS #11 (libp11). */
export function hasEngine(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('openssl', ['engine', '-t', 'pkcs11'], (error) => resolve(error === null));
  });
}
