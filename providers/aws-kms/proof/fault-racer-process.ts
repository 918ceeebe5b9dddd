/** One of two processes that do something with one name at once: tells that it is ready, waits for a line, and says how it ended. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isKeyManagerError } from '@keyway/core';
import { openCellVault, vaultClient } from './faults/cell-vault.ts';
import { isRaceAct, raceActs } from './faults/race-acts.ts';

const [endpoint = '', account = '', prefix = '', act = ''] = process.argv.slice(2);
if (!isRaceAct(act)) throw new TypeError(`There is no act ${act}`);
const { manager, close } = openCellVault({ client: vaultClient(endpoint, account), account, prefix });
const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const _ of lines) break;
const ended = await raceActs[act](manager).then(
  () => 'done',
  (error: unknown) => (isKeyManagerError(error) ? error.code : `untyped ${String(error)}`),
);
process.stdout.write(`${ended}\n`);
lines.close();
await close();
process.exit();
