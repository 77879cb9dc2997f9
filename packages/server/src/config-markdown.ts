/** A Markdown table with aligned columns, in the form that the formatter of the repository keeps. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    renderLine(widths.map((width, column) => (row[column] ?? '').padEnd(width))),
  );
  lines.splice(1, 0, renderLine(widths.map((width) => '-'.repeat(width))));
  return lines.map((line) => `${line}\n`).join('');
}

function renderLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
