/** A Markdown table. Cells are Markdown; a bar in one is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Names in code spans, separated by spaces. */
export function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' ');
}
