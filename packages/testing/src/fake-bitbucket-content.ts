import { type FakeForgeState, TIME } from './fake-forge-state.ts';
import type { InRepo } from './fake-hooks.ts';
import type { FakeCall, FakeReply, FakeRoute } from './fake-service.ts';

/** The answer for what is not there. */
export const MISSING: FakeReply = { status: 404, json: { type: 'error' } };

/** Commits, refs, files and changes as Bitbucket Cloud show them. */
export function contentRoutes(state: FakeForgeState, url: string, inRepo: InRepo): FakeRoute[] {
  const ref = (name: string, hash: string) => ({ name, target: { hash } });
  const attributes = { file: [], dir: [], symlink: ['link'], submodule: ['subrepository'] };
  return [
    inRepo('GET', '/commit/([0-9a-f]{7,40})', (_, __, start = '') => {
      const sha = [...state.commits.keys()].find((one) => one.startsWith(start));
      if (sha === undefined) return MISSING;
      return {
        json: {
          hash: sha,
          date: TIME,
          message: state.commits.get(sha)?.message,
          author: { raw: 'Ada L <ada@example.test>' },
        },
      };
    }),
    inRepo('GET', '/refs/branches', (repo, call) =>
      page(
        [...repo.branches].map(([name, sha]) => ref(name, sha)),
        call,
        url,
      ),
    ),
    inRepo('GET', '/refs/tags', (repo, call) =>
      page(
        [...repo.tags].map(([name, { commit }]) => ref(name, commit)),
        call,
        url,
      ),
    ),
    inRepo('GET', '/refs/branches/(.+)', (repo, _, name = '') => {
      const sha = repo.branches.get(name);
      return sha === undefined ? MISSING : { json: ref(name, sha) };
    }),
    inRepo('GET', '/refs/tags/(.+)', (repo, _, name = '') => {
      const tag = repo.tags.get(name);
      return tag === undefined ? MISSING : { json: ref(name, tag.commit) };
    }),
    inRepo('GET', '/src/([0-9a-f]{40})/(.*)', (_, call, sha = '', path = '') => {
      const files = state.commits.get(sha)?.files ?? new Map();
      if (path.endsWith('/')) {
        const below = [...files].filter(([name]) => name.startsWith(path));
        return page(
          below.map(([name]) => ({ path: name, type: 'commit_file', attributes: [] })),
          call,
          url,
        );
      }
      const file = files.get(path);
      if (file === undefined) return MISSING;
      const kind: keyof typeof attributes = file.kind;
      if (call.query.get('format') !== 'meta') return { text: file.data };
      return {
        json: {
          path,
          type: kind === 'dir' ? 'commit_directory' : 'commit_file',
          attributes: attributes[kind],
          size: file.data.length,
        },
      };
    }),
    inRepo('GET', '/diffstat/([0-9a-f]{40})', (_, call) =>
      page(
        [
          { status: 'renamed', old: { path: 'old.txt' }, new: { path: 'new.txt' } },
          { status: 'removed', old: { path: 'gone.txt' }, new: null },
        ],
        call,
        url,
      ),
    ),
    inRepo('GET', '/diffstat/[0-9a-f]{40}\\.\\.[0-9a-f]{40}', (_, call) =>
      page([{ status: 'added', new: { path: 'a' } }], call, url),
    ),
    inRepo('GET', '/pullrequests/7/diffstat', (_, call) =>
      page([{ status: 'added', new: { path: 'p' } }], call, url),
    ),
  ];
}

/** At most 40 rows, and the address of the next page in the body. */
export function page(rows: readonly unknown[], { path, query }: FakeCall, url: string): FakeReply {
  const size = Math.min(Number(query.get('pagelen') ?? 10), 40);
  const number = Number(query.get('page') ?? 1);
  const next = new URL(path.slice(1), url);
  next.searchParams.set('page', String(number + 1));
  next.searchParams.set('pagelen', String(size));
  return {
    json: {
      values: rows.slice((number - 1) * size, number * size),
      ...(rows.length > number * size && { next: next.href }),
    },
  };
}
