/** Makes a folder of a cache, and writes down that it did: `node make-once.ts FOLDER LOG`. */
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { onceInCache } from '../../../src/emulators/once-in-cache.ts';

const [folder = '', log = ''] = process.argv.slice(2);

await onceInCache(folder, async (fresh) => {
  await appendFile(log, 'made\n');
  // Long enough for the others to come by while it is being made.
  await after(300);
  await writeFile(join(fresh, 'thing'), 'made');
});
process.stdout.write('there\n');
