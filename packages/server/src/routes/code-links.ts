import type { ConnectionKind } from '@sortie/core/connection';

/** What a link points at: a commit, or a ref as it is written in `refs/…` or without. */
export type CodeTarget = { readonly sha: string } | { readonly ref: string };

interface Pages {
  readonly commit: string;
  readonly branch: string;
  readonly tag: string;
  readonly pull: string;
}

/** Where each Git service has its pages, below the address of a repository. */
const PAGES: Readonly<Record<Exclude<ConnectionKind, 'builtin' | 'oidc'>, Pages>> = {
  gogs: { commit: '/commit/', branch: '/src/', tag: '/src/', pull: '/pulls/' },
  gitea: { commit: '/commit/', branch: '/src/branch/', tag: '/src/tag/', pull: '/pulls/' },
  github: { commit: '/commit/', branch: '/tree/', tag: '/tree/', pull: '/pull/' },
  gitlab: { commit: '/-/commit/', branch: '/-/tree/', tag: '/-/tree/', pull: '/-/merge_requests/' },
  bitbucket: { commit: '/commits/', branch: '/src/', tag: '/src/', pull: '/pull-requests/' },
  stash: {
    commit: '/commits/',
    branch: '/browse?at=refs/heads/',
    tag: '/browse?at=refs/tags/',
    pull: '/pull-requests/',
  },
};

/**
 * The page of a commit or ref; `base` is the address of the repository. `undefined` when the target cannot be one:
 * a path with `..` would otherwise lead anywhere on the service, and another scheme than HTTP anywhere at all.
 */
export function codeLink(kind: ConnectionKind, base: string, target: CodeTarget): string | undefined {
  const address = URL.parse(base);
  if (address === null || !/^https?:$/.test(address.protocol)) return undefined;
  const root = (address.origin + address.pathname).replace(/\/(browse\/?)?$/, '');
  const pages = kind === 'builtin' || kind === 'oidc' ? undefined : PAGES[kind];
  if ('sha' in target) {
    if (!/^[0-9a-f]{7,64}$/i.test(target.sha)) return undefined;
    return pages === undefined ? `${root}?sha=${target.sha}` : `${root}${pages.commit}${target.sha}`;
  }
  const ref = encodeRef(target.ref);
  if (ref === undefined) return undefined;
  return pages === undefined ? `${root}?ref=${ref}` : `${root}${refPath(pages, ref)}`;
}

function refPath(pages: Pages, ref: string): string {
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  if (tag !== undefined) return pages.tag + tag;
  const pull = /^refs\/(?:pull|pull-requests|merge-requests)\/(\d+)\//.exec(ref)?.[1];
  return pull === undefined ? pages.branch + ref.replace(/^refs\/heads\//, '') : pages.pull + pull;
}

/** Each segment encoded; `undefined` for what no ref can be called. */
function encodeRef(ref: string): string | undefined {
  const segments = ref.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return segments.map(encodeURIComponent).join('/');
}
