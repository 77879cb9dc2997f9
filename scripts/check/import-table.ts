/** Who may import what, as written in docs/architecture.md: name to the names it may import. */
export type ImportTable = ReadonlyMap<string, ReadonlySet<string> | 'anything'>;

/**
 * Reads the Markdown table whose first heading cell is `heading` and whose second is "May import". A cell holds
 * names in back-ticks, or one of the words `nothing` and `anything`.
 * Throws when the table is not there or a cell cannot be read: a rule that nobody applies must not pass.
 */
export function readImportTable(page: string, heading: string): ImportTable {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => {
    const cells = cellsOf(line);
    return cells[0] === heading && cells[1] === 'May import';
  });
  if (head === -1) throw new Error(`docs/architecture.md has no table "${heading} | May import"`);
  const table = new Map<string, ReadonlySet<string> | 'anything'>();
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break;
    const [name = '', allowed = ''] = cellsOf(line);
    table.set(
      namesIn(name, line)[0] ?? '',
      allowed === 'anything' ? allowed : new Set(namesIn(allowed, line)),
    );
  }
  return table;
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function namesIn(cell: string, line: string): string[] {
  if (cell === 'nothing') return [];
  const names = [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  const rest = cell.replaceAll(/`[^`]+`/g, '').replaceAll(/[\s,]/g, '');
  if (names.length === 0 || rest !== '') throw new Error(`docs/architecture.md: cannot read "${line}"`);
  return names;
}
