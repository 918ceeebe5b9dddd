// What a vault can do is data: ask before you rely on it.
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
const { capabilities } = vault;

const rotate = capabilities.supports({ operation: 'rotateDueKeys' });
console.log(`rotateDueKeys: ${rotate.support}, by ${rotate.by}`);

const random = capabilities.supports({ operation: 'getRandomBytes' });
console.log(`getRandomBytes: ${random.support}, up to ${random.limits['maxBytes']} octets`);

for (const curve of ['P-256', 'P-256K', 'Ed25519'] as const) {
  const keyType = curve === 'Ed25519' ? 'OKP' : 'EC';
  console.log(`${curve}: ${capabilities.supports({ operation: 'createKey', keyType, curve }).support}`);
}

// What is unsupported is refused before the vault is asked, with the reason and an alternative.
try {
  await vault.adoptKey('theirs', 'vendor-id');
} catch (error) {
  if (!isKeyManagerError(error)) throw error;
  console.log(`adoptKey: ${error.code}, use ${error.alternative}`);
}

console.log(`Two rotations at once: ${capabilities.exclusive}; a purged name: ${capabilities.nameReuse}`);
console.log(`Disabled keys are refused by the ${capabilities.state.enabled.enforcement}`);
