import { openKeyManager } from 'keyway';
import { expectThat } from '../step.ts';
import type { Step } from '../step.ts';

const day = 86_400_000;

/** Sets a rotation policy, and runs it as a job would in eleven months. */
export const runRotationPolicy: Step = {
  title: 'Set a rotation policy and run it',
  async run({ vault, vaultUri, say }) {
    await vault.createEcKey('sessions', { curve: 'P-384' });
    const policy = await vault.updateKeyRotationPolicy('sessions', {
      expiresIn: 'P1Y',
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P330D' }],
    });
    say(
      `Policy: versions expire after ${policy.expiresIn}, the next one comes ${policy.lifetimeActions[0]?.timeAfterCreate} after creation`,
    );

    const today = await vault.rotateDueKeys();
    expectThat(today.length === 0, 'nothing is due today');
    say('Due today: nothing');

    // A second opening of the same file, as another process would do, with a clock that is eleven months ahead.
    await using job = await openKeyManager(vaultUri, { clock: () => Date.now() + 335 * day });
    const due = await job.rotateDueKeys();
    for (const { name, outcome, previousVersion, version } of due) {
      say(`In 335 days: ${name} ${outcome}, ${previousVersion.slice(0, 8)}… → ${version?.slice(0, 8)}…`);
    }
    expectThat(due.length === 1 && due[0]?.outcome === 'rotated', 'one key is rotated');
    expectThat((await job.rotateDueKeys()).length === 0, 'a second run finds nothing to do');

    const { properties } = await vault.getKey('sessions');
    expectThat(properties.version === due[0]?.version, 'this process sees at once what the other one made');
    say(
      `Its new version expires on ${properties.expiresOn?.toISOString().slice(0, 10)}; this process saw it at once`,
    );
  },
};
