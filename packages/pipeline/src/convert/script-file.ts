import type { Finding } from '@sortie/core/finding';
import type { EvaluateOptions } from '@sortie/jsonnet/evaluate';
import type { StarlarkInput } from '@sortie/starlark/input';
import { createFindingLog } from '../finding-log.ts';
import { type OutValue, writeDocuments } from '../out-yaml.ts';
import { parseTree } from '../parse-tree.ts';
import { splitDocuments } from '../split.ts';
import type { TreeNode } from '../tree.ts';
import { evaluateString, evaluateText } from './convert-jsonnet.ts';
import { runText, type StarlarkLimits } from './convert-starlark.ts';

/** What a script on the command line makes: documents that the server accepts (rulings.md "Language"). */
export interface ScriptResult {
  /** Documents, each behind a line `---`; empty after an error finding. */
  readonly text: string;
  readonly findings: readonly Finding[];
  /** What the script printed, one entry per call; meant for standard error. */
  readonly printed: readonly string[];
}

/** `yaml` is for people, `json` as Drone writes it; both mean the same to the server. */
export type ScriptFormat = 'yaml' | 'json';

export interface JsonnetFileOptions extends EvaluateOptions {
  readonly text: string;
  readonly format: ScriptFormat;
  /** The result has to be an array. */
  readonly isStream?: boolean;
  /** The result is a text, which is written as it is. */
  readonly isString?: boolean;
}

/**
 * Evaluates a Jsonnet file for `sortie jsonnet`: an array becomes one document per element, anything else a single
 * one. Imports are up to `importer`, and are an error without one. What the importer throws is passed on.
 */
export function evaluateJsonnetFile(options: JsonnetFileOptions): ScriptResult {
  const { text, format, isStream = false, isString = false, ...rest } = options;
  const source = { path: options.file, text };
  if (isString) return withPrinted(evaluateString(source, rest));
  return formatted(evaluateText(source, { ...rest, isStream }), format);
}

export interface StarlarkFileOptions {
  readonly file: string;
  readonly text: string;
  readonly format: ScriptFormat;
  /** `build`, `repo` and, for templates, `input`. */
  readonly ctx: StarlarkInput;
  readonly limits?: Partial<StarlarkLimits>;
}

/** Runs `main` of a Starlark file for `sortie starlark`. */
export function runStarlarkFile(options: StarlarkFileOptions): ScriptResult {
  const { steps = 0, outputBytes = 0 } = options.limits ?? {};
  const source = { path: options.file, text: options.text };
  return formatted(runText(source, options.ctx, { steps, outputBytes }), options.format);
}

type Script = Omit<ScriptResult, 'printed'> & { readonly printed?: readonly string[] };

function formatted(script: Script, format: ScriptFormat): ScriptResult {
  return withPrinted(format === 'json' ? script : { ...script, text: jsonToYaml(script.text) });
}

function withPrinted({ text, findings, printed = [] }: Script): ScriptResult {
  return { text, findings, printed };
}

/** Documents in JSON form as YAML that means the same; what is too large for the server stays as it is. */
function jsonToYaml(text: string): string {
  const log = createFindingLog('result');
  const documents: OutValue[] = [];
  for (const part of splitDocuments(text)) {
    const root = parseTree(part, { document: part.index, log });
    if (root !== undefined) documents.push(toOut(root));
  }
  return log.hasErrors() ? text : writeDocuments(documents, 'kept');
}

function toOut(node: TreeNode): OutValue {
  if (node.kind === 'list') return node.items.map(toOut);
  if (node.kind === 'map') return new Map(node.entries.map(({ key, value }) => [key.text, toOut(value)]));
  return node.value.type === 'string' ? node.text : { bare: node.text };
}
