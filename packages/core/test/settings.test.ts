import { describe, expect, it, vi } from 'vitest';
import { createKeyManager } from '../src/index.ts';
import { resolveSettings } from '../src/settings.ts';
import { FakeVault, stillSettings } from './fake-vault.ts';

describe('settings', () => {
  it('have defaults', () => {
    expect(resolveSettings()).toMatchObject({
      strictNames: true,
      stateTtl: 300_000,
      timeout: 60_000,
      maxAttempts: 4,
      baseDelay: 100,
      maxDelay: 10_000,
      clock: Date.now,
      random: Math.random,
    });
  });

  it.each([
    { stateTtl: -1 },
    { timeout: 0 },
    { timeout: Number.NaN },
    { retry: { maxAttempts: 0 } },
    { retry: { baseDelay: -1 } },
    { retry: { maxDelay: -1 } },
  ])('refuse %j', (settings) => {
    expect(() => resolveSettings(settings)).toThrow(/at least/);
  });

  it.each([{ colour: 1 }, { retry: { attempts: 1 } }, { timeout: '1' }, 7, []])(
    'throw TypeError for %j',
    (settings) => {
      expect(() => resolveSettings(settings as never)).toThrow(TypeError);
    },
  );

  it('take names that this vault alone can name where strictNames is off', async () => {
    const { driver } = new FakeVault();
    const manager = createKeyManager(driver, { ...stillSettings().settings, strictNames: false });
    expect((await manager.createEcKey('Not_Portable')).name).toBe('Not_Portable');
  });
});

describe('the standard sleep', () => {
  it('waits as long as it is told, and ends at once when the signal fires', async () => {
    vi.useFakeTimers();
    try {
      const { sleep } = resolveSettings();
      const slept = vi.fn<() => void>();
      const sleeping = sleep(1000).then(slept);
      await vi.advanceTimersByTimeAsync(999);
      expect(slept).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await sleeping;
      const controller = new AbortController();
      const cut = sleep(1000, controller.signal);
      controller.abort();
      await expect(cut).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      await expect(sleep(1000, AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      const whole = sleep(10, new AbortController().signal);
      await vi.advanceTimersByTimeAsync(10);
      await whole;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
