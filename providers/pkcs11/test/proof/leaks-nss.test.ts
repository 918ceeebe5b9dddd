import { it } from 'vitest';
import { expectNoLeaks } from './expect-no-leaks.ts';

// In a file of its own: a process loads the fault module once, before one library.
it('operations of all kinds on NSS, some of which fail, leave nothing', { timeout: 900_000 }, async () => {
  await expectNoLeaks('nss');
});
