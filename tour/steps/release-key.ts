import { createPublicKey } from 'node:crypto';
import { isKeyManagerError } from 'keyway';
import { openLocal } from '@keyway/local';
import { createAttestationService } from '../../docs/examples/support/attestation-service.ts';
import { expectThat } from '../step.ts';
import type { Step } from '../step.ts';

/** Releases a key to an environment that an authority vouches for. */
export const releaseKey: Step = {
  title: 'Release a key to an attested environment',
  async run({ vaultUri, say, read, write, secret, publish, outside }) {
    // The same file, opened with the authority that this step believes.
    const service = await createAttestationService('https://attest.example.org');
    const attestationAuthorities = { [service.url]: { keys: [service.publicKey] } };
    await using vault = await openLocal(vaultUri, { attestationAuthorities });

    const condition = { claim: 'secure-boot', equals: true };
    const policy = { version: '1.0.0', anyOf: [{ authority: service.url, allOf: [condition] }] };
    const releasePolicy = { encodedPolicy: Buffer.from(JSON.stringify(policy)) };
    publish('payments', await vault.createEcKey('payments', { exportable: true, releasePolicy }));
    say(`payments may be released where ${service.url} says that ${condition.claim} is true`);

    say('The environment makes a key of its own:');
    const ownKey = secret('environment.private.pem');
    const rsa = ['-quiet', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
    await outside('openssl', 'genpkey', ...rsa, '-out', ownKey);
    const environment = createPublicKey(read(ownKey));

    const refused = await service.attest(environment, { 'secure-boot': false });
    const error = await vault.releaseKey('payments', refused).catch((reason: unknown) => reason);
    expectThat(
      isKeyManagerError(error) && error.code === 'ERR_PERMISSION_DENIED',
      'a wrong claim is refused',
    );
    say('Without secure boot: refused with ERR_PERMISSION_DENIED');

    const token = await service.attest(environment, { 'secure-boot': true });
    write('payments.released', (await vault.releaseKey('payments', token)).value);
    write('vault.jwk', JSON.stringify(await vault.maintenance.releaseSigningKey()));
    say('With secure boot: released, wrapped for the key of the environment, which unwraps it and signs:');
    const released = secret('payments.private.pem');
    await outside('receive-key.ts', 'payments.released', 'vault.jwk', ownKey, released);
    const signing = ['-sign', released, '-out', 'package.json.released-sig'];
    await outside('openssl', 'dgst', '-sha256', ...signing, 'package.json');
    say('With the public key that the vault has published:');
    const verifying = ['-verify', 'payments.pem', '-signature', 'package.json.released-sig'];
    await outside('openssl', 'dgst', '-sha256', ...verifying, 'package.json');
  },
};
