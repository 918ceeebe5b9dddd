// One error class with a closed set of codes, whichever vault it is.
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');

async function attempt(what: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
    console.log(`${what}: done`);
  } catch (error) {
    if (!isKeyManagerError(error)) throw error;
    // New codes may come in minor versions: always keep the last branch.
    if (error.code === 'ERR_KEY_NOT_FOUND') console.log(`${what}: there is no such key`);
    else if (error.code === 'ERR_ABORTED') console.log(`${what}: given up`);
    else console.log(`${what}: ${error.code} in ${error.operation}, worth repeating: ${error.retryable}`);
  }
}

await attempt('read', () => vault.getKey('missing'));
await attempt('create', () => vault.createEcKey('Not A Name'));
await attempt('create', () => vault.createEcKey('key', { signal: AbortSignal.abort() }));

await vault.createEcKey('key', { expiresOn: new Date('2020-01-01T00:00:00Z') });
const client = await vault.getCryptographyClient('key');
await attempt('sign', () => client.signData('ES256', Buffer.from('late')));

await vault.close();
await attempt('read', () => vault.getKey('key'));
