import type { Finding } from '@sortie/core/finding';
import type { PipelineDocument } from './config.ts';
import type { Field, ReadScope } from './field.ts';
import { report } from './field.ts';
import { createFindingLog } from './finding-log.ts';
import { lintManifest } from './lint-manifest.ts';
import { lintPatterns } from './lint-patterns.ts';
import { lintPipeline } from './lint-pipeline.ts';
import { lintTrust } from './lint-trust.ts';
import { nearest } from './nearest.ts';
import { PreparedConfig } from './prepared-config.ts';
import { identityOf } from './read-pipeline.ts';
import { toScope } from './read-scope.ts';
import { checkSignature, readSecret } from './read-secret.ts';
import { shorten } from './short-text.ts';
import { checkExpressions } from './substitute-tree.ts';
import type { MapNode, TreeDocument } from './tree.ts';
import { entriesOf } from './tree.ts';
import { readText } from './values.ts';

export interface ReadOptions {
  /** Name of the file, for the findings. */
  readonly file: string;
  /** When given, the rules for trusted or untrusted repositories are checked (pipeline.md 4.5). */
  readonly isTrusted?: boolean;
  /** Accept what Drone's server accepts and nothing else: no leniency, no checks that only its runners make. */
  readonly compatibility?: boolean;
}

export interface ReadResult {
  /** In file order. Complete only when no finding is an error. */
  readonly pipelines: readonly PipelineDocument[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a pipeline file without replacing its `${…}` expressions and checks it: manifest (pipeline.md 10.1) and
 * steps (10.2, 10.3). A file with an error finding must not run. A prepared file is parsed once for all that is done
 * with it.
 */
export function readConfig(text: string | PreparedConfig, options: ReadOptions): ReadResult {
  const prepared = typeof text === 'string' ? new PreparedConfig(text) : text;
  const log = createFindingLog(options.file);
  const pipelines: PipelineDocument[] = [];
  const isCompatible = options.compatibility === true;
  const mode = { compatibility: isCompatible, isServer: isCompatible };
  for (const document of prepared.documents(log)) {
    const scope = toScope(document, mode, log);
    if (!isCompatible) checkExpressions(document, scope);
    const identity = identityOf(document.root);
    const pipeline = isPipeline(document, scope)
      ? prepared.pipeline(document, document.root, { mode, identity }, log)
      : undefined;
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  lintManifest(pipelines, log);
  lintPatterns(pipelines, log);
  // Drone's server looks no further; its runners do (pipeline.md 10.1).
  for (const pipeline of isCompatible ? [] : pipelines) {
    lintPipeline(pipeline, options, log);
    if (options.isTrusted === false) lintTrust(pipeline, log);
  }
  return { pipelines, findings: log.list() };
}

const KINDS = ['pipeline', 'secret', 'signature', 'template', 'cron', 'registry'] as const;

/** True for a document of kind `pipeline`; checks the others and reports kinds that are missing or unknown. */
function isPipeline(document: TreeDocument & { readonly root: MapNode }, scope: ReadScope): boolean {
  const field: Field = { node: document.root, path: [], scope };
  const entry = entriesOf(document.root).get('kind');
  const at = entry === undefined ? field : { ...field, node: entry.value, path: ['kind'] };
  const kind = entry === undefined ? '' : readText(at);
  switch (KINDS.find((known) => known === kind)) {
    case 'pipeline':
      return true;
    case 'secret':
      readSecret(field);
      return false;
    case 'signature':
      checkSignature(field);
      return false;
    case 'template':
      return reportTemplate(at);
    case 'cron':
    case 'registry':
      report(at, 'warning', 'no-effect', `A document of kind "${kind}" has no effect.`, IDLE_HINTS[kind]);
      return false;
    case undefined:
      if (kind === '') reportMissing(document, at);
      else return reportUnknown(at, kind);
      return false;
  }
}

const IDLE_HINTS: Readonly<Record<string, string>> = {
  cron: 'Make the cron job in the settings of the repository.',
  registry: 'Put the credentials into a secret and name it under "image_pull_secrets".',
};

/** Templates are put in before a file is read; Drone makes a stage of one that is left over, which never ends. */
function reportTemplate(at: Field): boolean {
  if (at.scope.isServer) return true;
  const message = 'This template was not put in.';
  const hint = 'Templates work in files whose name ends with .yml or .yaml.';
  report(at, 'error', 'template-left', message, hint);
  return false;
}

/** Drone makes a stage that no runner ever takes. */
function reportUnknown(at: Field, kind: string): boolean {
  if (at.scope.isServer) return true;
  const message = `No kind is called ${JSON.stringify(shorten(kind, 40))}.`;
  report(at, 'error', 'unknown-kind', message, `Did you mean "${nearest(kind, KINDS) ?? 'pipeline'}"?`);
  return false;
}

function reportMissing(document: TreeDocument, at: Field): void {
  if (/^pipeline:/m.test(document.text)) {
    const hint = 'Write it in the present format, which starts with "kind: pipeline".';
    report(at, 'error', 'old-format', 'This is the format of Drone 0.8, and it was not converted.', hint);
    return;
  }
  report(at, 'error', 'missing-kind', 'The document has no kind.', 'Add "kind: pipeline" at its top.');
}
