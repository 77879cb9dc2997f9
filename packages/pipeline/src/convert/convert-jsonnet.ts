import type { Finding } from '@sortie/core/finding';
import { JsonnetError } from '@sortie/jsonnet/errors';
import { type EvaluateOptions, evaluate, type TraceMessage } from '@sortie/jsonnet/evaluate';
import { manifestStream } from '@sortie/jsonnet/manifest/json';
import type { ConfigSource, ConvertContext, ConvertInput } from './conversion.ts';
import { engineFinding, withHint } from './engine-finding.ts';
import { exposedValues } from './exposed-values.ts';
import { goPrint } from './go-print.ts';
import { createImports, MissingImport, wantedImports } from './jsonnet-imports.ts';
import { type PlainData, plainJson } from './plain-data.ts';

/** The result of one engine: a text, or what it lacks, or why there is none. */
export interface Generated {
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly wantedFiles?: readonly string[];
  readonly printed?: readonly string[];
}

/**
 * The server evaluates while others wait for it, so a file of a repository gets less than one on the command line.
 * Real files take a hundredth of this.
 */
const SERVER_LIMITS = { steps: 5_000_000, memoryBytes: 128 * 1024 * 1024 };

/** Evaluates a Jsonnet file of the repository (pipeline.md 9.4), imports from the same commit included. */
export function convertJsonnet(source: ConfigSource, context: ConvertContext): Generated {
  const { importLimit } = context.rules.jsonnet;
  if (importLimit === 0) {
    return withHint(evaluateText(source, serverOptions(context)), {
      code: 'jsonnet-import',
      hint: 'The administrator can allow imports with DRONE_JSONNET_IMPORT_LIMIT.',
    });
  }
  const wantedFiles = wantedImports(source, context.files, importLimit);
  if (wantedFiles.length > 0) return { text: '', findings: [], wantedFiles };
  const imports = createImports(source, context.files, importLimit);
  try {
    const result = evaluateText(source, { ...serverOptions(context), importer: imports.importer });
    return { ...result, findings: [...result.findings, ...imports.hints()] };
  } catch (error) {
    if (error instanceof MissingImport) return { text: '', findings: [], wantedFiles: [error.path] };
    throw error;
  }
}

/** Evaluates a Jsonnet template; it cannot import anything. `calls` templates share the steps. */
export function renderJsonnetTemplate(
  source: ConfigSource,
  input: ConvertInput & { readonly calls: number },
  data: ReadonlyMap<string, PlainData>,
): Generated {
  const { extVars, extCode, limits } = serverOptions(input);
  const inputs = [...data].map(([key, value]) => [`input.${key}`, goPrint(value)] as const);
  return evaluateText(source, {
    extVars: { ...extVars, ...Object.fromEntries(inputs) },
    extCode: { ...extCode, input: plainJson(data) },
    limits: { ...limits, steps: Math.ceil(SERVER_LIMITS.steps / input.calls) },
  });
}

/** How a file is evaluated; without an importer every import is an error. */
type TextOptions = Omit<EvaluateOptions, 'file'> & { readonly isStream?: boolean };

/** Evaluates to YAML documents in JSON form; what is wrong is a finding. Passes on what the importer throws. */
export function evaluateText(source: ConfigSource, { isStream = false, ...options }: TextOptions): Generated {
  return catching(() => {
    const { value, traces } = evaluate(source.text, { ...options, file: source.path });
    const printed = traces.map(traceLine);
    if (Array.isArray(value)) return { text: manifestStream(value), findings: [], printed };
    if (!isStream) return { text: manifestStream([value]), findings: [], printed };
    const message = 'The result is not an array, so it is no stream of documents.';
    const hint = 'Return an array, or leave out the option for streams.';
    return { ...failed(source, { code: 'jsonnet-stream', message, hint }), printed };
  });
}

/** Evaluates a file whose result is a text that stands for itself. */
export function evaluateString(source: ConfigSource, options: Omit<EvaluateOptions, 'file'>): Generated {
  return catching(() => {
    const { value, traces } = evaluate(source.text, { ...options, file: source.path });
    const printed = traces.map(traceLine);
    if (typeof value === 'string') return { text: value, findings: [], printed };
    const message = 'The result is not a text.';
    const hint = 'Return a text, or leave out the option for texts.';
    return { ...failed(source, { code: 'jsonnet-string', message, hint }), printed };
  });
}

function catching(work: () => Generated): Generated {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof JsonnetError)) throw error;
    return { text: '', findings: [engineFinding('jsonnet', error)] };
  }
}

function traceLine({ file, line, message }: TraceMessage): string {
  return `${file}:${line}: ${message}`;
}

function failed({ path }: ConfigSource, remark: Pick<Finding, 'code' | 'message' | 'hint'>): Generated {
  const place = { file: path, line: 1, column: 1, document: 0, pointer: '' };
  return { text: '', findings: [{ severity: 'error', ...remark, ...place }] };
}

/** Drone's variables, all text, and `build` and `repo` with their real types. */
function serverOptions(input: ConvertInput): Pick<EvaluateOptions, 'extVars' | 'extCode' | 'limits'> {
  const { build, repo } = exposedValues(input);
  const { params, cron, debug } = input.build;
  const texts = [
    ...Object.entries(build).map(([name, value]) => [`build.${name}`, value] as const),
    ...Object.entries(params).map(([name, value]) => [`build.param.${name}`, value] as const),
    ...Object.entries(repo).map(([name, value]) => [`repo.${name}`, String(value)] as const),
  ];
  return {
    extVars: Object.fromEntries(texts),
    extCode: { build: JSON.stringify({ ...build, cron, debug, params }), repo: JSON.stringify(repo) },
    limits: SERVER_LIMITS,
  };
}
