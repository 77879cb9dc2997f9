import type { StepRef } from './types.ts';

/** `owner/name` with both parts encoded, so that no name can reach another route. Throws a `TypeError`. */
export function repoPath(slug: string): string {
  const slash = slug.indexOf('/');
  if (slash < 1 || slash === slug.length - 1) {
    throw new TypeError(`a repository is named "owner/name", not ${JSON.stringify(slug)}`);
  }
  return `${segment(slug.slice(0, slash))}/${segment(slug.slice(slash + 1))}`;
}

/** `owner/name/build/stage/step`, encoded. */
export function stepPath(ref: StepRef): string {
  return `${repoPath(ref.repo)}/${whole(ref.build)}/${whole(ref.stage)}/${whole(ref.step)}`;
}

/** A number from 1 as text. Throws a `TypeError` for anything else. */
export function whole(value: number): string {
  if (Number.isSafeInteger(value) && value > 0) return String(value);
  throw new TypeError(`builds, stages and steps are numbered from 1, not ${value}`);
}

function segment(text: string): string {
  // "." and ".." survive encoding and would be resolved by the URL parser.
  if (text === '.' || text === '..') throw new TypeError(`${JSON.stringify(text)} is not a name`);
  return encodeURIComponent(text);
}
