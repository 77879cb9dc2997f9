import type { StageRecord } from './history.ts';

/** What runs and ran here, newest first. */
export function stagesPage(name: string, records: readonly StageRecord[]): string {
  const rows = records.map((record) => {
    const { repo, build, stage } = record;
    const title = `${repo.slug} #${build.number}`;
    return row([
      `<a href="view?id=${stage.id}">${escapeText(title)}</a>`,
      escapeText(stage.name),
      escapeText(stage.status),
      escapeText(new Date(record.updatedMs).toISOString()),
    ]);
  });
  const head = row(['Build', 'Pipeline', 'Status', 'Changed'], 'th');
  const none = '<p>Nothing has run since this process started.</p>';
  return page(name, rows.length === 0 ? none : `<table>${head}${rows.join('')}</table>`);
}

/** One stage with its steps and the end of their output. */
export function stagePage(name: string, record: StageRecord): string {
  const { repo, build, stage, steps, tail } = record;
  const rows = steps.map((step) => {
    const why = step.error === '' ? step.reason : step.error;
    return row([escapeText(step.name), escapeText(step.status), String(step.exitCode), escapeText(why)]);
  });
  const head = row(['Step', 'Status', 'Exit code', 'Why'], 'th');
  const error = stage.error === '' ? '' : `<p>${escapeText(stage.error)}</p>`;
  const title = `${repo.slug} #${build.number}, ${stage.name}: ${stage.status}`;
  const log = `<h2>End of the output</h2><pre>${escapeText(tail.toString('utf8'))}</pre>`;
  return page(name, `<h2>${escapeText(title)}</h2>${error}<table>${head}${rows.join('')}</table>${log}`);
}

/** The last lines that the process itself has logged. */
export function logsPage(name: string, lines: readonly string[]): string {
  return page(name, `<h2>Log of this process</h2><pre>${escapeText(lines.join(''))}</pre>`);
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886}
pre{overflow:auto;padding:.8rem;border:1px solid #8886;white-space:pre-wrap;overflow-wrap:anywhere}nav a{margin-right:1rem}`;

function page(name: string, body: string): string {
  const title = `Runner ${escapeText(name)}`;
  const nav = '<nav><a href="./">Pipelines</a><a href="logs">Log</a><a href="metrics">Metrics</a></nav>';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><h1>${title}</h1>${nav}<main>${body}</main></body></html>
`;
}

function row(cells: readonly string[], tag: 'td' | 'th' = 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
