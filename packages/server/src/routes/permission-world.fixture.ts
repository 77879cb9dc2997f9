import type { User } from '@sortie/core/user';
import { codeOf } from '@sortie/testing/repo-world';
import { createServiceWorld, type ServiceWorldOptions } from '@sortie/testing/service-world';
import { findPermissionRow } from '../store/permissions.ts';
import { findRepoBySlug } from '../store/repos.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const DEMO = '/api/repos/ada/demo';

/** A private repository `ada/demo` of a Gogs, synchronised by its owner ada; bob is an account without rights. */
export async function openPermissionWorld(
  t: { after(work: () => Promise<void>): void },
  options: ServiceWorldOptions & { readonly isPrivate?: boolean } = {},
) {
  const world = await createServiceWorld(options);
  t.after(() => world.close());
  const { gogs } = world;
  const [ada, bob] = [await world.addMember('ada'), await world.addMember('bob')];
  gogs.addRepo('ada/demo', { isPrivate: options.isPrivate ?? true });
  const tokens = new Map<number, { readonly authorization: string }>();
  const headersOf = async (user: User) => {
    const known = tokens.get(user.id) ?? (await world.bearer(user));
    tokens.set(user.id, known);
    return known;
  };
  const inject = async (user: User | undefined, method: Method, url: string, payload?: object) => {
    const headers = user === undefined ? {} : await headersOf(user);
    return world.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  };
  const sync = (user: User) => inject(user, 'POST', '/api/user/repos');
  const repo = async (slug = 'ada/demo') => {
    const found = await findRepoBySlug(world.db, slug);
    if (found === undefined) throw new Error(`there is no ${slug}`);
    return found;
  };
  let counted = 0;
  await sync(ada);
  return {
    world,
    gogs,
    ada,
    bob,
    inject,
    sync,
    repo,
    /** The status of a request, with the code of its error, to compare in one line. */
    send: async (...request: Parameters<typeof inject>) => {
      const answer = await inject(...request);
      const isProblem = answer.statusCode >= 400 && answer.body.startsWith('{');
      return isProblem ? codeOf(answer) : answer.statusCode;
    },
    row: async (user: User, slug?: string) => findPermissionRow(world.db, user.id, (await repo(slug)).id),
    /** How often the service was asked for the repository since this was last called. */
    asked: (slug = 'ada/demo') => {
      const all = gogs.requests.filter(({ path }) => path === `/api/v1/repos/${slug}`).length;
      const since = all - counted;
      counted = all;
      return since;
    },
    /** Seconds. */
    wait: (seconds: number) => world.advance(seconds * 1000),
  };
}
