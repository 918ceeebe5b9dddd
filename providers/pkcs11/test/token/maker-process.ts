import process from 'node:process';
import { createInterface } from 'node:readline';
import { openToken } from '../../src/token/open-token.ts';

/** A process that makes a data object of each label it reads, and says which labels it sees when it is asked with an empty line. */
async function obey(module: string, label: string, pin: string): Promise<void> {
  const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
  const token = await openToken({ module, label, pin: octets, workers: 1 });
  const call = { signal: new AbortController().signal, deadline: Date.now() + 60_000 };
  process.stdout.write('open\n');
  for await (const line of createInterface(process.stdin)) {
    if (line === '') {
      const request = { template: { class: 0 }, attributes: ['label'] } as const;
      const found = await token.run('findAndRead', request, call);
      process.stdout.write(`${JSON.stringify(found.map(({ attributes }) => attributes.label))}\n`);
    } else {
      const template = { class: 0, token: true, private: true, label: line, value: new Uint8Array(8) };
      await token.run('create', { template }, call);
      process.stdout.write('made\n');
    }
  }
  await token.close();
}

const [, , module, label, pin] = process.argv;
if (module !== undefined && label !== undefined && pin !== undefined) await obey(module, label, pin);
