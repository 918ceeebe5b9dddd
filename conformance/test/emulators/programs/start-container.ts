/** Starts local-kms in a container, says where it is, and stays: for a test that kills this process. */
import process from 'node:process';
import { startEmulator } from '../../../src/emulators/start-emulator.ts';

const kms = await startEmulator('local-kms', { how: 'container' });
process.stdout.write(`${kms.address} ${kms.id}\n`);
setInterval(() => {}, 60_000);
