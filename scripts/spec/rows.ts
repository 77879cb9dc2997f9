import { operationIds, routeKey } from './routes.ts';

/** One checklist of the specification: a document, the kind of key, and the keys of its rows. */
export interface Checklist {
  readonly document: string;
  /** First word of the keys, as in `[pipeline 12]`. */
  readonly kind: string;
  readonly rows: readonly string[];
}

/** Reads a document of the specification by its file name. */
export type ReadDocument = (name: string) => string;

interface Source {
  readonly document: string;
  readonly kind: string;
  /** Heading that begins the part of the document that holds the rows; it ends at the next one of that level. */
  readonly heading: string;
  readonly read: (part: string, read: ReadDocument) => readonly string[];
}

const CLI_UI_SDK = 'cli-ui-sdk.md';
const SOURCES: readonly Source[] = [
  { document: 'pipeline.md', kind: 'pipeline', heading: '## 11.', read: firstCells(/^\d+$/) },
  { document: 'runner-protocol.md', kind: 'runner', heading: '## 6.', read: firstCells(/^\d+$/) },
  { document: 'runner-protocol.md', kind: 'W', heading: '### 5.2', read: firstCells(/^W(\d+)$/) },
  { document: 'scm.md', kind: 'scm', heading: '# 6.', read: firstCells(/^X\d+$/) },
  { document: 'scm.md', kind: 'scm', heading: '# 8.', read: firstCells(/^[A-Z]\d+$/) },
  { document: 'api-v1.md', kind: 'api', heading: '## 3.', read: readRoutes },
  { document: 'api-v1.md', kind: 'go', heading: '### 6.2', read: readMethods(/^[A-Z]\w+$/) },
  { document: 'api-v1.md', kind: 'node', heading: '### 6.3', read: readMethods(/^[a-z]\w+$/) },
  { document: 'api-v1.md', kind: 'ledger', heading: '## 7.', read: firstCells(/^\d+$/) },
  { document: 'api-legacy.md', kind: 'legacy', heading: '### 6.2', read: firstCells(/^\d+$/) },
  { document: 'config-extensions-ops.md', kind: 'ops', heading: '## 12.', read: firstCells(/^C\d+$/) },
  { document: CLI_UI_SDK, kind: 'cli', heading: '## 5.1', read: firstCells(/^C\d+$/) },
  { document: CLI_UI_SDK, kind: 'sdk', heading: '## 5.2', read: firstCells(/^S\d+$/) },
  { document: CLI_UI_SDK, kind: 'ui', heading: '## 5.3', read: firstCells(/^U\d+$/) },
];

/** Reads every checklist. Throws when one has no rows: a renamed heading must not look like full coverage. */
export function readChecklists(read: ReadDocument): Checklist[] {
  const checklists = new Map<string, Checklist>();
  for (const source of SOURCES) {
    const { document, kind } = source;
    const found = source.read(partOf(read(document), source.heading), read);
    if (found.length === 0) throw new Error(`${document} has no rows under "${source.heading}"`);
    const rows = [...new Set([...(checklists.get(document + kind)?.rows ?? []), ...found])];
    checklists.set(document + kind, { document, kind, rows });
  }
  return [...checklists.values()];
}

/** One spelling per key: `C055` and `c55` are the same row, `{owner}` and `:owner` the same parameter. */
export function normaliseKey(kind: string, row: string): string {
  const text = row.trim();
  if (/^(GET|POST|PUT|PATCH|DELETE) /.test(text)) return `${kind} ${routeKey(text)}`;
  return `${kind} ${text.replace(/^([A-Za-z]?)0+(?=\d)/, '$1')}`.toLowerCase();
}

function partOf(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${heading} `));
  const level = heading.split(' ')[0]?.length ?? 0;
  const rest = start === -1 ? [] : lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line) && (line.split(' ')[0]?.length ?? 0) <= level);
  return rest.slice(0, end === -1 ? undefined : end).join('\n');
}

function firstCells(pattern: RegExp): (part: string) => string[] {
  return (part) =>
    tableRows(part).flatMap(([cell = '']) => {
      const match = pattern.exec(cell);
      return match === null ? [] : [match[1] ?? match[0]];
    });
}

/** Tables of two method columns; a cell may name several methods. */
function readMethods(pattern: RegExp): (part: string) => string[] {
  return (part) =>
    tableRows(part)
      .filter((cells) => cells[0] !== 'method')
      .flatMap((cells) => [cells[0] ?? '', cells[2] ?? ''])
      .flatMap((cell) => cell.split(',').map((name) => name.trim()))
      .filter((name) => pattern.test(name));
}

function readRoutes(part: string, read: ReadDocument): string[] {
  const ids = operationIds(read('drone-openapi.yml'));
  const routes = tableRows(part).flatMap(([cell = '']) =>
    [...cell.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`/g)].map((match) => routeKey(match[1] ?? '')),
  );
  return [...ids.values(), ...routes.map((route) => ids.get(route) ?? route)];
}

function tableRows(part: string): string[][] {
  return part
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.replaceAll('**', '').trim()),
    );
}
