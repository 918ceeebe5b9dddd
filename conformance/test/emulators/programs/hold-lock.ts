/** Takes a lock, says so, and keeps it: `node hold-lock.ts FILE`. */
import process from 'node:process';
import { withLock } from '../../../src/emulators/file-lock.ts';

await withLock(process.argv[2] ?? '', async () => {
  process.stdout.write('held\n');
  await new Promise(() => setInterval(() => {}, 60_000));
});
