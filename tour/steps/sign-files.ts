import { createHash } from 'node:crypto';
import { p1363ToDer } from '@keyway/core/driver';
import type { CryptographyClient } from 'keyway';
import type { Step } from '../step.ts';

/** A compact JWS (RFC 7515): the vault signs the two encoded parts. */
async function makeJws(
  client: CryptographyClient,
  algorithm: 'ES256' | 'RS256',
  payload: Buffer,
): Promise<string> {
  const header = Buffer.from(JSON.stringify({ alg: algorithm, kid: client.keyId })).toString('base64url');
  const signingInput = `${header}.${payload.toString('base64url')}`;
  const { signature } = await client.signData(algorithm, Buffer.from(signingInput));
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`;
}

/** openssl reads ECDSA signatures in DER; the contract speaks IEEE P1363 (`r ‖ s`), as JOSE does. */
export function forOpenssl(signature: Uint8Array): Uint8Array {
  const der = p1363ToDer(signature, 32);
  if (der === undefined) throw new Error('This is no ECDSA signature on P-256');
  return der;
}

/** Signs files of this repository; openssl and jose verify. With `tamper` a byte of a signed file is flipped. */
export function signFiles(tamper: boolean): Step {
  return {
    title: 'Sign files; openssl and jose verify',
    async run({ vault, say, copy, write, outside }) {
      const readme = copy('README.md');
      const manifest = copy('package.json');

      const documents = await vault.getCryptographyClient('documents');
      const { signature, id } = await documents.signData('ES256', readme);
      say(`README.md signed with ES256 by ${id}`);
      write('README.md.sig', forOpenssl(signature));

      const releases = await vault.getCryptographyClient('releases');
      const digest = createHash('sha256').update(manifest).digest();
      write('package.json.rs256', (await releases.sign('RS256', digest)).signature);
      write('package.json.ps256', (await releases.signData('PS256', manifest)).signature);
      say('package.json signed with RS256 (over its digest) and PS256 (over its data)');

      write('README.md.jws', await makeJws(documents, 'ES256', readme));
      write('package.json.jws', await makeJws(releases, 'RS256', manifest));
      say('Both signed again as JWS');

      if (tamper) {
        const middle = Math.floor(readme.length / 2);
        readme[middle] = (readme[middle] ?? 0) ^ 1;
        write('README.md', readme);
        say(`TAMPERED: one bit of octet ${middle} of README.md is flipped`);
      }
      await outside(
        'openssl',
        'dgst',
        '-sha256',
        '-verify',
        'documents-1.pem',
        '-signature',
        'README.md.sig',
        'README.md',
      );
      const rsa = ['dgst', '-sha256', '-verify', 'releases.pem', '-signature'];
      await outside('openssl', ...rsa, 'package.json.rs256', 'package.json');
      const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];
      await outside('openssl', ...rsa, 'package.json.ps256', ...pss, 'package.json');
      await outside('verify-jws.ts', 'README.md.jws', 'documents-1.jwk', 'README.md');
      await outside('verify-jws.ts', 'package.json.jws', 'releases.jwk', 'package.json');
    },
  };
}
