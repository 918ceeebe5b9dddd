import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultModule } from '../../proof/shim/fault-module.ts';
import { runBaseline } from '../../proof/baseline/run-baseline.ts';
import { nssToken, softHsmToken } from '../fixtures/soft-tokens.ts';

describe('the baseline program', () => {
  it.each([
    ['SoftHSM2', 'RS256', softHsmToken],
    ['SoftHSM2', 'ES256', softHsmToken],
    ['NSS', 'RS256', nssToken],
    ['NSS', 'ES256', nssToken],
  ] as const)('signs on %s with %s in each thread, and verifies', async (_, algorithm, make) => {
    const token = await make();
    const result = await runBaseline(token, { algorithm, threads: 2, seconds: 0.3 });
    expect(result).toMatchObject({ algorithm, threads: 2, verified: 2 });
    expect(result.signatures).toBeGreaterThan(0);
    expect((result.rate * result.seconds) / result.signatures).toBeCloseTo(1, 1);
  });

  it('is held up by a token that is slow', async () => {
    const token = await softHsmToken();
    const folder = join(token.folder, 'slow');
    mkdirSync(folder);
    const faults = await faultModule(token.module, folder, { log: false });
    faults.setFaults([{ function: 'C_Sign', when: 'before', action: { do: 'delay', milliseconds: 20 } }]);
    const { module, environment } = faults;
    const slow = { algorithm: 'ES256', threads: 1, seconds: 0.5, module, environment } as const;
    const { rate } = await runBaseline(token, slow);
    expect(rate).toBeLessThanOrEqual(50);
    expect(rate).toBeGreaterThan(5);
  });

  it('ends with a message where a PIN is wrong', async () => {
    const token = { ...(await softHsmToken()), pin: 'wrong-pin' };
    const run = runBaseline(token, { algorithm: 'ES256', threads: 1, seconds: 0.1 });
    await expect(run).rejects.toThrow(/C_Login gave 0xa0/);
  });
});
