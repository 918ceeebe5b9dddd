/** Starts the toy, says where it is, and stays: for tests that end this process in the middle. */
import process from 'node:process';
import { startAsProcess } from '../../../src/emulators/start-process.ts';
import { toyRow } from '../toy-row.ts';

const toy = await startAsProcess(toyRow(), process.execPath);
process.stdout.write(`${toy.address}\n`);
setInterval(() => {}, 60_000);
