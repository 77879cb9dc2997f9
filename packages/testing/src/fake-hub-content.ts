import { type FakeForgeState, TIME } from './fake-forge-state.ts';
import type { InRepo } from './fake-hooks.ts';
import type { FakeCall, FakeReply, FakeRoute } from './fake-service.ts';

/** The answer for what is not there. */
export const MISSING: FakeReply = { status: 404, json: { message: 'Not Found' } };

/** Commits, refs, files and changes as Gitea and GitHub show them. */
export function contentRoutes(state: FakeForgeState, url: string, inRepo: InRepo): FakeRoute[] {
  const commit = (sha: string): FakeReply => {
    const found = state.commits.get(sha);
    if (found === undefined) return MISSING;
    const person = { name: 'Ada L', email: 'ada@example.test', date: TIME };
    const files = [
      { filename: 'new.txt', previous_filename: 'old.txt', status: 'renamed' },
      { filename: 'gone.txt', status: 'removed' },
    ];
    return {
      json: {
        sha,
        html_url: `${url}c/${sha}`,
        commit: { message: found.message, author: person, committer: person },
        author: null,
        committer: null,
        files,
      },
    };
  };
  const refJson = (ref: string, sha: string, type: string) => ({ ref, object: { sha, type } });
  return [
    inRepo('GET', '/(?:git/)?commits/([0-9a-f]{40})', (_, __, sha = '') => commit(sha)),
    inRepo('GET', '/git/refs?/(.+)', (repo, _, name = '') => {
      const branch = repo.branches.get(name.replace(/^heads\//, ''));
      const tag = repo.tags.get(name.replace(/^tags\//, ''));
      const pull = repo.pulls.get(Number(/^pull\/(\d+)\/head$/.exec(name)?.[1]));
      if (name.startsWith('heads/') && branch !== undefined)
        return { json: refJson(`refs/${name}`, branch, 'commit') };
      if (pull !== undefined) return { json: refJson(`refs/${name}`, pull, 'commit') };
      if (!name.startsWith('tags/') || tag === undefined) return MISSING;
      // A list, as for a name that begins others.
      const type = tag.object === tag.commit ? 'commit' : 'tag';
      return {
        json: [
          refJson(`refs/${name}-longer`, tag.commit, 'commit'),
          refJson(`refs/${name}`, tag.object, type),
        ],
      };
    }),
    inRepo('GET', '/git/tags/([0-9a-f]{40})', (repo, _, sha) => {
      const tag = [...repo.tags.values()].find((one) => one.object === sha);
      return tag === undefined ? MISSING : { json: { object: { sha: tag.commit, type: 'commit' } } };
    }),
    inRepo('GET', '/branches', (repo, call) =>
      page(
        [...repo.branches].map(([name, sha]) => ({ name, commit: { id: sha, sha } })),
        call,
        url,
      ),
    ),
    inRepo('GET', '/tags', (repo, call) =>
      page(
        [...repo.tags].map(([name, tag]) => ({ name, id: tag.object, commit: { sha: tag.commit } })),
        call,
        url,
      ),
    ),
    inRepo('GET', '/contents/(.+)', (_, call, path = '') => {
      const files = state.commits.get(call.query.get('ref') ?? '')?.files;
      const file = files?.get(path);
      if (file === undefined) return MISSING;
      if (file.kind === 'dir')
        return {
          json: [...(files ?? [])]
            .filter(([name]) => name.startsWith(`${path}/`))
            .map(([name, entry]) => ({ name: name.slice(path.length + 1), path: name, type: entry.kind })),
        };
      const content = Buffer.from(file.data)
        .toString('base64')
        .replace(/(.{20})/g, '$1\n');
      return {
        json: {
          type: file.kind,
          size: file.size ?? file.data.length,
          encoding: 'base64',
          sha: 'ab'.repeat(20),
          ...(content !== '' && { content }),
        },
      };
    }),
    inRepo('GET', '/compare/([0-9a-f]+)\\.\\.\\.([0-9a-f]+)', () => ({
      json: { commits: [{ files: [{ filename: 'a', status: 'added' }] }] },
    })),
    inRepo('GET', '/pulls/7/files', (_, call) => page([{ filename: 'p', status: 'added' }], call, url)),
  ];
}

/** At most 50 rows, whatever was asked for, and a `Link` to the next page. */
export function page(rows: readonly unknown[], { path, query }: FakeCall, url: string): FakeReply {
  const size = Math.min(Number(query.get('limit') ?? query.get('per_page') ?? 30), 50);
  const number = Number(query.get('page') ?? 1);
  const next = new URL(path.slice(1), url);
  next.searchParams.set('page', String(number + 1));
  next.searchParams.set('limit', String(size));
  const hasMore = rows.length > number * size;
  return {
    json: rows.slice((number - 1) * size, number * size),
    ...(hasMore && { headers: { link: `<${next.href}>; rel="next", <${url}>; rel="last"` } }),
  };
}
