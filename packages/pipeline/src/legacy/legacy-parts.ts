import type { OutMap, OutValue } from '../out-yaml.ts';
import type { LegacyField } from './legacy-scope.ts';
import { fieldsOf, refuse, repeatedFieldsOf, reportShape, textOf } from './legacy-scope.ts';
import { type LegacyStep, readLegacyStep } from './legacy-step.ts';
import { NO_CONDITIONS, readPatterns, writePatterns } from './legacy-when.ts';

/** A name that comes again is told apart by its position. */
export function readContainers(field: LegacyField | undefined): readonly LegacyStep[] {
  if (field === undefined) return [];
  const { node } = field;
  if (node.kind === 'list') return readNameless(field, node.items.length);
  if (node.kind !== 'map') {
    if (node.kind === 'scalar' && node.value.type !== 'null') reportShape(field, 'a map of steps');
    return [];
  }
  const seen = new Set<string>();
  return repeatedFieldsOf(field, node).map(([key, inner], at) => {
    const name = seen.has(key) ? `${key}_${at}` : key;
    seen.add(key);
    return readLegacyStep(name, inner);
  });
}

/** Drone makes nothing of a list but that many steps without name and image. */
function readNameless(field: LegacyField, count: number): readonly LegacyStep[] {
  refuse(field, {
    code: 'legacy-list',
    message: `${JSON.stringify(field.path.join('.'))} is a list, which the format of Drone 0.8 does not have.`,
    hint: 'Write "kind: pipeline" at the top and the steps as a list under "steps", each with a "name".',
  });
  return Array.from({ length: count }, (_, at) => ({
    out: new Map([
      ['name', at === 0 ? '<nil>' : `<nil>_${at}`],
      ['pull', 'if-not-exists'],
    ]),
    when: NO_CONDITIONS,
    hostPaths: [],
  }));
}

export function readWorkspace(field: LegacyField | undefined, repoLink: string): OutMap {
  const fields = new Map(field === undefined ? [] : fieldsOf(field));
  const base = fields.get('base');
  const path = fields.get('path');
  const written = path === undefined ? '' : textOf(path);
  return new Map([
    ['base', (base === undefined ? '' : textOf(base)) || '/drone'],
    ['path', written === '' || written === '.' ? defaultPath(repoLink) : written],
  ]);
}

/** `src/HOST/OWNER/REPO`, where Go programs used to live. */
function defaultPath(repoLink: string): string {
  if (!URL.canParse(repoLink)) return 'src';
  const { hostname, pathname } = new URL(repoLink);
  return `src/${hostname}${pathname.replace(/\/+$/, '')}`;
}

const PULL_REQUEST_REFS = ['refs/pull/**', 'refs/pull-requests/**', 'refs/merge-requests/**'];

/** `branches` held for pushes alone; pull requests always ran, tags where a step asked for them. */
export function readTrigger(branches: LegacyField, steps: readonly LegacyStep[]): OutMap | undefined {
  const patterns = readPatterns(branches);
  if (patterns.exclude.length > 0) return new Map([['branch', writePatterns(patterns)]]);
  if (patterns.include.length === 0) return undefined;
  const heads = patterns.include.map((branch) => `refs/heads/${branch}`);
  const hasTags = steps.some((step) => step.when.events.includes('tag'));
  return new Map([['ref', [...PULL_REQUEST_REFS, ...heads, ...(hasTags ? ['refs/tags/**'] : [])]]]);
}

/** External secrets become documents; those without a path cannot be found by anybody. */
export function readSecretDocuments(field: LegacyField | undefined): readonly OutMap[] {
  if (field === undefined) return [];
  return fieldsOf(field).map(([name, secret]) => {
    const fields = new Map(fieldsOf(secret));
    const get = new Map<string, OutValue>();
    const path = fields.get('path');
    const key = fields.get('name');
    if (path !== undefined) get.set('path', textOf(path));
    if (key !== undefined) get.set('name', textOf(key));
    if (get.size > 0) {
      return new Map<string, OutValue>([
        ['kind', 'secret'],
        ['name', name],
        ['get', get],
      ]);
    }
    refuse(secret, {
      code: 'legacy-secret',
      message: `The secret ${JSON.stringify(name)} names no path.`,
      hint: `Write a document "kind: secret" with "name: ${name}" and "get: {path: …, name: …}".`,
    });
    return new Map([['kind', 'secret']]);
  });
}
