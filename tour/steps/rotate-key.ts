import type { Step } from '../step.ts';
import { expectThat } from '../step.ts';
import { forOpenssl } from './sign-files.ts';

/** Rotates a key: new signatures name the new version, old ones still verify. */
export const rotateKey: Step = {
  title: 'Rotate; the old version still verifies',
  async run({ vault, say, read, write, publish, outside, outsideRefuses }) {
    const former = await vault.getKey('documents');
    const rotated = await vault.rotateKey('documents');
    publish('documents-2', rotated);
    say(`Former version  ${former.id}`);
    say(`Current version ${rotated.id}`);

    const client = await vault.getCryptographyClient('documents');
    const { signature, id } = await client.signData('ES256', read('README.md'));
    expectThat(id === rotated.id, 'a new signature names the new version');
    write('README.md.sig2', forOpenssl(signature));
    say('README.md signed again; the result names the current version');

    const verifying = ['dgst', '-sha256', '-verify'];
    say('The new signature, with the new public key:');
    await outside('openssl', ...verifying, 'documents-2.pem', '-signature', 'README.md.sig2', 'README.md');
    say('The former signature, with the former public key:');
    await outside('openssl', ...verifying, 'documents-1.pem', '-signature', 'README.md.sig', 'README.md');
    say('The former signature, with the new public key, must not verify:');
    await outsideRefuses(
      'openssl',
      ...verifying,
      'documents-2.pem',
      '-signature',
      'README.md.sig',
      'README.md',
    );
  },
};
