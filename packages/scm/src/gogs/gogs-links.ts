import type { LinkTarget } from '../driver.ts';
import { isSha, shortRef } from '../git-names.ts';
import { encodePath } from '../path.ts';

/** The page for a pull request, branch, tag, commit, or the repository: the first that the target names. */
export function gogsLink(link: string, slug: string, { ref, sha }: LinkTarget): string {
  const repo = link + encodePath(slug);
  const pull = /^refs\/pull\/([1-9]\d*)\/head$/.exec(ref)?.[1];
  if (pull !== undefined) return `${repo}/pulls/${pull}`;
  const tag = shortRef(ref, 'refs/tags/');
  if (tag !== undefined) return `${repo}/src/${encodePath(tag)}`;
  if (isSha(sha)) return `${repo}/commit/${sha}`;
  const branch = shortRef(ref, 'refs/heads/');
  return branch === undefined ? repo : `${repo}/src/${encodePath(branch)}`;
}
