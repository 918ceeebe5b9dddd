import type { Readable } from 'node:stream';

const most = 4_000;

/** Keeps the last characters that a program has written. */
export interface OutputTail {
  read(stream: Readable): void;
  text(): string;
}

/** Begins to keep. */
export function outputTail(): OutputTail {
  let kept = '';
  return {
    read: (stream) =>
      void stream.on('data', (chunk: Buffer | string) => {
        kept = (kept + chunk.toString()).slice(-most);
      }),
    text: () => kept.trim(),
  };
}
