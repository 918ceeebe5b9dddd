import { parseSync } from 'vite';

/** One small change of one source file. */
export interface Mutant {
  readonly file: string;
  /** What kind of change it is. */
  readonly operator: string;
  /** The line that is changed, as it stands, without its indentation. */
  readonly code: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A node of the syntax tree, as far as is used here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

/** A change of a node: what is put in the place of which octets. */
interface Change {
  readonly operator: string;
  readonly at: Pick<Node, 'start' | 'end'>;
  readonly replacement: string;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

const otherOperator: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
};

function swap(node: Node, source: string): readonly Change[] {
  const { left, right, operator } = node;
  const other = otherOperator[String(operator)];
  if (other === undefined || !isNode(left) || !isNode(right)) return [];
  // A minus sign does nothing sensible to texts: what it would make is noticed at once.
  if (operator === '+' && /['"`]/.test(source.slice(node.start, node.end))) return [];
  const at = source.indexOf(String(operator), left.end);
  return [
    {
      operator: `${String(operator)} becomes ${other}`,
      at: { start: at, end: at + String(operator).length },
      replacement: other,
    },
  ];
}

function negate(node: Node, source: string): readonly Change[] {
  const { test } = node;
  if (!isNode(test)) return [];
  const replacement = `!(${source.slice(test.start, test.end)})`;
  return [{ operator: 'a condition negated', at: test, replacement }];
}

const leaves = new Set(['ThrowStatement', 'ReturnStatement', 'ContinueStatement', 'BreakStatement']);

/** A guard is a condition under which the function is left. */
function withoutGuard(node: Node): readonly Change[] {
  const { test, consequent, alternate } = node;
  if (!isNode(test) || !isNode(consequent) || isNode(alternate)) return [];
  const body = consequent['body'];
  const last =
    consequent.type === 'BlockStatement' && Array.isArray(body) ? (body.at(-1) as unknown) : consequent;
  if (!isNode(last) || !leaves.has(last.type)) return [];
  return [{ operator: 'a guard taken out', at: test, replacement: 'false' }];
}

const checks = /^(?:check|require|refuse|forbid|assert|throwIf)|\.(?:check|require|throwIfAborted)\w*$/;

function withoutCheck(node: Node, source: string): readonly Change[] {
  const { expression } = node;
  if (!isNode(expression) || expression.type !== 'CallExpression' || !isNode(expression['callee'])) return [];
  const { start, end } = expression['callee'];
  return checks.test(source.slice(start, end))
    ? [{ operator: 'a check taken out', at: node, replacement: ';' }]
    : [];
}

function changeLiteral({ value, start, end }: Node): readonly Change[] {
  if (typeof value === 'boolean')
    return [{ operator: 'a boolean turned', at: { start, end }, replacement: String(!value) }];
  if (typeof value === 'number')
    return [{ operator: 'one more', at: { start, end }, replacement: String(value + 1) }];
  return [];
}

const changesOf: Readonly<Record<string, (node: Node, source: string) => readonly Change[]>> = {
  BinaryExpression: swap,
  LogicalExpression: swap,
  IfStatement: (node, source) => [...negate(node, source), ...withoutGuard(node)],
  ConditionalExpression: negate,
  WhileStatement: () => [],
  ThrowStatement: (node) => [{ operator: 'a throw taken out', at: node, replacement: ';' }],
  ExpressionStatement: withoutCheck,
  Literal: changeLiteral,
};

/** Types are gone before anything runs; what is in their place is read through. */
const transparent = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (!isNode(value)) return;
  if (transparent.has(value.type)) return walk(value['expression'], visit);
  if (value.type.startsWith('TS') || value.type === 'ImportDeclaration') return;
  visit(value);
  for (const [name, member] of Object.entries(value)) if (name !== 'parent') walk(member, visit);
}

/** Every mutant of a source file, in the order of their places. */
export function findMutants(file: string, source: string): readonly Mutant[] {
  const { program, errors } = parseSync(file, source, { lang: 'ts' });
  if (errors.length > 0) throw new Error(`${file} cannot be parsed`);
  const mutants: Mutant[] = [];
  walk(program, (node) => {
    for (const { operator, at, replacement } of changesOf[node.type]?.(node, source) ?? []) {
      const before = source.slice(0, at.start).split('\n');
      const code = (source.split('\n')[before.length - 1] ?? '').trim();
      mutants.push({ file, operator, code, line: before.length, start: at.start, end: at.end, replacement });
    }
  });
  return mutants.toSorted(
    (one, other) => one.start - other.start || one.operator.localeCompare(other.operator),
  );
}

/** The source with the change in it. */
export function mutate(source: string, { start, end, replacement }: Mutant): string {
  return `${source.slice(0, start)}${replacement}${source.slice(end)}`;
}
