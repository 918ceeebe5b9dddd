// Change the properties of a key. What is not given stays.
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
await vault.createEcKey('reports', { tags: { team: 'finance' } });

const updated = await vault.updateKeyProperties('reports', {
  expiresOn: new Date('2040-01-01T00:00:00Z'),
  tags: { team: 'finance', stage: 'production' },
});
console.log(
  `Expires ${updated.properties.expiresOn?.toISOString()}, tags ${JSON.stringify(updated.properties.tags)}`,
);

// null takes a date away; tags stay because they are not named.
const unlimited = await vault.updateKeyProperties('reports', { expiresOn: null });
console.log(
  `Expires: ${unlimited.properties.expiresOn === undefined ? 'never' : 'some day'}, team ${unlimited.properties.tags['team']}`,
);

// A disabled key refuses every cryptographic operation.
await vault.updateKeyProperties('reports', { enabled: false });
const client = await vault.getCryptographyClient('reports');
try {
  await client.signData('ES256', Buffer.from('quarterly figures'));
} catch (error) {
  console.log(`Refused: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
}

// Properties belong to a version: name one to change another than the current.
const version = updated.properties.version;
await vault.updateKeyProperties('reports', { enabled: true });
await vault.rotateKey('reports');
await vault.updateKeyProperties('reports', { version, keyOperations: ['verify'] });
const former = await vault.getKey('reports', { version });
console.log(`The former version: ${former.properties.keyOperations?.join(' ')}`);
