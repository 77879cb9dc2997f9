import { randomBytes } from 'node:crypto';
import type { GiteaUnderTest } from '@sortie/testing/gitea-loop/gitea-loop';
import { createGitPushes } from '@sortie/testing/gogs-loop/git-pushes';
import type { GogsPerson } from '@sortie/testing/gogs-loop/gogs-under-test';
import { type GogsApi, openGogsApi } from '../gogs/gogs-api.ts';
import { type GiteaBrowser, openGiteaBrowser } from './gitea-browser.ts';

export interface RealGitea extends GiteaUnderTest {
  /** Registers an application, which is gone after `close`. */
  addApplication(redirect: string): Promise<{ readonly id: string; readonly secret: string }>;
}

/** A Gitea or Forgejo that runs somewhere: its API, its pages where it must be a browser, and git. */
export function openRealGitea(url: string, adminToken: string): RealGitea {
  const base = url.endsWith('/') ? url : `${url}/`;
  const admin = openGogsApi(base, `token ${adminToken}`, 'Gitea');
  const mark = randomBytes(3).toString('hex');
  const people: GogsPerson[] = [];
  const applications: number[] = [];
  const browsers = new Map<string, GiteaBrowser>();
  const browserOf = (who: GogsPerson): GiteaBrowser => {
    const browser = browsers.get(who.login) ?? openGiteaBrowser(base, who);
    browsers.set(who.login, browser);
    return browser;
  };
  const listHooks = (slug: string) => admin.send<{ id: number }[]>('GET', `repos/${slug}/hooks`);
  return {
    url: base,
    async addApplication(redirect) {
      const app = { name: `loop-${mark}`, redirect_uris: [redirect], confidential_client: true };
      const made = await admin.send<{ id: number; client_id: string; client_secret: string }>(
        'POST',
        'user/applications/oauth2',
        app,
      );
      applications.push(made.id);
      return { id: made.client_id, secret: made.client_secret };
    },
    async addUser(name) {
      const person = { login: `${name}-${mark}`, password: `Pw-${randomBytes(9).toString('hex')}` };
      await admin.send('POST', 'admin/users', {
        ...{ username: person.login, email: `${person.login}@example.test`, password: person.password },
        must_change_password: false,
      });
      people.push(person);
      return person;
    },
    async addRepo({ login }, name) {
      await admin.send('POST', `admin/users/${login}/repos`, { name, private: true, default_branch: 'main' });
      return `${login}/${name}`;
    },
    async setMode(slug, _owner, { login }, mode) {
      const path = `repos/${slug}/collaborators/${login}`;
      if (mode === undefined) await admin.send('DELETE', path);
      else await admin.send('PUT', path, { permission: mode });
    },
    ...createGitPushes(base),
    ...createPulls(base, admin),
    signIn: (server, who) => browserOf(who).signIn(server),
    async revokeTokens(who) {
      const pages = browserOf(who);
      const page = await pages.read('user/settings/applications');
      const paths = [
        ...page.matchAll(/data-url="[^"]*(user\/settings\/applications\/oauth2\/\d+\/revoke\/\d+)"/g),
      ];
      if (paths.length === 0)
        throw new Error('the page of applications lists no access that could be revoked');
      for (const [, path = ''] of paths) await pages.post(path);
    },
    async removeHooks(slug) {
      for (const { id } of await listHooks(slug)) await admin.send('DELETE', `repos/${slug}/hooks/${id}`);
    },
    async addHook(slug, url) {
      const config = { url, content_type: 'json', secret: randomBytes(9).toString('hex') };
      const hook = { type: 'gitea', active: true, events: ['push'], config };
      await admin.send('POST', `repos/${slug}/hooks`, hook);
    },
    countHooks: async (slug) => (await listHooks(slug)).length,
    async rename(slug, name) {
      const { full_name } = await admin.send<{ full_name: string }>('PATCH', `repos/${slug}`, { name });
      return full_name;
    },
    async close() {
      for (const { login } of people) await admin.send('DELETE', `admin/users/${login}?purge=true`);
      for (const id of applications) await admin.send('DELETE', `user/applications/oauth2/${id}`);
    },
  };
}

type Pulls = Pick<RealGitea, 'fork' | 'openPull' | 'changePull' | 'merge' | 'statuses'>;

function createPulls(base: string, admin: GogsApi): Pulls {
  const as = ({ login, password }: GogsPerson): GogsApi =>
    openGogsApi(base, `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`, 'Gitea');
  return {
    async fork(slug, by) {
      return (await as(by).send<{ full_name: string }>('POST', `repos/${slug}/forks`, {})).full_name;
    },
    async openPull(slug, by, { fork, head, title }) {
      const pull = { head: `${fork.split('/')[0]}:${head}`, base: 'main', title };
      return (await as(by).send<{ number: number }>('POST', `repos/${slug}/pulls`, pull)).number;
    },
    async changePull(slug, by, pull, change) {
      await as(by).send('PATCH', `repos/${slug}/pulls/${pull}`, change);
    },
    async merge(slug, by, pull) {
      await as(by).send('POST', `repos/${slug}/pulls/${pull}/merge`, { Do: 'merge' });
    },
    async statuses(slug, sha) {
      const path = `repos/${slug}/commits/${sha}/status`;
      const { statuses } = await admin.send<{ statuses: { context: string; status: string }[] | null }>(
        'GET',
        path,
      );
      return new Map((statuses ?? []).map(({ context, status }) => [context, status]));
    },
  };
}
