// Read keys and versions; list them item by item and page by page.
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
for (const name of ['alpha', 'beta', 'gamma']) await vault.createEcKey(name);
const first = await vault.getKey('alpha');
await vault.rotateKey('alpha');

// The current version, or any other by its name.
const current = await vault.getKey('alpha');
const former = await vault.getKey('alpha', { version: first.properties.version });
console.log(
  `Current is the first: ${current.id === first.id}; the first is still there: ${former.id === first.id}`,
);

// Each key once, by its current version.
for await (const properties of vault.listPropertiesOfKeys()) console.log(`Key ${properties.name}`);

// All versions of one key.
let versions = 0;
for await (const properties of vault.listPropertiesOfKeyVersions('alpha')) {
  versions++;
  console.log(
    `Version ${versions} of ${properties.name}, current: ${properties.version === current.properties.version}`,
  );
}

// Page by page. The token of a page leads to the next one, in another process too.
const [page] = await Array.fromAsync(vault.listPropertiesOfKeys().byPage({ maxPageSize: 2 }));
console.log(`First page: ${page?.map(({ name }) => name).join(', ')}`);
const continuationToken = page?.continuationToken;
for await (const next of vault.listPropertiesOfKeys().byPage({ maxPageSize: 2, continuationToken })) {
  console.log(`Next page: ${next.map(({ name }) => name).join(', ')}`);
}
