import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { containersOf, sweepContainers } from '../../src/emulators/container-labels.ts';
import { docker, engineVersion } from '../../src/emulators/engine.ts';
import { ensureEngine } from '../../src/emulators/ensure-engine.ts';
import type { Engine } from '../../src/emulators/ensure-engine.ts';
import { startEmulator } from '../../src/emulators/start-emulator.ts';
import { end, firstLine, start } from './run-program.ts';

/** From nothing, local-kms is built first. */
const cold = 400_000;

let engine: Engine | undefined;

beforeAll(async () => {
  engine = await ensureEngine();
});

afterAll(async () => {
  await engine?.stop();
});

const needsEngine = ({ skip }: TestContext): void =>
  skip(engine === undefined, 'needs a container engine: apt-get install docker.io');

const containers = async (id: string | undefined): Promise<number> =>
  (await docker(containersOf(id ?? ''))).split('\n').filter(Boolean).length;

describe('local-kms in a container', () => {
  it(
    'is what is taken where an engine answers, and is gone afterwards',
    { timeout: cold },
    async (context) => {
      needsEngine(context);
      const kms = await startEmulator('local-kms');
      expect(kms.how).toBe('container');
      expect(await containers(kms.id)).toBe(1);
      expect((await fetch(kms.address)).status).toBe(405);
      await kms.stop();
      expect(await containers(kms.id)).toBe(0);
    },
  );

  it('stays behind a starter that is killed, until it is swept away', { timeout: cold }, async (context) => {
    needsEngine(context);
    const starter = start('start-container');
    const [address = '', id] = (await firstLine(starter)).split(' ');
    await sweepContainers();
    expect(await containers(id)).toBe(1);
    await end(starter, 'SIGKILL');
    expect((await fetch(address)).status).toBe(405);
    expect(await sweepContainers()).toBeGreaterThan(0);
    expect(await containers(id)).toBe(0);
  });

  it('ends with a starter that is interrupted', { timeout: cold }, async (context) => {
    needsEngine(context);
    const starter = start('start-container');
    const [, id] = (await firstLine(starter)).split(' ');
    const ended = once(starter, 'close');
    starter.kill('SIGINT');
    await ended;
    expect(await containers(id)).toBe(0);
  });
});

describe('an engine', () => {
  it('is not taken down while another one here needs it', async (context) => {
    needsEngine(context);
    const other = await ensureEngine();
    expect(other).toMatchObject({ version: engine?.version, own: engine?.own });
    await other?.stop();
    expect(await engineVersion()).toBe(engine?.version);
  });
});
