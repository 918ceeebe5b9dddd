import type { Step } from '../step.ts';

/** Makes the keys that the other steps use, and publishes their public halves. */
export const createKeys: Step = {
  title: 'Create keys',
  async run({ vault, say, publish }) {
    const rsa = await vault.createRsaKey('releases', { size: 3072, tags: { team: 'build' } });
    const ec = await vault.createEcKey('documents', { curve: 'P-256' });
    const oct = await vault.createOctKey('master', { size: 256 });
    const inbox = await vault.createRsaKey('inbox', {
      keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
    });

    for (const { id, keyType, properties } of [rsa, ec, oct, inbox]) {
      say(`${keyType.padEnd(3)} ${id}  ${properties.keyOperations?.join(' ')}`);
    }
    publish('releases', rsa);
    publish('documents-1', ec);
    publish('inbox', inbox);
    say('Public halves published as PEM and JWK. The private halves are sealed in the vault.');
  },
};
