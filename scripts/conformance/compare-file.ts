import type { CompileContext } from '@sortie/pipeline/compile-context';
import type { PipelineDocument } from '@sortie/pipeline/config';
import { readConfig } from '@sortie/pipeline/read';
import { compareConversion, convert } from './compare-conversion.ts';
import { comparePipeline } from './compare-pipeline.ts';
import { compareServer } from './compare-server.ts';
import { toContext } from './context.ts';
import type { Difference, differencesOf } from './difference.ts';
import type { Contexts, Golden, GoldenContext, GoldenPipeline } from './golden.ts';
import { inContext } from './golden.ts';

/** Every comparison of one file: its conversion, and per context the server and each pipeline. */
export async function* compareFile(
  golden: Golden,
  text: string,
  { contexts, pull_config }: Contexts,
): AsyncGenerator<readonly Difference[]> {
  const place = (context: string, part: string) => (found: ReturnType<typeof differencesOf>) =>
    found.map((difference) => ({ file: golden.file, context, part, ...difference }));
  const isLegacy = golden.format === '0.8';
  const source = isLegacy ? convert(golden.file, text, contexts) : text;
  if (isLegacy) yield place('-', 'conversion')(compareConversion(golden, source));
  const secrets = new Map((golden.secrets ?? []).map((name) => [name, `s3cret-${name}`]));
  for (const name of golden.pull_secrets ?? []) secrets.set(name, JSON.stringify(pull_config));
  for (const [name, context] of Object.entries(contexts)) {
    const server = inContext(golden.server, name);
    if (server !== undefined)
      yield place(name, 'server')(compareServer(golden.file, source, { context, golden: server }));
    for (const found of casesOf(golden, source, { name, context })) {
      const input = { ...found, file: golden.file, text: source, secrets };
      yield place(name, found.part)(found.golden.note === undefined ? await comparePipeline(input) : []);
    }
  }
}

interface FoundCase {
  readonly part: string;
  readonly context: CompileContext;
  readonly golden: GoldenPipeline;
  readonly common: Readonly<Record<string, string | null>>;
}

function casesOf(
  golden: Golden,
  text: string,
  { name, context }: { readonly name: string; readonly context: GoldenContext },
): readonly FoundCase[] {
  const pipelines = inContext(golden.contexts, name) ?? {};
  const { pipelines: documents } = readConfig(text, { file: golden.file, compatibility: true });
  const cases: FoundCase[] = [];
  for (const part of Object.keys(pipelines)) {
    const push = inContext(golden.contexts, 'push') ?? {};
    const wanted = inContext({ push: push[part] ?? '', own: pipelines[part] ?? '' }, 'own');
    if (wanted === undefined) throw new Error(`${golden.file} has no value for ${part} in ${name}`);
    const at = positionOf(documents, part, Object.keys(pipelines));
    const stage = stageOf(documents[at], part, wanted.type);
    const base = toContext(context);
    const common = context.common_environment[wanted.type] ?? {};
    cases.push({
      part,
      golden: wanted,
      common,
      context: { ...base, stage: { ...base.stage, ...stage, number: at + 1 } },
    });
  }
  return cases;
}

/** `name`, or `name#2` for the second pipeline of that name; a name that an expression makes is found by what is left. */
function positionOf(documents: readonly PipelineDocument[], part: string, parts: readonly string[]): number {
  const [, name = part, turn = '1'] = /^(.*?)(?:#(\d+))?$/.exec(part) ?? [];
  const found = documents.flatMap((document, at) => (document.name === name ? [at] : []));
  const position = found[Number(turn) - 1] ?? documents.findIndex((document) => document.name === part);
  if (position >= 0) return position;
  const open = documents.flatMap((document, at) => (parts.includes(document.name) ? [] : [at]));
  const rest = parts.filter((other) => !documents.some((document) => document.name === other));
  return open[rest.indexOf(part)] ?? -1;
}

function stageOf(
  document: PipelineDocument | undefined,
  part: string,
  type: string,
): Pick<CompileContext['stage'], 'name' | 'type'> & Partial<CompileContext['stage']> {
  if (document === undefined) return { name: part, type };
  // A name that an expression makes is known to the runner as it comes out.
  const name = document.name.includes('${') ? part : document.name;
  return { name, type: document.type, platform: document.platform };
}
