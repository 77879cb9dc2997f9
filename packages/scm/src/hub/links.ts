import { isSha } from '../git-names.ts';
import { encodePath, joinPath } from '../path.ts';
import { sortRef } from '../rest/refs.ts';
import type { Hub, LinkMaker } from './hub.ts';

/** Makes links to pages (scm.md 2.10); branch and tag names are encoded segment by segment. */
export function hubLinks({ server, pagesOf }: Pick<Hub, 'server' | 'pagesOf'>): LinkMaker {
  return (slug, { ref, sha }) => {
    const repo = server.href + encodePath(slug);
    const known = ref === '' ? undefined : sortRef(ref);
    if (known?.kind === 'pull') return `${repo}/${pagesOf.pulls}/${joinPath(known.number)}`;
    if (known?.kind === 'tag') return `${repo}/${pagesOf.tag}/${encodePath(known.name)}`;
    if (isSha(sha)) return `${repo}/commit/${sha}`;
    return known?.kind === 'branch' ? `${repo}/${pagesOf.branch}/${encodePath(known.name)}` : repo;
  };
}
