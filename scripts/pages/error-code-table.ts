import { readFileSync } from 'node:fs';
import { keyManagerErrorCodes } from '@keyway/core';
import { markdownTable } from './markdown-table.ts';

const source = new URL('../../packages/core/src/errors.ts', import.meta.url);
const row = /^ \* \| `(ERR_[A-Z_]+)` \| (.+) \|$/gm;

/** All error codes with their meaning, as the doc comment beside them says. A code without a row is an error. */
export function errorCodeTable(): string {
  const meanings = new Map(
    [...readFileSync(source, 'utf8').matchAll(row)].map(([, code = '', meaning = '']) => [code, meaning]),
  );
  const lines = keyManagerErrorCodes.map((code) => {
    const meaning = meanings.get(code);
    if (meaning === undefined) throw new Error(`The doc comment of errors.ts has no row for ${code}`);
    return [`[\`${code}\`](#${code.toLowerCase()})`, meaning];
  });
  if (meanings.size !== lines.length)
    throw new Error('The doc comment of errors.ts has a row for a code that is none');
  return markdownTable(['code', 'meaning'], lines);
}
