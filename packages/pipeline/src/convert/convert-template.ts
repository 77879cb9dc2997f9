import type { Finding } from '@sortie/core/finding';
import { renderTemplate } from '@sortie/gotemplate/render';
import { TemplateError } from '@sortie/gotemplate/template-error';
import { intlZone } from '@sortie/gotemplate/time/intl-zone';
import { parseDocuments } from '../documents.ts';
import { createFindingLog, type FindingLog } from '../finding-log.ts';
import { splitDocuments } from '../split.ts';
import type { MapEntry, MapNode, TreeDocument } from '../tree.ts';
import { entriesOf, isNull } from '../tree.ts';
import type { ConfigSource, ConvertContext } from './conversion.ts';
import { type Generated, renderJsonnetTemplate } from './convert-jsonnet.ts';
import { convertStarlark } from './convert-starlark.ts';
import { engineFinding } from './engine-finding.ts';
import { isPlainMap, type PlainData, toPlainData } from './plain-data.ts';
import { templateValues } from './template-values.ts';
import { YAML_FUNCTIONS } from './yaml-functions.ts';

/** Each template may take a second, so a file with hundreds of calls would hold up the server. */
const MAX_CALLS = 50;
/** What all text templates of a file may take together. */
const TEXT_STEPS = 1_000_000;

export interface Expansion extends Generated {
  readonly wantedTemplates?: readonly string[];
}

/** Cheap enough for every file; decides nothing but whether to parse. */
export function mayUseTemplates(text: string): boolean {
  return /^[ \t{"']*kind["']?[ \t]*:.*template/m.test(text);
}

/**
 * Replaces each document of kind `template` by what its template makes of it; other documents stay as they are
 * (pipeline.md 9.2). `undefined` for a file without such documents.
 */
export function expandTemplates(source: ConfigSource, context: ConvertContext): Expansion | undefined {
  const log = createFindingLog(source.path);
  const documents = parseDocuments(source.text, log);
  const calls = new Map(documents.filter(isTemplate).map((document) => [document.index, document]));
  if (calls.size === 0) return undefined;
  if (calls.size > MAX_CALLS) reportTooMany(log, [...calls.values()]);
  if (log.hasErrors()) return { text: '', findings: log.list() };
  const parts: string[] = [];
  const results: Expansion[] = [];
  for (const part of splitDocuments(source.text)) {
    const call = calls.get(part.index);
    if (call === undefined) parts.push(part.text);
    else {
      const result = expand(call, { ...context, calls: calls.size }, log);
      results.push(result);
      parts.push(...splitDocuments(result.text).map(({ text }) => text));
    }
  }
  const findings = [...log.list(), ...results.flatMap((result) => result.findings)];
  const wantedTemplates = results.flatMap((result) => result.wantedTemplates ?? []);
  return {
    text: parts.map((text) => `---\n${text}`).join(''),
    findings,
    printed: results.flatMap((result) => result.printed ?? []),
    ...(wantedTemplates.length > 0 ? { wantedTemplates } : {}),
  };
}

type MapDocument = TreeDocument & { readonly root: MapNode };

function isTemplate({ root }: MapDocument): boolean {
  const kind = entriesOf(root).get('kind')?.value;
  return kind?.kind === 'scalar' && kind.text === 'template';
}

/** `calls` is the number of templates that share the limits. */
type CallContext = ConvertContext & { readonly calls: number };

function expand(document: MapDocument, context: CallContext, log: FindingLog): Expansion {
  const entries = entriesOf(document.root);
  const name = readName(document, entries, log);
  const data = readData(document, entries, log);
  if (name === undefined || data === undefined) return { text: '', findings: [] };
  if (!context.templates.has(name)) return { text: '', findings: [], wantedTemplates: [name] };
  const text = context.templates.get(name);
  if (text !== undefined) return render(name, text, context, data);
  report(log, document, 'load', entries, {
    code: 'template-missing',
    message: `The namespace ${JSON.stringify(context.repo.namespace)} has no template ${JSON.stringify(name)}.`,
    hint: 'Create it, or correct the name; names are given with their ending.',
  });
  return { text: '', findings: [] };
}

const ENGINES: Readonly<Record<string, 'text' | 'starlark' | 'jsonnet'>> = {
  yml: 'text',
  yaml: 'text',
  star: 'starlark',
  starlark: 'starlark',
  script: 'starlark',
  jsonnet: 'jsonnet',
};

function render(
  name: string,
  text: string,
  context: CallContext,
  data: ReadonlyMap<string, PlainData>,
): Generated {
  const engine = ENGINES[endingOf(name)];
  if (engine === 'starlark') return convertStarlark({ path: name, text }, context, data);
  if (engine === 'jsonnet')
    return catchingTemplate(() => renderJsonnetTemplate({ path: name, text }, context, data));
  return catchingTemplate(() => {
    const options = {
      name,
      data: templateValues(context, data),
      now: context.now,
      hashes: context.hashes,
      yaml: YAML_FUNCTIONS,
      zones: intlZone,
      limits: { steps: Math.ceil(TEXT_STEPS / context.calls) },
    };
    return { text: renderTemplate(text, options), findings: [] };
  });
}

function reportTooMany(log: FindingLog, documents: readonly MapDocument[]): void {
  const first = documents[MAX_CALLS];
  if (first === undefined) return;
  report(log, first, 'load', new Map(), {
    code: 'too-many-templates',
    message: `The file loads more than ${MAX_CALLS} templates.`,
    hint: 'Let one template make several documents.',
  });
}

function catchingTemplate(work: () => Generated): Generated {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { text: '', findings: [engineFinding('template', error)] };
  }
}

function readName(
  document: MapDocument,
  entries: ReadonlyMap<string, MapEntry>,
  log: FindingLog,
): string | undefined {
  const node = entries.get('load')?.value;
  if (node === undefined || node.kind !== 'scalar' || isNull(node) || node.text === '') {
    report(log, document, 'load', entries, {
      code: 'template-load',
      message: 'The document names no template.',
      hint: 'Add "load: NAME", where the name ends in .yml, .yaml, .star, .starlark, .script or .jsonnet.',
    });
    return undefined;
  }
  if (Object.hasOwn(ENGINES, endingOf(node.text))) return node.text;
  report(log, document, 'load', entries, {
    code: 'template-ending',
    message: `The template ${JSON.stringify(node.text)} has an ending that says nothing.`,
    hint: `Templates end in ${Object.keys(ENGINES)
      .map((ending) => `.${ending}`)
      .join(', ')}.`,
  });
  return undefined;
}

function readData(
  document: MapDocument,
  entries: ReadonlyMap<string, MapEntry>,
  log: FindingLog,
): ReadonlyMap<string, PlainData> | undefined {
  const node = entries.get('data')?.value;
  if (node === undefined || isNull(node)) return new Map();
  const data = toPlainData(node);
  if (isPlainMap(data)) return data;
  report(log, document, 'data', entries, {
    code: 'wrong-type',
    message: '"data" must be a map.',
    hint: 'Write "NAME: value" lines under "data:".',
  });
  return undefined;
}

function report(
  log: FindingLog,
  { index, root }: MapDocument,
  key: string,
  entries: ReadonlyMap<string, MapEntry>,
  remark: Pick<Finding, 'code' | 'message'> & { readonly hint: string },
): void {
  const entry = entries.get(key);
  log.add(index, {
    severity: 'error',
    ...remark,
    at: entry?.value ?? root,
    path: entry === undefined ? [] : [key],
  });
}

function endingOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
