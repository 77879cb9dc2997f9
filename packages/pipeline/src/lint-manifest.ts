import type { Dependency, PipelineDocument } from './config.ts';
import type { FindingLog } from './finding-log.ts';
import type { Path, Place } from './tree.ts';

/** What the pipelines of a file have to do with each other: names and dependencies (pipeline.md 8.1, 10.1). */
export function lintManifest(pipelines: readonly PipelineDocument[], log: FindingLog): void {
  const earlier = new Set<string>();
  const all = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]));
  for (const pipeline of pipelines) {
    if (earlier.has(pipeline.name)) reportDuplicate(pipeline, log);
    for (const dependency of pipeline.dependsOn) {
      if (log.isFull()) break;
      if (dependency.isOptional && !all.has(dependency.text)) continue;
      if (dependency.text === pipeline.name || !earlier.has(dependency.text)) {
        log.add(pipeline.document, { severity: 'error', ...explain(pipeline, dependency, all) });
      }
    }
    warnStatus(pipeline, log);
    earlier.add(pipeline.name);
  }
}

function reportDuplicate(pipeline: PipelineDocument, log: FindingLog): void {
  const name = JSON.stringify(pipeline.name);
  log.add(pipeline.document, {
    severity: 'error',
    code: 'duplicate-pipeline',
    message: `Two pipelines are called ${name}.`,
    hint:
      pipeline.name === 'default' ? 'Give each its own "name"; without one it is "default".' : 'Rename one.',
    at: pipeline.placeOf('name'),
    path: ['name'],
  });
}

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly at: Place;
  readonly path: Path;
}

function explain(
  pipeline: PipelineDocument,
  dependency: Dependency,
  all: ReadonlyMap<string, PipelineDocument>,
): Explanation {
  const place = { at: dependency, path: dependency.path };
  const name = JSON.stringify(dependency.text);
  if (dependency.text === pipeline.name) {
    const hint = 'Remove the name from its "depends_on".';
    return { code: 'self-dependency', message: `The pipeline ${name} depends on itself.`, hint, ...place };
  }
  const target = all.get(dependency.text);
  if (target === undefined) {
    const hint = 'Names of pipelines are compared exactly; steps and other documents do not count.';
    return { code: 'unknown-dependency', message: `There is no pipeline called ${name}.`, hint, ...place };
  }
  const way = findWay(target, pipeline.name, all);
  if (way === undefined) {
    const hint = 'Move it above the pipelines that depend on it.';
    return {
      code: 'later-dependency',
      message: `The pipeline ${name} stands later in the file.`,
      hint,
      ...place,
    };
  }
  const message = `The pipelines depend on each other: ${[pipeline.name, ...way].join(' → ')}.`;
  return { code: 'dependency-cycle', message, hint: 'Remove one of these dependencies.', ...place };
}

/** The names from `start` to `end` along dependencies, both included. */
function findWay(
  start: PipelineDocument,
  end: string,
  all: ReadonlyMap<string, PipelineDocument>,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>([[start.name, '']]);
  for (const name of cameFrom.keys()) {
    if (name === end) return trace(cameFrom, end);
    for (const next of all.get(name)?.dependsOn ?? []) {
      if (!cameFrom.has(next.text)) cameFrom.set(next.text, name);
    }
  }
  return undefined;
}

function trace(cameFrom: ReadonlyMap<string, string>, end: string): readonly string[] {
  const way: string[] = [];
  for (let name = end; name !== ''; name = cameFrom.get(name) ?? '') way.unshift(name);
  return way;
}

function warnStatus(pipeline: PipelineDocument, log: FindingLog): void {
  const { trigger } = pipeline;
  const hasStatus = [trigger, ...(trigger.anyOf ?? [])].some(({ status }) => status !== undefined);
  if (!hasStatus || pipeline.dependsOn.length > 0) return;
  log.add(pipeline.document, {
    severity: 'warning',
    code: 'status-without-dependency',
    message: 'A status condition has no effect on a pipeline that waits for no other.',
    hint: 'Add "depends_on" with the pipelines whose result counts.',
    at: pipeline.statusPlace ?? pipeline,
    path: ['trigger', 'status'],
  });
}
