import type { OutMap, OutValue } from '../out-yaml.ts';
import type { LegacyField } from './legacy-scope.ts';
import { fieldsOf, textsOf, warn } from './legacy-scope.ts';

const KEPT = ['branch', 'event', 'instance', 'ref', 'repo', 'status'];

/** Patterns as 0.8 writes them: a text, a list, or a map of both kinds. */
export interface LegacyPatterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The conditions of a step. `matrix` holds the values that a combination may have for the step to be in it. */
export interface LegacyWhen {
  readonly conditions: OutMap;
  readonly matrix: ReadonlyMap<string, string>;
  readonly events: readonly string[];
}

export const NO_CONDITIONS: LegacyWhen = { conditions: new Map(), matrix: new Map(), events: [] };

/** Event `deployment` is now `promote`, and its environment the target; `local` has no meaning any more. */
export function readWhen(field: LegacyField): LegacyWhen {
  const conditions = new Map<string, OutValue>();
  const matrix = new Map<string, string>();
  let events: readonly string[] = [];
  for (const [key, value] of fieldsOf(field)) {
    if (key === 'matrix') {
      for (const [axis, wanted] of fieldsOf(value)) matrix.set(axis, textsOf(wanted)[0] ?? '');
    } else if (key === 'environment') setPatterns(conditions, 'target', readPatterns(value));
    else if (KEPT.includes(key)) {
      const patterns = readPatterns(value);
      if (key === 'event') events = patterns.include;
      setPatterns(conditions, key, key === 'event' ? renameEvents(patterns) : patterns);
    } else if (key !== 'local') {
      warn(value, {
        code: 'legacy-dropped',
        message: `The condition ${JSON.stringify(key)} has no equivalent and is dropped.`,
        hint: `Use one of: ${KEPT.join(', ')}, target.`,
      });
    }
  }
  return { conditions, matrix, events };
}

export function readPatterns(field: LegacyField): LegacyPatterns {
  if (field.node.kind !== 'map') return { include: textsOf(field), exclude: [] };
  const sides = new Map(fieldsOf(field));
  const side = (name: string) => {
    const value = sides.get(name);
    return value === undefined ? [] : textsOf(value);
  };
  return { include: side('include'), exclude: side('exclude') };
}

/** Patterns in the present format: a list, or a map as soon as something is excluded. */
export function writePatterns({ include, exclude }: LegacyPatterns): OutValue {
  if (exclude.length === 0) return include;
  const sides = new Map<string, OutValue>();
  if (include.length > 0) sides.set('include', include);
  return sides.set('exclude', exclude);
}

function setPatterns(conditions: Map<string, OutValue>, key: string, patterns: LegacyPatterns): void {
  if (patterns.include.length + patterns.exclude.length > 0) conditions.set(key, writePatterns(patterns));
}

function renameEvents({ include, exclude }: LegacyPatterns): LegacyPatterns {
  const rename = (event: string) => (event === 'deployment' ? 'promote' : event);
  return { include: include.map(rename), exclude: exclude.map(rename) };
}
