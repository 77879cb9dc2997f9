import type { Finding } from '@sortie/core/finding';
import type { PipelineDocument } from './config.ts';
import { parseDocuments } from './documents.ts';
import type { Field, ReadScope } from './field.ts';
import { report, reportUnsupported } from './field.ts';
import { createFindingLog, type FindingLog } from './finding-log.ts';
import { lintManifest } from './lint-manifest.ts';
import { lintPatterns } from './lint-patterns.ts';
import { lintPipeline } from './lint-pipeline.ts';
import { lintTrust } from './lint-trust.ts';
import { nearest } from './nearest.ts';
import { readPipeline } from './read-pipeline.ts';
import { checkExpressions } from './substitute-tree.ts';
import type { MapNode, TreeDocument } from './tree.ts';
import { entriesOf } from './tree.ts';
import { readText } from './values.ts';

export interface ReadOptions {
  /** Name of the file, for the findings. */
  readonly file: string;
  /** When given, the rules for trusted or untrusted repositories are checked (pipeline.md 4.5). */
  readonly isTrusted?: boolean;
  /** Accept only what Drone accepts. */
  readonly compatibility?: boolean;
  /** True when `from_secret` can be served; otherwise it is an error finding. */
  readonly canUseSecrets?: boolean;
}

export interface ReadResult {
  /** In file order. Complete only when no finding is an error. */
  readonly pipelines: readonly PipelineDocument[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a pipeline file without replacing its `${…}` expressions and checks it: manifest (pipeline.md 10.1) and
 * steps (10.2, 10.3). A file with an error finding must not run.
 */
export function readConfig(text: string, options: ReadOptions): ReadResult {
  const log = createFindingLog(options.file);
  const pipelines: PipelineDocument[] = [];
  for (const document of parseDocuments(text, log)) {
    const scope = toScope(document, options, log);
    checkExpressions(document, scope);
    const pipeline = isPipeline(document, scope) ? readPipeline(document.root, scope) : undefined;
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  lintManifest(pipelines, log);
  lintPatterns(pipelines, log);
  for (const pipeline of pipelines) {
    lintPipeline(pipeline, options, log);
    if (options.isTrusted === false) lintTrust(pipeline, log);
  }
  return { pipelines, findings: log.list() };
}

export function toScope(document: TreeDocument, options: ReadOptions, log: FindingLog): ReadScope {
  return {
    document: document.index,
    log,
    compatibility: options.compatibility ?? false,
    canUseSecrets: options.canUseSecrets ?? false,
  };
}

const UNSUPPORTED_KINDS = ['secret', 'signature', 'template'];
const IDLE_KINDS = ['cron', 'registry'];

/** True for a document of kind `pipeline`; reports kinds that are missing, unknown or not supported. */
function isPipeline(document: TreeDocument & { readonly root: MapNode }, scope: ReadScope): boolean {
  const field: Field = { node: document.root, path: [], scope };
  const entry = entriesOf(document.root).get('kind');
  const at = entry === undefined ? field : { ...field, node: entry.value, path: ['kind'] };
  const kind = entry === undefined ? '' : readText(at);
  if (kind === 'pipeline') return true;
  if (kind === '') reportMissing(document, at);
  else if (UNSUPPORTED_KINDS.includes(kind)) reportUnsupported(at, `Kind "${kind}"`);
  else if (IDLE_KINDS.includes(kind)) {
    report(at, 'warning', 'no-effect', `A document of kind "${kind}" has no effect.`);
  } else {
    const guess = nearest(kind, ['pipeline', ...UNSUPPORTED_KINDS]) ?? 'pipeline';
    report(
      at,
      'error',
      'unknown-kind',
      `No kind is called ${JSON.stringify(kind)}.`,
      `Did you mean "${guess}"?`,
    );
  }
  return false;
}

function reportMissing(document: TreeDocument, at: Field): void {
  if (/^pipeline:/m.test(document.text)) {
    const hint = 'Write it in the present format, which starts with "kind: pipeline".';
    report(at, 'error', 'not-supported', 'The format of Drone 0.8 is not supported yet.', hint);
    return;
  }
  report(at, 'error', 'missing-kind', 'The document has no kind.', 'Add "kind: pipeline" at its top.');
}
