import { startFakeGogs } from '../fake-gogs/fake-gogs.ts';
import { createGitPushes } from './git-pushes.ts';
import type { GogsUnderTest } from './gogs-under-test.ts';

/** The fake Gogs of this repository, in this process. */
export async function openFakeGogsUnderTest(): Promise<GogsUnderTest> {
  const gogs = await startFakeGogs();
  return {
    url: gogs.url,
    async addUser(name) {
      const { login, password } = gogs.addUser(name);
      return { login, password };
    },
    addRepo: async ({ login }, name) => gogs.addRepo(`${login}/${name}`, { isPrivate: true }).slug,
    setMode: async (slug, _owner, { login }, mode) => gogs.setMode(slug, login, mode),
    ...createGitPushes(gogs.url),
    fork: async (slug, { login }) => gogs.fork(slug, login).slug,
    openPull: async (slug, { login: by }, { fork: from, head, title }) =>
      gogs.openPull(slug, { from, head, title, by }),
    revokeTokens: async ({ login }) => gogs.revokeTokens(login),
    async removeHooks(slug) {
      const repo = gogs.state.repos.find((known) => known.slug === slug);
      if (repo === undefined) throw new Error(`the fake has no repository ${slug}`);
      repo.hooks.length = 0;
    },
    close: () => gogs.close(),
  };
}
