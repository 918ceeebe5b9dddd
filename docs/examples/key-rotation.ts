// Set a rotation policy, rotate by hand, and let the policy rotate what is due.
import { openKeyManager } from 'keyway';

// Only so that this example can leap ahead. Leave `clock` out and the system's clock is used.
let now = Date.UTC(2030, 0, 1);
await using vault = await openKeyManager('memory:', { clock: () => now });
await vault.createEcKey('my-key');

const policy = await vault.updateKeyRotationPolicy('my-key', {
  expiresIn: 'P1Y',
  lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'P30D' }],
});
console.log(
  `Versions live ${policy.expiresIn}; the next comes ${policy.lifetimeActions[0]?.timeBeforeExpiry} before that`,
);

// Rotation makes a new version with the operations, algorithms and tags of the current one.
const rotated = await vault.rotateKey('my-key');
console.log(`Rotated; expires on ${rotated.properties.expiresOn?.toISOString()}`);

// No server runs this vault, so a job of yours calls rotateDueKeys, once a day for example.
console.log(`Due today: ${(await vault.rotateDueKeys()).length}`);

now = Date.UTC(2030, 11, 15);
for (const { name, outcome, version } of await vault.rotateDueKeys()) {
  console.log(
    `${name}: ${outcome}, ${version === undefined ? 'no new version' : 'a new version is current'}`,
  );
}

const kept = await vault.getKeyRotationPolicy('my-key');
console.log(`The policy stays: ${JSON.stringify(kept.lifetimeActions)}`);
