import type { Route } from '@sortie/contract/route';
import { ERROR_CODES } from '@sortie/core/errors';
import { SCOPES } from '@sortie/core/token';
import { audienceOf, exampleOf, type Field, fieldsOf, typeOf } from './describe.ts';
import { groupBySubject } from './groups.ts';

export interface PageInput {
  readonly routes: readonly Route[];
  /** Address of the server without a trailing slash. */
  readonly publicUrl: string;
  readonly version: string;
}

/** The reference of the interface as one page without scripts, readable offline and with any browser. */
export function renderApiPage(input: PageInput): string {
  const groups = [...groupBySubject(input.routes)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sortie: API reference</title>
<link rel="stylesheet" href="${toHtml(input.publicUrl)}/docs/api/style.css">
</head>
<body>
<header>
<h1>API reference</h1>
<p>Sortie ${toHtml(input.version)} at <code>${toHtml(input.publicUrl)}</code>. The same as an
<a href="${toHtml(input.publicUrl)}/api/openapi.json">OpenAPI 3.1 document</a>, and as
<a href="${toHtml(input.publicUrl)}/llms.txt">text for agents</a>.</p>
</header>
<nav aria-label="Subjects"><ul>${groups.map(([subject]) => `<li><a href="#${idOf(subject)}">${toHtml(subject)}</a></li>`).join('')}</ul></nav>
<main>
${renderIntroduction()}
${groups.map(([subject, routes]) => renderGroup(subject, routes, input)).join('\n')}
${renderErrors()}
</main>
</body>
</html>
`;
}

function renderIntroduction(): string {
  const scopes = Object.entries(SCOPES)
    .map(([scope, meaning]) => `<tr><td><code>${scope}</code></td><td>${toHtml(meaning)}</td></tr>`)
    .join('');
  return `<section id="basics"><h2>Basics</h2>
<p>Send a token as <code>Authorization: Bearer …</code>. Bodies are JSON, or form fields. Times are unix seconds.
Every error is a problem (RFC 9457) with a stable <code>error_code</code> and a <code>hint</code>.</p>
<p>A <code>POST</code> with an <code>Idempotency-Key</code> header can be repeated: the same key and body give the same answer
for 24 hours. Builds and lists carry an <code>ETag</code>.</p>
<h3>Scopes of tokens</h3>
<table><thead><tr><th scope="col">Scope</th><th scope="col">Lets the token</th></tr></thead><tbody>${scopes}</tbody></table>
</section>`;
}

function renderGroup(subject: string, routes: readonly Route[], input: PageInput): string {
  return `<section id="${idOf(subject)}"><h2>${toHtml(subject)}</h2>
${routes.map((route) => renderRoute(route, input)).join('\n')}
</section>`;
}

function renderRoute(route: Route, { publicUrl }: PageInput): string {
  const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{…}');
  const errors = (route.errors ?? []).map((code) => `<a href="#error-${code}"><code>${code}</code></a>`);
  return `<article id="${toHtml(route.id)}">
<h3><span class="method ${route.method.toLowerCase()}">${route.method}</span> <code>${toHtml(path)}</code></h3>
<p>${inline(route.summary)}</p>
<p class="audience">For ${toHtml(audienceOf(route))}.${route.isAudited === true ? ' Noted in the audit log.' : ''}</p>
${renderFields('Query', route.query)}${renderFields('Body', route.body)}${renderAnswer(route)}
${errors.length === 0 ? '' : `<p>Its own errors: ${errors.join(', ')}.</p>`}
<pre><code>${toHtml(exampleOf(route, publicUrl))}</code></pre>
</article>`;
}

function renderAnswer(route: Route): string {
  const others = (route.produces ?? []).map((type) => `<code>${toHtml(type)}</code>`);
  if (route.reply === undefined) {
    return `<p>Answers ${others.length === 0 ? '204 without a body' : others.join(', ')}.</p>\n`;
  }
  const also = others.length === 0 ? '' : ` (${others.join(', ')})`;
  const fields = fieldsOf(route.reply);
  const summary = `<p>Answers ${toHtml(typeOf(route.reply))}${also}.</p>\n`;
  if (fields.length === 0) return summary;
  return `${summary}<details><summary>Members of the answer</summary>${renderTable(fields)}</details>\n`;
}

function renderFields(title: string, schema: Route['query']): string {
  const fields = fieldsOf(schema);
  return fields.length === 0 ? '' : `<h4>${title}</h4>${renderTable(fields)}\n`;
}

function renderTable(fields: readonly Field[]): string {
  const rows = fields.map(
    ({ name, type, isRequired, description }) =>
      `<tr><td><code>${toHtml(name)}</code>${isRequired ? '' : ' <small>optional</small>'}</td><td>${toHtml(type)}</td><td>${inline(description)}</td></tr>`,
  );
  return `<table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function renderErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, summary }]) =>
      `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${toHtml(summary)}</td></tr>`,
  );
  return `<section id="errors"><h2>Errors</h2>
<table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>
</section>`;
}

function idOf(subject: string): string {
  return subject.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** Text with `code` in back-ticks. */
function inline(text: string): string {
  return toHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function toHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
