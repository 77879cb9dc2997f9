import type { Permission, Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { createHttpWorld, type HttpWorld, type HttpWorldOptions } from './http-world.ts';

/** A repository with a first commit on `main` and build 1, its owner `octocat`, and a way to send their requests. */
export interface RepoWorld {
  readonly world: HttpWorld;
  readonly repo: Repo;
  readonly owner: User;
  /** Id of the commit. */
  readonly sha: string;
  /** Sends a request below the repository, as its owner unless the headers say otherwise. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    more?: { readonly headers?: Readonly<Record<string, string>>; readonly payload?: string | object },
  ): Promise<Answer>;
  /** The headers of a further account with this permission. */
  member(login: string, permission: Permission): Promise<{ authorization: string }>;
}

type Answer = Awaited<ReturnType<HttpWorld['app']['inject']>>;

/** `t` is the test: what is opened is closed after it. */
export async function openRepoWorld(
  t: { after(work: () => Promise<void>): void },
  options: HttpWorldOptions & { readonly repo?: Partial<Repo> } = {},
): Promise<RepoWorld> {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  const owner = await world.addUser();
  const { repo } = await world.start([], { repo: { userId: owner.id, ...options.repo } });
  await world.grant(owner, repo, { read: true, write: true, admin: true });
  const own = await world.bearer(owner);
  return {
    world,
    repo,
    owner,
    sha: world.source.commit('refs/heads/main'),
    send: (method, path, { headers = {}, payload } = {}) =>
      world.app.inject({
        method,
        url: `/api/repos/${repo.slug}${path}`,
        headers: { ...own, ...headers },
        payload,
      }),
    async member(login, permission) {
      const user = await world.addUser({ login });
      await world.grant(user, repo, permission);
      return world.bearer(user);
    },
  };
}

/** Status and error code of an answer, to compare in one line. */
export function codeOf(answer: Answer): readonly [number, string | undefined] {
  return [answer.statusCode, answer.json<{ error_code?: string }>().error_code];
}
