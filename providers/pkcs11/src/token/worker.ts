import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { Connection } from './connection.ts';
import { toFailure } from './failures.ts';
import { JobLoop } from './job-loop.ts';
import type { FromWorker, ToWorker, WorkerStart } from './wire.ts';
import { LoginRequests } from './login-requests.ts';

function start(port: MessagePort): void {
  const tell = (message: FromWorker): void => port.postMessage(message);
  const more = (): ToWorker | undefined => receiveMessageOnPort(port)?.message as ToWorker | undefined;
  const requests = new LoginRequests(tell);
  const given = workerData as WorkerStart;
  try {
    const loop = new JobLoop(new Connection(given, requests), given, { tell, more, requests });
    port.on('message', (message: ToWorker) => loop.take(message));
    tell({ kind: 'loaded' });
  } catch (error) {
    tell({ kind: 'failed', failure: toFailure(error) });
  }
}

if (parentPort === null) throw new Error('This is the entry of a worker thread');
start(parentPort);
