// Random octets made by the vault: 1 to 128 at a time.
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');

const octets = await vault.getRandomBytes(32);
console.log(`${octets.length} random octets`);

try {
  await vault.getRandomBytes(129);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
