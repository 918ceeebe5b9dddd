import type { Capabilities, CapabilityRow, Operation } from '@keyway/core';
import { algorithmRows, operations } from '@keyway/core';
import { codes, markdownTable } from './markdown-table.ts';

type Rows = readonly CapabilityRow[];

const rowsOf = ({ rows }: Capabilities, operation: Operation): Rows =>
  rows.filter((row) => row.operation === operation);

/** What a row is about beside its operation: an algorithm, a curve, a key type with its size. */
function subject({ algorithm, keyType, curve, size }: CapabilityRow): string {
  return algorithm ?? curve ?? [keyType, size].filter((part) => part !== undefined).join(' ');
}

/** The same for what is refused, among all rows of its operation: a curve may be refused in hardware alone. */
function refusedSubject(row: CapabilityRow, rows: Rows): string {
  const { curve, keyType } = row;
  const elsewhere = curve !== undefined && supported(rows).some((other) => other.curve === curve);
  return elsewhere ? `${keyType} ${curve}` : subject(row);
}

function supported(rows: Rows): Rows {
  return rows.filter((row) => row.support !== 'unsupported');
}

/** In one word what a vault does for an operation: the best support of its rows. */
function support(rows: Rows): string {
  const best = rows.find((row) => row.support === 'native') ?? supported(rows)[0];
  return best?.support ?? 'unsupported';
}

function limitsOf(rows: Rows): readonly string[] {
  const all = rows.flatMap(({ limits = {} }) =>
    Object.entries(limits).map(([name, value]) => `${name} ${value}`),
  );
  return [...new Set(all)];
}

/** Reasons for what is not supported, each once, with what they are about. */
function reasons(rows: Rows): readonly string[] {
  const groups = Map.groupBy(
    rows.filter((row) => row.support === 'unsupported'),
    ({ note, alternative, keyType }) => {
      const instead = keyType === undefined && alternative !== undefined ? `; instead: ${alternative}` : '';
      return `${note}${instead}`;
    },
  );
  return [...groups].map(([reason, group]) => {
    const subjects = [...new Set(group.map((row) => refusedSubject(row, rows)))].filter(
      (name) => name !== '',
    );
    return subjects.length === 0 ? reason : `${codes(subjects)}: ${reason}`;
  });
}

/** What an operation is supported for, or why it is not. */
function detail(rows: Rows): string {
  const names = [...new Set(supported(rows).map(subject))].filter((name) => name !== '');
  const remarks = supported(rows).length === 0 ? reasons(rows) : limitsOf(rows);
  return [codes(names), ...remarks].filter((text) => text !== '').join(', ');
}

/** The overview: operations with the same support in one line, in the order of the contract. */
export function operationTable(capabilities: Capabilities): string {
  const lines = operations.map((operation) => {
    const rows = rowsOf(capabilities, operation);
    return { operation, support: support(rows), detail: detail(rows) };
  });
  const groups = Map.groupBy(lines, (line) => `${line.support} ${line.detail}`);
  return markdownTable(
    ['operations', 'support', 'of what'],
    [...groups.values()].map((group) => [
      codes(group.map(({ operation }) => operation)),
      group[0]?.support ?? '',
      group[0]?.detail ?? '',
    ]),
  );
}

function keyTable(capabilities: Capabilities): string {
  const lines = (['createKey', 'importKey'] as const).map((operation) => {
    const rows = rowsOf(capabilities, operation);
    return [
      `\`${operation}\``,
      codes([...new Set(supported(rows).map(subject))]),
      reasons(rows).join('<br>'),
    ];
  });
  return markdownTable(['operation', 'keys', 'not'], lines);
}

const cryptographic = [
  'encrypt',
  'decrypt',
  'wrapKey',
  'unwrapKey',
  'sign',
  'verify',
  'signData',
  'verifyData',
] as const;

function algorithmTable(capabilities: Capabilities): string {
  const lines = algorithmRows.map(({ name }) => [
    `\`${name}\``,
    ...cryptographic.map((operation) => {
      const row = rowsOf(capabilities, operation).find(({ algorithm }) => algorithm === name);
      return row === undefined ? '' : row.support;
    }),
  ]);
  return markdownTable(['algorithm', ...cryptographic.map((operation) => `\`${operation}\``)], lines);
}

function stateTable({ state }: Capabilities): string {
  const lines = Object.entries(state).map(([name, { scope, enforcement, propagationMs }]) => {
    return [`\`${name}\``, scope, enforcement, propagationMs === 0 ? 'at once' : `${propagationMs} ms`];
  });
  return markdownTable(['property', 'kept for each', 'enforced by', 'seen by others'], lines);
}

function statements(capabilities: Capabilities): string {
  const {
    exclusive,
    usage,
    nameReuse,
    externalKeys,
    backup,
    restoresPolicy,
    rotationRunBy,
    requestId,
    limits,
  } = capabilities;
  const plain = {
    exclusive,
    usage,
    nameReuse,
    externalKeys,
    backup,
    restoresPolicy,
    rotationRunBy,
    ...limits,
  };
  const lines = Object.entries(plain).map(([name, value]) => [`\`${name}\``, String(value)]);
  const ids = Object.entries(requestId).map(([operation, answer]) => `\`${operation}\` ${answer}`);
  return markdownTable(['statement', 'value'], [...lines, ['`requestId`', ids.join(', ')]]);
}

/** The whole matrix of one vault. */
export function capabilityTables(capabilities: Capabilities): string {
  return [
    '**Operations**',
    operationTable(capabilities),
    '**Keys**',
    keyTable(capabilities),
    '**Algorithms**. An empty cell: the algorithm has no such operation.',
    algorithmTable(capabilities),
    '**State**',
    stateTable(capabilities),
    '**Statements**',
    statements(capabilities),
  ].join('\n\n');
}
