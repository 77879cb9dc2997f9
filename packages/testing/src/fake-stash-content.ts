import type { FakeForgeState } from './fake-forge-state.ts';
import type { InRepo } from './fake-hooks.ts';
import type { FakeCall, FakeReply, FakeRoute } from './fake-service.ts';

/** The answer for what is not there. */
export const MISSING: FakeReply = { status: 404, json: { errors: [] } };

/** Commits, refs, files and changes as Bitbucket Server show them. */
export function contentRoutes(state: FakeForgeState, inRepo: InRepo): FakeRoute[] {
  const types = { file: 'FILE', dir: 'DIRECTORY', symlink: 'SYMLINK', submodule: 'SUBMODULE' };
  const tagJson = (name: string, tag: { object: string; commit: string }) => ({
    displayId: name,
    latestCommit: tag.commit,
    hash: tag.object === tag.commit ? null : tag.object,
  });
  const filesAt = (call: FakeCall) => state.commits.get(call.query.get('at') ?? '')?.files ?? new Map();
  return [
    inRepo('GET', '/commits/([0-9a-f]{40})', (_, __, sha = '') => {
      const commit = state.commits.get(sha);
      const person = { name: 'Ada L', emailAddress: 'ada@example.test' };
      if (commit === undefined) return MISSING;
      return {
        json: {
          id: sha,
          message: commit.message,
          author: person,
          authorTimestamp: 1772597167000,
          committer: person,
          committerTimestamp: 1772597167000,
        },
      };
    }),
    inRepo('GET', '/branches', (repo, call) => {
      const filter = call.query.get('filterText') ?? '';
      return page(
        [...repo.branches]
          .filter(([name]) => name.includes(filter))
          .map(([displayId, latestCommit]) => ({ displayId, latestCommit })),
        call,
      );
    }),
    inRepo('GET', '/tags', (repo, call) =>
      page(
        [...repo.tags].map(([name, tag]) => tagJson(name, tag)),
        call,
      ),
    ),
    inRepo('GET', '/tags/(.+)', (repo, _, name = '') => {
      const tag = repo.tags.get(name);
      return tag === undefined ? MISSING : { json: tagJson(name, tag) };
    }),
    inRepo('GET', '/pull-requests/(\\d+)', (repo, _, number) => {
      const sha = repo.pulls.get(Number(number));
      return sha === undefined ? MISSING : { json: { fromRef: { latestCommit: sha } } };
    }),
    inRepo('GET', '/browse/(.+)', (_, call, path = '') => {
      const file = filesAt(call).get(path);
      if (file === undefined) return MISSING;
      if (call.query.get('type') === 'true')
        return { json: { type: types[file.kind as keyof typeof types] } };
      const below = [...filesAt(call)].filter(([name]) => name.startsWith(`${path}/`));
      return {
        json: {
          children: {
            isLastPage: true,
            values: below.map(([name]) => ({
              path: { toString: name.slice(path.length + 1) },
              type: 'FILE',
            })),
          },
        },
      };
    }),
    inRepo('GET', '/raw/(.+)', (_, call, path = '') => {
      const file = filesAt(call).get(path);
      return file === undefined ? MISSING : { text: file.data };
    }),
    inRepo('GET', '/commits/[0-9a-f]{40}/changes', (_, call) =>
      page(
        [
          { type: 'MOVE', path: { toString: 'new.txt' }, srcPath: { toString: 'old.txt' } },
          { type: 'DELETE', path: { toString: 'gone.txt' } },
        ],
        call,
      ),
    ),
    inRepo('GET', '/compare/changes', (_, call) => page([{ type: 'ADD', path: { toString: 'a' } }], call)),
    inRepo('GET', '/pull-requests/7/changes', (_, call) =>
      page([{ type: 'ADD', path: { toString: 'p' } }], call),
    ),
  ];
}

/** Two rows a page; the next one begins one row further than it should, at `nextPageStart`, which must be used. */
export function page(rows: readonly unknown[], { query }: FakeCall): FakeReply {
  const start = Number(query.get('start') ?? 0);
  const padded = rows.flatMap((row, at) => (at > 0 && at % 2 === 0 ? [undefined, row] : [row]));
  const values = padded.slice(start, start + 2);
  const next = start + 2 + (padded[start + 2] === undefined ? 1 : 0);
  const isLastPage = next >= padded.length;
  return {
    json: {
      values: values.filter((row) => row !== undefined),
      isLastPage,
      nextPageStart: isLastPage ? null : next,
    },
  };
}
