import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of `names` that is an executable on the search path or in one of `folders` (glob patterns allowed). */
export function findProgram(
  names: readonly string[],
  searchPath: string,
  folders: readonly string[] = [],
): string | undefined {
  const places = [...searchPath.split(delimiter), ...folders.flatMap((pattern) => globSync(pattern))];
  return places
    .filter((place) => place !== '')
    .flatMap((place) => names.map((name) => join(place, name)))
    .find((file) => existsSync(file));
}
