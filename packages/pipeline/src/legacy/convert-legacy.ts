import type { Finding } from '@sortie/core/finding';
import { MAX_FILE_BYTES, parseDocuments } from '../documents.ts';
import { createFindingLog } from '../finding-log.ts';
import { type OutMap, type OutValue, writeDocuments } from '../out-yaml.ts';
import type { MapNode, TreeDocument } from '../tree.ts';
import { withoutFinalLineEnd } from './final-line.ts';
import type { Combination } from './legacy-matrix.ts';
import { fillIn, readMatrix } from './legacy-matrix.ts';
import { readContainers, readSecretDocuments, readTrigger, readWorkspace } from './legacy-parts.ts';
import type { LegacyField, LegacyScope } from './legacy-scope.ts';
import { fieldsOf, refuse, warn } from './legacy-scope.ts';
import { type LegacyStep, volumeName } from './legacy-step.ts';

export interface LegacyOptions {
  /** Name of the file, for the findings. */
  readonly file: string;
  /** Address of the repository, which decides where the workspace is. */
  readonly repoLink: string;
  /** Convert what Drone converts even where the result cannot run. */
  readonly compatibility?: boolean;
}

/**
 * Converts a file in the format of Drone 0.8 to the present one (pipeline.md 13). The text is empty after findings
 * that are errors. What gets lost is a warning that names the present spelling.
 */
export function convertLegacy(
  text: string,
  options: LegacyOptions,
): { readonly text: string; readonly findings: readonly Finding[] } {
  const log = createFindingLog(options.file);
  const [document, ...others] = parseDocuments(text, log);
  if (document === undefined) return { text: '', findings: log.list() };
  const scope = { document: document.index, log, compatibility: options.compatibility ?? false };
  const isOpen = others.length === 0 && !text.endsWith('\n');
  const node = isOpen ? withoutFinalLineEnd(document.root) : document.root;
  const root: LegacyField = { node, path: [], scope };
  warn(root, {
    code: 'legacy-format',
    message: 'The file is in the format of Drone 0.8 and has been converted.',
    hint: 'Replace it by the converted text, which is stored with the build.',
  });
  refuseOthers(others, scope);
  const converted = writeWithin(convertDocument(root, options.repoLink), root);
  return { text: log.hasErrors() ? '' : `${converted}...\n`, findings: log.list() };
}

/** A small matrix over a large file, or many aliases, would fill the memory: one pipeline at a time is written. */
function writeWithin(documents: Iterable<OutMap>, { node, path, scope }: LegacyField): string {
  let text = '';
  for (const document of documents) {
    text += writeDocuments([document], 'lost');
    if (text.length <= MAX_FILE_BYTES) continue;
    const message = 'The converted file is larger than 1 MiB.';
    const hint = 'Use fewer combinations in the matrix, or fewer aliases.';
    scope.log.add(scope.document, {
      severity: 'error',
      code: 'file-too-large',
      message,
      hint,
      at: node,
      path,
    });
    break;
  }
  return text;
}

function refuseOthers(others: readonly (TreeDocument & { root: MapNode })[], scope: LegacyScope): void {
  for (const { root, index } of others) {
    refuse(
      { node: root, path: [], scope: { ...scope, document: index } },
      {
        code: 'legacy-documents',
        message: 'Only the first document of a file in the format of Drone 0.8 is converted.',
        hint: 'Write each as a document of its own that starts with "kind: pipeline" and has a "name".',
      },
    );
  }
}

/** Keys of 0.8 files that the conversion drops although somebody meant something by them. */
const DROPPED: Readonly<Record<string, string>> = {
  labels: 'Write them as "node" into a pipeline of the present format.',
  platform: 'Write "platform: {os: linux, arch: arm64}" into a pipeline of the present format.',
  skip_clone: 'Write "clone: {disable: true}" into a pipeline of the present format.',
  networks: 'All steps of a pipeline share one network.',
  volumes: 'Declare volumes in a pipeline of the present format.',
  depends_on: 'Write "depends_on" into a pipeline of the present format.',
};

function* convertDocument(root: LegacyField, repoLink: string): Generator<OutMap> {
  const fields = new Map(fieldsOf(root));
  for (const [key, field] of fields) {
    const hint = Object.hasOwn(DROPPED, key) ? DROPPED[key] : undefined;
    if (hint === undefined) continue;
    warn(field, { code: 'legacy-dropped', message: `${JSON.stringify(key)} is dropped.`, hint });
  }
  const parts: LegacyParts = {
    clone: readContainers(fields.get('clone')),
    steps: readContainers(fields.get('pipeline')),
    services: readContainers(fields.get('services')),
    workspace: readWorkspace(fields.get('workspace'), repoLink),
    branches: fields.get('branches'),
  };
  const matrix = readMatrix(fields.get('matrix'));
  if (matrix.length === 0) yield toPipeline(parts, 'default', parts.steps);
  for (const [at, combination] of matrix.entries()) {
    const steps = parts.steps.flatMap((step) => repeatFor(step, combination));
    yield fillIn(toPipeline(parts, `matrix-${at + 1}`, steps), combination);
  }
  yield* readSecretDocuments(fields.get('secrets'));
}

interface LegacyParts {
  readonly clone: readonly LegacyStep[];
  readonly steps: readonly LegacyStep[];
  readonly services: readonly LegacyStep[];
  readonly workspace: OutMap;
  readonly branches: LegacyField | undefined;
}

/** A step that names values is there once for each of them that the combination has. */
function repeatFor(step: LegacyStep, combination: Combination): readonly LegacyStep[] {
  const wanted = [...step.when.matrix];
  if (wanted.length === 0) return [step];
  return wanted.filter(([axis, value]) => combination.get(axis) === value).map(() => step);
}

function toPipeline(parts: LegacyParts, name: string, steps: readonly LegacyStep[]): OutMap {
  const { clone, services, workspace, branches } = parts;
  const out = new Map<string, OutValue>([
    ['kind', 'pipeline'],
    ['name', name],
    [
      'platform',
      new Map([
        ['os', 'linux'],
        ['arch', 'amd64'],
      ]),
    ],
  ]);
  if (clone.length > 0) out.set('clone', new Map([['disable', 'true']]));
  out.set('workspace', workspace);
  out.set(
    'steps',
    [...clone, ...steps].map((step) => step.out),
  );
  if (services.length > 0)
    out.set(
      'services',
      services.map((service) => service.out),
    );
  const volumes = toVolumes([...clone, ...steps, ...services]);
  if (volumes.length > 0) out.set('volumes', volumes);
  const trigger = branches === undefined ? undefined : readTrigger(branches, parts.steps);
  if (trigger !== undefined) out.set('trigger', trigger);
  return out;
}

/** Every host path once, in order of first use. */
function toVolumes(steps: readonly LegacyStep[]): readonly OutMap[] {
  const hostPaths = new Set(steps.flatMap((step) => step.hostPaths));
  return [...hostPaths].map((path): OutMap => {
    if (path === '') return new Map([['host', null]]);
    return new Map<string, OutValue>([
      ['name', volumeName(path)],
      ['host', new Map([['path', path]])],
    ]);
  });
}
