/** Makes a token, says where it is, and stays: for tests that end this process in the middle. */
import process from 'node:process';
import { startToken } from '../../../src/emulators/tokens/start-token.ts';

const token = await startToken('softhsm2');
process.stdout.write(`${token.folder}\n`);
setInterval(() => {}, 60_000);
