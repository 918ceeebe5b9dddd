// Opens a token, and makes a random block in a worker thread. Where that does not answer, the main thread says so.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const pkcs11js = createRequire(import.meta.url)('pkcs11js');
const patience = 300;

function open(module, label, pin) {
  const lib = new pkcs11js.PKCS11();
  lib.load(module);
  try {
    lib.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  } catch (error) {
    if (error.code !== pkcs11js.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
  const slot = lib.C_GetSlotList(true).find((slot) => lib.C_GetTokenInfo(slot).label.trim() === label);
  const session = lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION);
  if (isMainThread) lib.C_Login(session, pkcs11js.CKU_USER, pin);
  return { lib, session };
}

if (isMainThread) {
  const [module, label, pin] = process.argv.slice(2);
  open(module, label, pin);
  const worker = new Worker(new URL(import.meta.url), { workerData: { module, label } });
  const isHeld = () =>
    readFileSync(process.env.KEYWAY_SHIM_LOG, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${process.pid}\t`) && /\t(?:hang|vanish)$/.test(line));
  const look = setInterval(() => {
    if (!isHeld()) return;
    clearInterval(look);
    setTimeout(() => process.stdout.write('no answer\n'), patience);
    // One that is gone for good cannot be waited for.
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 4 * patience);
  }, 20);
  worker.once('message', (message) => {
    clearInterval(look);
    process.stdout.write(`${message}\n`);
  });
  worker.once('exit', () => process.exit(0));
} else {
  const { lib, session } = open(workerData.module, workerData.label);
  try {
    parentPort.postMessage(`random ${lib.C_GenerateRandom(session, Buffer.alloc(8)).toString('hex')}`);
  } catch (error) {
    parentPort.postMessage(`failed: ${error.message}`);
  }
}
