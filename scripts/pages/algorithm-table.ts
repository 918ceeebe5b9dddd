import { algorithmRows } from '@keyway/core';
import type { AlgorithmRow } from '@keyway/core';
import { codes, markdownTable } from './markdown-table.ts';

function keyOf(row: AlgorithmRow): string {
  if (row.kind === 'encryption')
    return row.size === undefined ? row.family : `${row.family}, ${row.size} bits`;
  if (row.curve !== undefined) return `${row.family}, ${row.curve}`;
  return row.minSize === undefined ? row.family : `${row.family}, at least ${row.minSize} bits`;
}

function takes(row: AlgorithmRow): string {
  if (row.kind === 'encryption') return codes(row.operations);
  const pair =
    row.input === 'data' ? ['signData', 'verifyData'] : ['sign', 'verify', 'signData', 'verifyData'];
  return codes(pair);
}

function gives(row: AlgorithmRow): string {
  if (row.kind === 'encryption') {
    const parts = [
      row.ivLength === undefined ? '' : `IV ${row.ivLength}`,
      row.tagLength === undefined ? '' : `tag ${row.tagLength}`,
    ];
    return parts.filter((part) => part !== '').join(', ');
  }
  return row.signatureLength === 'modulus' ? 'octets of the modulus' : String(row.signatureLength);
}

/** All algorithms of the contract, from its own table. */
export function algorithmTable(): string {
  const lines = algorithmRows.map((row) => [
    `\`${row.name}\``,
    keyOf(row),
    takes(row),
    row.hash ?? '',
    gives(row),
    row.local ? 'yes' : '',
  ]);
  return markdownTable(
    ['algorithm', 'key', 'operations', 'hash', 'octets', 'with the public key, in this process'],
    lines,
  );
}
